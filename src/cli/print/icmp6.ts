// ICMP for IPv6: the message in words, with what it is about.

import { ip6Text } from './address.js';
import type { Bytes, Line } from './line.js';

const unreachable = ['no route', 'admin prohibited', 'beyond scope', 'address', 'port'];
const unreachableWords: readonly ((address: string) => string)[] = [
  (address) => `unreachable route ${address}`,
  (address) => `unreachable prohibited ${address}`,
  (address) => `beyond scope ${address}, source address ${address}`,
  (address) => `unreachable address ${address}`,
];

const simple: ReadonlyMap<number, string> = new Map([
  [133, 'router solicitation'],
  [134, 'router advertisement'],
  [138, 'router renumbering'],
  [139, 'node information query'],
  [140, 'node information reply'],
  [141, 'inverse neighbor solicitation'],
  [142, 'inverse neighbor advertisement'],
  [144, 'dha request'],
  [145, 'dha reply'],
  [146, 'mobile router solicitation'],
  [147, 'mobile router advertisement'],
]);

/** `ICMP6, neighbor solicitation, who has fe80::1, length 32` */
export function printIcmp6(line: Line, packet: Bytes): void {
  line.protocol = 'icmp6';
  line.text += 'ICMP6, ';
  line.text += `${messageText(packet)}, length ${packet.length}`;
}

function messageText(packet: Bytes): string {
  const type = packet.u8(0);
  const code = packet.u8(1);
  switch (type) {
    case 1:
      return `destination unreachable, ${unreachableText(packet, code)}`;
    case 2:
      return `packet too big, mtu ${packet.u32(4)}`;
    case 3:
      return code === 0
        ? 'time exceeded in-transit'
        : code === 1
          ? 'ip6 reassembly time exceeded'
          : `time exceeded code#${code}`;
    case 4:
      return `parameter problem, ${parameterText(packet, code)}`;
    case 128:
    case 129:
      return `echo ${type === 128 ? 'request' : 'reply'}, id ${packet.u16(4)}, seq ${packet.u16(6)}`;
    case 130:
    case 131:
    case 132: {
      const what = ['query', 'report', 'done'][type - 130];
      const version = type === 130 && packet.length >= 28 ? ' v2' : '';
      return `multicast listener ${what}${version} max resp delay: ${packet.u16(4)} addr: ${ip6Text(packet, 8)}`;
    }
    case 135:
      return `neighbor solicitation, who has ${ip6Text(packet, 8)}`;
    case 136:
      return `neighbor advertisement, tgt is ${ip6Text(packet, 8)}`;
    case 137:
      return `redirect, ${ip6Text(packet, 24)} to ${ip6Text(packet, 8)}`;
    case 143:
      return `multicast listener report v2, ${packet.u16(6)} group record(s)`;
    default:
      return simple.get(type) ?? `type-#${type}`;
  }
}

/** The packet that was refused begins at byte 8. */
function unreachableText(packet: Bytes, code: number): string {
  const target = ip6Text(packet, 32);
  if (code !== 4) return unreachableWords[code]?.(target) ?? `${unreachable[code] ?? `code-#${code}`} ${target}`;
  const protocol = packet.u8(14);
  const port = packet.u16(50);
  if (protocol === 6) return `unreachable port, ${target} tcp port ${port}`;
  return protocol === 17
    ? `unreachable port, ${target} udp port ${port}`
    : `unreachable port, ${target} protocol ${protocol} port ${port}`;
}

function parameterText(packet: Bytes, code: number): string {
  if (code === 0) return `erroneous - octet ${packet.u32(4)}`;
  if (code === 1) return `next header - octet ${packet.u32(4)}`;
  return code === 2 ? `option - octet ${packet.u32(4)}` : `code-#${code}`;
}
