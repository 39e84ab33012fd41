// ARP, and the reverse and inverse of it: who asks for what, or who is where.

import { ip4Text, macText } from './address.js';
import type { Bytes, Line } from './line.js';

const [ethernet, ipv4] = [1, 0x0800];

/** `ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 46` */
export function printArp(line: Line, packet: Bytes): void {
  line.protocol = 'arp';
  packet.need(8);
  const [hardware, protocol] = [packet.u16(0), packet.u16(2)];
  const [macSize, addressSize] = [packet.u8(4), packet.u8(5)];
  const known = hardware === ethernet && protocol === ipv4 && macSize === 6 && addressSize === 4;
  line.text += `ARP, ${known ? '' : `hardware ${hardware}, protocol 0x${protocol.toString(16).padStart(4, '0')}, `}`;
  line.text += `${known ? messageText(packet) : `operation ${packet.u16(6)}`}, length ${packet.length}`;
}

function messageText(packet: Bytes): string {
  packet.need(28);
  const [sender, target] = [ip4Text(packet, 14), ip4Text(packet, 24)];
  const [senderMac, targetMac] = [macText(packet, 8), macText(packet, 18)];
  const operation = packet.u16(6);
  switch (operation) {
    case 1: {
      const asked = /^(00:){5}00$|^(ff:){5}ff$/.test(targetMac) ? '' : ` (${targetMac})`;
      return `Request who-has ${target}${asked} tell ${sender}`;
    }
    case 2:
      return `Reply ${sender} is-at ${senderMac}`;
    case 3:
      return `Reverse Request who-is ${targetMac} tell ${senderMac}`;
    case 4:
      return `Reverse Reply ${targetMac} at ${target}`;
    case 8:
      return `Inverse Request who-is ${targetMac} tell ${senderMac}`;
    case 9:
      return `Inverse Reply ${senderMac} at ${sender}`;
    default:
      return `operation ${operation}`;
  }
}
