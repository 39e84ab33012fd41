// The link header of a packet: what it carries, and where that begins.

import { linkOfFile } from '../../base/link.js';
import { macText } from './address.js';
import { printArp } from './arp.js';
import { printIp, printIp4, printIp6 } from './ip.js';
import type { Bytes, Line } from './line.js';
import type { Conversations } from './tcp.js';

type LinkPrinter = (line: Line, packet: Bytes, conversations: Conversations) => void;

const ethernetHeader = 14;

/** Ethernet types that have a word in the filter language, but no more than their name here. */
const typeNames: ReadonlyMap<number, string> = new Map([
  [0x6000, 'DEC'],
  [0x6001, 'MOP DL'],
  [0x6002, 'MOP RC'],
  [0x6003, 'DECnet'],
  [0x6004, 'LAT'],
  [0x6007, 'SCA'],
  [0x809b, 'AppleTalk'],
  [0x80f3, 'AARP'],
  [0x8137, 'IPX'],
  [0x8863, 'PPPoE discovery'],
  [0x888e, 'EAPOL'],
  [0x88cc, 'LLDP'],
]);
const vlanTypes: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);

/** What an Ethernet type says about the bytes behind it. */
function printType(line: Line, type: number, packet: Bytes, conversations: Conversations): void {
  if (vlanTypes.has(type)) {
    printVlan(line, packet, conversations);
    return;
  }
  switch (type) {
    case 0x0800:
      printIp4(line, packet, conversations);
      return;
    case 0x86dd:
      printIp6(line, packet, conversations);
      return;
    case 0x0806:
    case 0x8035:
      printArp(line, packet);
      return;
    case 0x8847:
    case 0x8848:
      printMpls(line, packet, conversations);
      return;
    case 0x8864:
      printPppoe(line, packet, conversations);
      return;
    default:
      line.text += `${typeNames.get(type) ?? `ethertype 0x${type.toString(16).padStart(4, '0')}`}, length ${packet.length}`;
  }
}

function printEthernet(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'ether';
  packet.need(ethernetHeader);
  const type = packet.u16(12);
  if (type >= 0x0600) {
    printType(line, type, packet.after(ethernetHeader), conversations);
    return;
  }
  line.text += `${macText(packet, 6)} > ${macText(packet, 0)}: `;
  printLlc(line, packet.after(ethernetHeader).first(Math.min(type, packet.length - ethernetHeader)));
}

function printLlc(line: Line, packet: Bytes): void {
  line.protocol = 'llc';
  const [destination, source] = [packet.u8(0), packet.u8(1)];
  const name =
    destination === 0x42 && source === 0x42 ? 'STP' : destination === 0xfe && source === 0xfe ? 'OSI' : 'LLC';
  const hex = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;
  line.text += `${name}, dsap ${hex(destination)}, ssap ${hex(source)}, length ${packet.length}`;
}

function printVlan(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'vlan';
  line.text += `vlan ${packet.u16(0) & 0x0fff}, `;
  const type = packet.u16(2);
  if (type >= 0x0600) printType(line, type, packet.after(4), conversations);
  else printLlc(line, packet.after(4));
}

function printMpls(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'mpls';
  line.text += 'MPLS ';
  for (let at = 0; ; at += 4) {
    const entry = packet.u32(at);
    const last = (entry & 0x100) !== 0;
    line.text += `(label ${entry >>> 12}, tc ${(entry >> 9) & 7}${last ? ', [S]' : ''}, ttl ${entry & 255}) `;
    if (!last) continue;
    printIp(line, packet.after(at + 4), conversations);
    return;
  }
}

function printPppoe(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'pppoe';
  line.text += `PPPoE [ses 0x${packet.u16(2).toString(16)}] `;
  printPpp(line, packet.after(6), conversations);
}

const pppTypes: ReadonlyMap<number, number> = new Map([
  [0x0021, 0x0800],
  [0x0057, 0x86dd],
  [0x0281, 0x8847],
]);

/** PPP, with or without the address and control bytes of HDLC. */
function printPpp(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'ppp';
  if (packet.u16(0) === 0xff03) {
    printPpp(line, packet.after(2), conversations);
    return;
  }
  const type = pppTypes.get(packet.u16(0));
  if (type !== undefined) {
    printType(line, type, packet.after(2), conversations);
    return;
  }
  line.text += `PPP, protocol 0x${packet.u16(0).toString(16).padStart(4, '0')}, length ${packet.length - 2}`;
}

/** The address families of IPv6 in the null header: of NetBSD, FreeBSD and macOS. */
const families6: ReadonlySet<number> = new Set([10, 24, 28, 30]);

/** BSD's loopback: the address family, in the byte order of the host that captured, or of the network (LOOP). */
function printNull(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'null';
  packet.need(4);
  const family = packet.u8(0) === 0 ? packet.u32(0) : packet.u8(0);
  if (family === 2 || families6.has(family)) {
    printIp(line, packet.after(4), conversations);
    return;
  }
  line.text += `AF ${family}, length ${packet.length - 4}`;
}

function printCooked(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'linux_sll';
  packet.need(16);
  printType(line, packet.u16(14), packet.after(16), conversations);
}

function printCooked2(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'linux_sll2';
  packet.need(20);
  printType(line, packet.u16(0), packet.after(20), conversations);
}

function printHdlc(line: Line, packet: Bytes, conversations: Conversations): void {
  line.protocol = 'chdlc';
  if (packet.u16(0) === 0xff03) {
    printPpp(line, packet, conversations);
    return;
  }
  // 0x8035 is Cisco's own SLARP here, and no RARP.
  if (packet.u16(2) === 0x8035) line.text += `SLARP, length ${packet.length - 4}`;
  else printType(line, packet.u16(2), packet.after(4), conversations);
}

interface LinkForm {
  readonly print: LinkPrinter;
  /** How many bytes the link header has before the network header. */
  readonly header: number;
}

const forms: ReadonlyMap<string, LinkForm> = new Map<string, LinkForm>([
  ['NULL', { print: printNull, header: 4 }],
  ['EN10MB', { print: printEthernet, header: ethernetHeader }],
  ['PPP', { print: printPpp, header: 2 }],
  ['RAW', { print: printIp, header: 0 }],
  ['PPP_SERIAL', { print: printPpp, header: 4 }],
  ['C_HDLC', { print: printHdlc, header: 4 }],
  ['LOOP', { print: printNull, header: 4 }],
  ['LINUX_SLL', { print: printCooked, header: 16 }],
  ['IPV4', { print: printIp, header: 0 }],
  ['IPV6', { print: printIp, header: 0 }],
  ['LINUX_SLL2', { print: printCooked2, header: 20 }],
]);

/** Prints a packet from its link header on; of a link type that is not known here, its name and length. */
export function printLink(line: Line, link: number, packet: Bytes, conversations: Conversations): void {
  const { name } = linkOfFile(link);
  const form = forms.get(name);
  if (form !== undefined) form.print(line, packet, conversations);
  else line.text += `${name}, length ${packet.length}`;
}

/** How many bytes the link header has, where that is known; 0 elsewhere. */
export function headerSize(link: number): number {
  return forms.get(linkOfFile(link).name)?.header ?? 0;
}
