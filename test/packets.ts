// Packets for the tests: Ethernet frames with what is needed, and nothing else.

/** An Ethernet frame with an IPv4 packet; checksums are left 0. */
export function ip4Frame(
  protocol: number,
  payload: Uint8Array,
  source = [10, 0, 0, 1],
  target = [10, 0, 0, 2],
): Uint8Array {
  const length = 20 + payload.length;
  const ip = [0x45, 0, length >> 8, length & 255, 0, 1, 0, 0, 64, protocol, 0, 0, ...source, ...target];
  return Buffer.concat([ethernet(0x0800), Uint8Array.from(ip), payload]);
}

export function udp(source: number, target: number, data: Uint8Array = new Uint8Array(4)): Uint8Array {
  const length = 8 + data.length;
  const header = [source >> 8, source & 255, target >> 8, target & 255, length >> 8, length & 255, 0, 0];
  return Buffer.concat([Uint8Array.from(header), data]);
}

export function tcp(source: number, target: number, flags = 0x10, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const ports = [source >> 8, source & 255, target >> 8, target & 255];
  const rest = [0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 2, 0, 0, 0, 0, 0];
  return Buffer.concat([Uint8Array.from([...ports, ...rest]), data]);
}

function ethernet(type: number): Uint8Array {
  return Uint8Array.from([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, type >> 8, type & 255]);
}
