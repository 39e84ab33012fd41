// The pcapng format (draft-ietf-opsawg-pcapng): blocks in sections, each section in its own byte order, each packet with the
// interface that it was captured on.
//
//   block      0 type   4 total length   8 body …   -4 total length
//   section    8 byte order   12 major, minor   16 section length   24 options
//   interface  8 link type, reserved   12 snaplen   16 options
//   enhanced   8 interface   12 time, high   16 time, low   20 captured   24 length   28 the packet, options
//   obsolete   8 interface, drops (16 bits each), then as the enhanced one
//   simple     8 length   12 the packet, as long as the first interface's snaplen allows

import { BpfError } from '../base/error.js';
import { type CaptureInterface, IndexBuilder, PacketBatch } from './batch.js';
import { damage, truncation } from './fault.js';
import { interfaceOf } from './interface.js';
import { capturedLimit } from './link.js';
import type { Scan } from './scan.js';
import type { Window } from './window.js';

export const blockTypes = {
  section: 0x0a0d0d0a,
  interface: 1,
  obsolete: 2,
  simple: 3,
  names: 4,
  statistics: 5,
  enhanced: 6,
  secrets: 10,
  custom: 0x0bad,
} as const;

export const byteOrderMagic = 0x1a2b3c4d;
export const packetOffset = 28;
const simpleOffset = 12;
const smallestBlock = 12;

/** The largest block without a packet, as in libpcap; a packet may have 128 KiB of options. */
const blockLimit = 16 << 20;
const optionsLimit = 128 << 10;
const interfaceLimit = 65_536;

/** How many bytes of blocks without packets are kept for the next batch; a file that has only those gives empty batches. */
const keptLimit = 1 << 20;

/** Blocks that a copy of the capture keeps. What is not known here may refer to blocks that the copy hasn't. */
const kept: ReadonlySet<number> = new Set([
  blockTypes.section,
  blockTypes.interface,
  blockTypes.names,
  blockTypes.statistics,
  blockTypes.secrets,
  blockTypes.custom,
]);

/** Whether a file begins as pcapng does. */
export function isPcapng(view: DataView, start: number): boolean {
  return view.getUint32(start) === blockTypes.section;
}

/**
 * The packets of a pcapng file, from its first byte on. There is at least one batch, so that the link type is known.
 * @throws BpfError 'io' after the last whole packet before the damage
 */
export async function* readPcapng(window: Window, scan?: Scan): AsyncGenerator<PacketBatch, void, void> {
  const reader = new BlockReader(window, scan);
  let given = false;
  for (;;) {
    const stop = reader.packets();
    if (reader.worthABatch) {
      yield reader.batch();
      given = true;
    }
    if (stop === 'full') continue;
    if (stop === 'damaged') throw reader.damage();
    if (stop === 'block' ? await reader.block() : await reader.more()) continue;
    if (reader.hasInterface && (reader.hasBlocks || !given)) yield reader.batch();
    else if (!given) throw noInterface(window);
    return;
  }
}

function noInterface({ name }: Window): BpfError {
  return new BpfError('io', `'${name}' has no interface description, so its packets have no link type`);
}

/** Of the layout of a pcap record: pcapng has none. */
const noRecords = { headerBytes: 16, order: 0, mostCaptured: 0 } as const;

/** Why the walk over packets stopped: no room or another link type, a block of another kind, the end of what is there. */
type Stop = 'full' | 'block' | 'partial' | 'damaged';

/** Walks over the blocks in the window, section by section. */
class BlockReader {
  readonly #window: Window;
  readonly #scan: Scan | undefined;
  readonly #builder = new IndexBuilder();
  #littleEndian = true;
  #interfaces: CaptureInterface[] = [];
  /** Copies of the blocks without packets since the last batch. */
  #kept: Uint8Array[] = [];
  #keptSize = 0;
  #damage = '';

  constructor(window: Window, scan: Scan | undefined) {
    this.#window = window;
    this.#scan = scan;
  }

  get hasInterface(): boolean {
    return this.#interfaces.length > 0;
  }

  get hasBlocks(): boolean {
    return this.#keptSize > 0;
  }

  get worthABatch(): boolean {
    return this.#builder.hasPackets || (this.#keptSize > keptLimit && this.hasInterface);
  }

