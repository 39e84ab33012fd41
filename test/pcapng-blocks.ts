// Blocks of pcapng for the tests, right or wrong in one point.

export interface BlockOptions {
  readonly littleEndian?: boolean;
  /** What the block says of its length, at its start and its end. */
  readonly length?: number;
  readonly trailer?: number;
}

export interface Packet {
  readonly data: Uint8Array;
  readonly length?: number;
  readonly ticks?: bigint;
  /** Number of the interface. */
  readonly on?: number;
  /** What the block says of the captured length. */
  readonly captured?: number;
  readonly options?: readonly Uint8Array[];
}

export function block(
  type: number,
  body: Uint8Array,
  { littleEndian = true, length, trailer }: BlockOptions = {},
): Uint8Array {
  const size = 12 + body.length;
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, type, littleEndian);
  view.setUint32(4, length ?? size, littleEndian);
  new Uint8Array(view.buffer).set(body, 8);
  view.setUint32(size - 4, trailer ?? length ?? size, littleEndian);
  return new Uint8Array(view.buffer);
}

export function section(
  options: BlockOptions & { readonly version?: readonly [number, number]; readonly sectionLength?: bigint } = {},
): Uint8Array {
  const { littleEndian = true, version = [1, 0], sectionLength = 0xffff_ffff_ffff_ffffn } = options;
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, 0x1a2b3c4d, littleEndian);
  view.setUint16(4, version[0], littleEndian);
  view.setUint16(6, version[1], littleEndian);
  view.setBigUint64(8, sectionLength, littleEndian);
  return block(0x0a0d0d0a, new Uint8Array(view.buffer), options);
}

export function interfaceBlock(
  on: { readonly link: number; readonly snaplen?: number; readonly options?: readonly Uint8Array[] },
  options: BlockOptions = {},
): Uint8Array {
  const { littleEndian = true } = options;
  const view = new DataView(new ArrayBuffer(8));
  view.setUint16(0, on.link, littleEndian);
  view.setUint32(4, on.snaplen ?? 262_144, littleEndian);
  return block(1, Buffer.concat([new Uint8Array(view.buffer), ...(on.options ?? [])]), options);
}

export function option(code: number, value: Uint8Array, { littleEndian = true }: BlockOptions = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + Math.ceil(value.length / 4) * 4));
  view.setUint16(0, code, littleEndian);
  view.setUint16(2, value.length, littleEndian);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(value, 4);
  return bytes;
}

export function enhanced(packet: Packet, options: BlockOptions = {}): Uint8Array {
  return packetBlock(6, packet, options);
}

export function obsolete(packet: Packet, options: BlockOptions = {}): Uint8Array {
  return packetBlock(2, packet, options);
}

export function simple({ data, length }: Packet, options: BlockOptions = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + Math.ceil(data.length / 4) * 4));
  view.setUint32(0, length ?? data.length, options.littleEndian ?? true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(data, 4);
  return block(3, bytes, options);
}

function packetBlock(type: number, packet: Packet, options: BlockOptions): Uint8Array {
  const { littleEndian = true } = options;
  const { data, ticks = 0n, on = 0 } = packet;
  const view = new DataView(new ArrayBuffer(20 + Math.ceil(data.length / 4) * 4));
  if (type === 6) view.setUint32(0, on, littleEndian);
  else view.setUint16(0, on, littleEndian);
  view.setUint32(4, Number(ticks >> 32n), littleEndian);
  view.setUint32(8, Number(ticks & 0xffff_ffffn), littleEndian);
  view.setUint32(12, packet.captured ?? data.length, littleEndian);
  view.setUint32(16, packet.length ?? data.length, littleEndian);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(data, 20);
  return block(type, Buffer.concat([bytes, ...(packet.options ?? [])]), options);
}
