// IPv4 and IPv6 with their extension headers, down to what they carry.

import { toHex } from '../../base/hex.js';
import { ip4Text, ip6Text } from './address.js';
import { printIcmp } from './icmp.js';
import { printIcmp6 } from './icmp6.js';
import type { Bytes, Line } from './line.js';
import { type Conversations, type Ends, printTcp } from './tcp.js';
import { printUdp } from './udp.js';

/** What a packet is read in: the ends of the innermost IP header, and what was seen of conversations before. */
interface Context {
  readonly ends: Ends;
  readonly conversations: Conversations;
  /** Whether this is the first fragment of a packet. */
  readonly fragment: boolean;
}

/** Protocols whose own line begins with the addresses and their ports. */
const withPorts: ReadonlySet<number> = new Set([6, 17, 132]);
const [headerSize4, headerSize6] = [20, 40];

/** IPv4 or IPv6, as the first four bits say. */
export function printIp(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'ip';
  const version = packet.u8(0) >> 4;
  if (version === 4) printIp4(line, packet, conversations);
  else if (version === 6) printIp6(line, packet, conversations);
  else line.text += `IP, version ${version}, length ${packet.length} (invalid)`;
}

/** `IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64` */
export function printIp4(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'ip';
  line.text += 'IP ';
  packet.need(headerSize4);
  const size = (packet.u8(0) & 15) * 4;
  const total = packet.u16(2);
  if (size < headerSize4) {
    append(line, `bad-hlen ${size}`);
    return;
  }
  if (packet.length < total) line.text += `truncated-ip - ${total - packet.length} bytes missing! `;
  if (total < size) {
    append(line, `bad-len ${total}`);
    return;
  }
  const payload = packet.first(Math.max(total, size)).after(size);
  const ends = { source: ip4Text(packet, 12), destination: ip4Text(packet, 16) };
  const fragment = packet.u16(6) & 0x1fff;
  const protocol = packet.u8(9);
  if (fragment !== 0) {
    append(line, `${arrow(ends)} ip-proto-${protocol}`);
    return;
  }
  if (!withPorts.has(protocol)) line.text += `${arrow(ends)} `;
  printPayload(line, protocol, payload, { ends, conversations, fragment: (packet.u16(6) & 0x2000) !== 0 });
}

/** `IP6 fe80::1 > ff02::16: HBH ICMP6, multicast listener report v2, 1 group record(s), length 28` */
export function printIp6(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'ip6';
  line.text += 'IP6 ';
  packet.need(headerSize6);
  const length = packet.u16(4);
  if (packet.length < length + headerSize6) {
    line.text += `truncated-ip6 - ${length + headerSize6 - packet.length} bytes missing!`;
  }
  const ends = { source: ip6Text(packet, 8), destination: ip6Text(packet, 24) };
  const protocol = packet.u8(6);
  if (!withPorts.has(protocol)) line.text += `${arrow(ends)} `;
  // A jumbogram says 0 here and its length in an option.
  const payload = packet.first(length === 0 ? packet.length : length + headerSize6).after(headerSize6);
  printPayload(line, protocol, payload, { ends, conversations, fragment: false });
}

function printPayload(line: Line, protocol: number, payload: Bytes, context: Context): void {
  switch (protocol) {
    case 1:
      printIcmp(line, payload);
      return;
    case 4:
    case 41:
      printIp(line, payload, context.conversations);
      return;
    case 6:
      printTcp(line, payload, context.ends, context.conversations);
      return;
    case 17:
      printUdp(line, payload, context.ends, context.fragment);
      return;
    case 58:
      printIcmp6(line, payload);
      return;
    case 59:
      append(line, 'no next header');
      return;
    case 132:
      printSctp(line, payload, context.ends);
      return;
    default:
      printOther(line, protocol, payload, context);
      return;
  }
}

/** A header between IP and what it carries: its text, and where the next one begins, if it can be read. */
interface Extension {
  text(header: Bytes): string;
  next(header: Bytes): number | undefined;
}

const inEights = (header: Bytes): number => header.u8(1) * 8 + 8;

const extensions: ReadonlyMap<number, Extension> = new Map<number, Extension>([
  [0, { text: () => 'HBH', next: inEights }],
  [
    43,
    {
      text: (header) => `RT6 (len=${header.u8(1)}, type=${header.u8(2)}, segleft=${header.u8(3)})`,
      next: inEights,
    },
  ],
  [
    44,
    {
      text: (header) => `frag (${header.u16(2) & 0xfff8}|${header.length - 8})`,
      next: (header) => ((header.u16(2) & 0xfff8) === 0 ? 8 : undefined),
    },
  ],
  [51, { text: authenticationText, next: (header) => header.u8(1) * 4 + 8 }],
  [60, { text: () => 'DSTOPT', next: inEights }],
]);

/** An extension header and what follows it, or a protocol that is only named. */
function printOther(line: Line, protocol: number, payload: Bytes, context: Context): void {
  const extension = extensions.get(protocol);
  if (extension === undefined) {
    const name = protocolNames.get(protocol) ?? `ip-proto-${protocol}`;
    line.text += `${name}, length ${payload.length}`;
    return;
  }
  line.text += extension.text(payload);
  const next = extension.next(payload);
  if (next === undefined) return;
  line.text += ' ';
  printPayload(line, payload.u8(0), payload.after(next), protocol === 44 ? { ...context, fragment: true } : context);
}

function authenticationText(header: Bytes): string {
  const check = toHex(header.slice(12, Math.max(0, header.u8(1) * 4 - 4)));
  return `AH(spi=${hex(header.u32(4))},seq=0x${header.u32(8).toString(16)},icv=0x${check}):`;
}

/** Protocols that have a word in the filter language, but no more than their name here. */
const protocolNames: ReadonlyMap<number, string> = new Map([
  [2, 'IGMP'],
  [9, 'IGRP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [89, 'OSPF'],
  [103, 'PIM'],
  [108, 'IPComp'],
  [112, 'VRRP'],
]);

function printSctp(line: Line, payload: Bytes, ends: Ends): void {
  line.protocol = 'sctp';
  line.text += `${ends.source}.${payload.u16(0)} > ${ends.destination}.${payload.u16(2)}: SCTP, length ${payload.length}`;
}

function arrow(ends: Ends): string {
  return `${ends.source} > ${ends.destination}:`;
}

function append(line: Line, text: string): void {
  line.text += text;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