  batch(): PacketBatch {
    const format = { kind: 'pcapng', littleEndian: this.#littleEndian } as const;
    const blocks = this.#kept;
    this.#kept = [];
    this.#keptSize = 0;
    const scanned = this.#builder.takeScanned();
    return new PacketBatch(this.#window.data, this.#builder.take(), format, this.#interfaces, blocks, scanned);
  }

  /** What is wrong at the start of the window. */
  damage(): BpfError {
    return damage(this.#window.name, this.#window.offset(), this.#damage);
  }

  /** Collects the packets at the start of the window; whatever else stops it stands there then. */
  packets(): Stop {
    return this.#scanned() ?? this.#walked();
  }

  /** What a scan collects; undefined where there is none, or where it has come to what it leaves to us. */
  #scanned(): Stop | undefined {
    const link = this.#scan && this.#nextLink();
    if (link === undefined) return undefined;
    const format = { kind: 'pcapng', littleEndian: this.#littleEndian } as const;
    const layout = { format, interfaces: this.#interfaces, link, ...noRecords };
    const stop = this.#scan?.records(this.#window, layout, this.#builder);
    if (stop !== 'other') return stop;
    return this.#builder.hasPackets ? 'full' : undefined;
  }

  /** The link type of the packet at the start of the window, if one is there. */
  #nextLink(): number | undefined {
    const { view, start, available } = this.#window;
    if (available < packetOffset) return undefined;
    const littleEndian = this.#littleEndian;
    switch (view.getUint32(start, littleEndian)) {
      case blockTypes.simple:
        return this.#interfaces[0]?.link;
      case blockTypes.enhanced:
        return this.#interfaces[view.getUint32(start + 8, littleEndian)]?.link;
      case blockTypes.obsolete:
        return this.#interfaces[view.getUint16(start + 8, littleEndian)]?.link;
      default:
        return undefined;
    }
  }

  #walked(): Stop {
    const { view, end } = this.#window;
    const littleEndian = this.#littleEndian;
    const builder = this.#builder;
    while (!builder.full) {
      const start = this.#window.start;
      if (end - start < 8) return 'partial';
      const type = view.getUint32(start, littleEndian);
      if (type !== blockTypes.enhanced && type !== blockTypes.simple && type !== blockTypes.obsolete) return 'block';
      const size = view.getUint32(start + 4, littleEndian);
      const header = type === blockTypes.simple ? simpleOffset : packetOffset;
      if (size < header + 4) return this.#wrong(`a block of a packet needs ${header + 4} bytes, its length is ${size}`);
      if (size > blockLimit && !this.#mayBeLarge(size))
        return this.#wrong(`a block of ${size} bytes exceeds the limit`);
      if (start + size > end) return 'partial';
      const stop = this.#trailer(start, size) ?? this.#packet(type, start, size);
      if (stop !== undefined) return stop;
      this.#window.start = start + size;
    }
    return 'full';
  }

  /** Reads one block that has no packet, from the start of the window; false at the end of the file. */
  async block(): Promise<boolean> {
    const window = this.#window;
    if (!(await window.need(smallestBlock))) return this.#ended();
    const isSection = isPcapng(window.view, window.start);
    if (isSection) this.#beginSection();
    const type = window.view.getUint32(window.start, this.#littleEndian);
    const size = window.view.getUint32(window.start + 4, this.#littleEndian);
    if (size < smallestBlock || size > blockLimit) {
      throw damage(
        window.name,
        window.offset(),
        `a block of ${size} bytes, expected ${smallestBlock} to ${blockLimit}`,
      );
    }
    if (!(await window.need(size))) throw truncation(window.name, window.offset(), 'the block', size, window.available);
    if (this.#trailer(window.start, size) !== undefined) throw this.damage();
    const block = window.data.slice(window.start, window.start + size);
    if (isSection) this.#checkSection(block);
    if (type === blockTypes.interface) this.#addInterface(block);
    if (kept.has(type)) this.#keep(block);
    window.start += size;
    return true;
  }

  /** Reads on where a block of a packet is not whole; false at the end of the file. */
  async more(): Promise<boolean> {
    const { available, view, start } = this.#window;
    const size = available < 8 ? 8 : view.getUint32(start + 4, this.#littleEndian);
    return (await this.#window.more(size)) || this.#ended(size);
  }

  #ended(size = smallestBlock): false {
    const { available, name } = this.#window;
    if (available > 0) throw truncation(name, this.#window.offset(), 'the block', size, available);
    return false;
  }

  #wrong(what: string): 'damaged' {
    this.#damage = what;
    return 'damaged';
  }

  #trailer(start: number, size: number): Stop | undefined {
    if (size % 4 !== 0) return this.#wrong(`the length of a block is ${size}, no multiple of 4`);
    const again = this.#window.view.getUint32(start + size - 4, this.#littleEndian);
    return again === size ? undefined : this.#wrong(`a block's length is ${size} at its start and ${again} at its end`);
  }

  #mayBeLarge(size: number): boolean {
    return this.#interfaces.some(({ link }) => size <= capturedLimit(link) + optionsLimit);
  }

  /** Adds the packet of a whole block; says why it could not. */
  #packet(type: number, start: number, size: number): Stop | undefined {
    const { view } = this.#window;
    const littleEndian = this.#littleEndian;
    const builder = this.#builder;
    const simple = type === blockTypes.simple;
    const id = simple
      ? 0
      : type === blockTypes.enhanced
        ? view.getUint32(start + 8, littleEndian)
        : view.getUint16(start + 8, littleEndian);
    const on = this.#interfaces[id];
    if (on === undefined)
      return this.#wrong(`a packet was captured on interface ${id}, and there are ${this.#interfaces.length}`);
    const n = builder.count;
    if (n > 0 && this.#interfaces[builder.interfaceIds[0]!]!.link !== on.link) return 'full';
    const offset = simple ? simpleOffset : packetOffset;
    const length = view.getUint32(start + offset - 4, littleEndian);
    const captured = simple ? Math.min(length, on.snaplen) : view.getUint32(start + 20, littleEndian);
    if (captured > on.snaplen)
      return this.#wrong(`a packet of ${captured} bytes exceeds the snapshot length of ${on.snaplen} bytes`);
    if (offset + captured + 4 > size) return this.#wrong(`a packet of ${captured} bytes in a block of ${size} bytes`);
    builder.records[n] = start;
    builder.offsets[n] = start + offset;
    builder.captured[n] = captured;
    builder.lengths[n] = length;
    builder.timesHigh[n] = simple ? 0 : view.getUint32(start + 12, littleEndian);
    builder.timesLow[n] = simple ? 0 : view.getUint32(start + 16, littleEndian);
    builder.interfaceIds[n] = id;
    builder.count = n + 1;
    return undefined;
  }

  #beginSection(): void {
    const { view, start, name } = this.#window;
    const little = view.getUint32(start + 8, true) === byteOrderMagic;
    if (!little && view.getUint32(start + 8, false) !== byteOrderMagic) {
      throw damage(name, this.#window.offset(), 'a section without the byte order magic');
    }
    this.#littleEndian = little;
    this.#interfaces = [];
  }

  #checkSection(block: Uint8Array): void {
    const view = new DataView(block.buffer);
    if (block.length < packetOffset)
      throw damage(this.#window.name, this.#window.offset(), `a section header of ${block.length} bytes`);
    const [major, minor] = [view.getUint16(12, this.#littleEndian), view.getUint16(14, this.#littleEndian)];
    if (major === 1 && (minor === 0 || minor === 2)) return;
    throw new BpfError(
      'unsupported',
      `'${this.#window.name}' is of pcapng version ${major}.${minor}, expected 1.0 or 1.2`,
    );
  }

  #addInterface(block: Uint8Array): void {
    const { name } = this.#window;
    if (this.#interfaces.length === interfaceLimit) {
      throw damage(name, this.#window.offset(), `more than ${interfaceLimit} interfaces in a section`);
    }
    const made = interfaceOf(block, this.#littleEndian);
    if (typeof made === 'string') throw damage(name, this.#window.offset(), made);
    this.#interfaces.push(made);
  }

  #keep(block: Uint8Array): void {
    this.#kept.push(block);
    this.#keptSize += block.length;
  }
}
