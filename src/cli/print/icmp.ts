// ICMP for IPv4: the message in words, with what it is about.

import { ip4Text } from './address.js';
import type { Bytes, Line } from './line.js';

const unreachable: readonly ((address: string, packet: Bytes) => string)[] = [
  (address) => `net ${address} unreachable`,
  (address) => `host ${address} unreachable`,
  (address, packet) => `${address} protocol ${packet.u8(17)} unreachable`,
  (address, packet) => `${address} ${portText(packet.after(8))} unreachable`,
  (address, packet) => `${address} unreachable - need to frag${packet.u16(6) ? ` (mtu ${packet.u16(6)})` : ''}`,
  (address) => `${address} unreachable - source route failed`,
  (address) => `net ${address} unreachable - unknown`,
  (address) => `host ${address} unreachable - unknown`,
  (address) => `${address} unreachable - source host isolated`,
  (address) => `net ${address} unreachable - admin prohibited`,
  (address) => `host ${address} unreachable - admin prohibited`,
  (address) => `net ${address} unreachable - tos prohibited`,
  (address) => `host ${address} unreachable - tos prohibited`,
  (address) => `host ${address} unreachable - admin prohibited filter`,
  (address) => `host ${address} unreachable - host precedence violation`,
  (address) => `host ${address} unreachable - precedence cutoff`,
];

const redirects = ['net', 'host', 'net', 'host'];
const services = ['', '', 'tos-', 'tos-'];

const simple: ReadonlyMap<number, string> = new Map([
  [4, 'source quench'],
  [10, 'router solicitation'],
  [13, 'time stamp query'],
  [14, 'time stamp reply'],
  [15, 'information request'],
  [16, 'information reply'],
  [17, 'address mask request'],
]);

/** `ICMP echo request, id 7, seq 1, length 64` */
export function printIcmp(line: Line, packet: Bytes): void {
  line.protocol = 'icmp';
  line.text += `ICMP ${messageText(packet)}, length ${packet.length}`;
}

function messageText(packet: Bytes): string {
  const type = packet.u8(0);
  const code = packet.u8(1);
  switch (type) {
    case 0:
    case 8:
      return `echo ${type === 0 ? 'reply' : 'request'}, id ${packet.u16(4)}, seq ${packet.u16(6)}`;
    case 3:
      return unreachable[code]?.(ip4Text(packet, 24), packet) ?? `${ip4Text(packet, 24)} unreachable - #${code}`;
    case 5: {
      const of = redirects[code];
      const about = of === undefined ? `redirect-#${code} ${ip4Text(packet, 24)} to net` : '';
      return about === ''
        ? `redirect ${services[code]}${ip4Text(packet, 24)} to ${of} ${ip4Text(packet, 4)}`
        : `${about} ${ip4Text(packet, 4)}`;
    }
    case 9:
      return `router advertisement lifetime ${packet.u16(6)} ${packet.u8(4)}`;
    case 11:
      return code === 0
        ? 'time exceeded in-transit'
        : code === 1
          ? 'ip reassembly time exceeded'
          : `time exceeded-#${code}`;
    case 12:
      return code ? `parameter problem - code ${code}` : `parameter problem - octet ${packet.u8(4)}`;
    case 18:
      return `address mask is 0x${packet.u32(8).toString(16).padStart(8, '0')}`;
    default:
      return simple.get(type) ?? `type-#${type}`;
  }
}

/** The port that was not reachable; `inner` is the packet that was sent there. */
function portText(inner: Bytes): string {
  const protocol = inner.u8(9);
  const port = inner.u16((inner.u8(0) & 15) * 4 + 2);
  if (protocol === 6) return `tcp port ${port}`;
  return protocol === 17 ? `udp port ${port}` : `protocol ${protocol} port ${port}`;
}
