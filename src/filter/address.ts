// Addresses as text: IPv4 of one to four octets, IPv6, MAC, DECnet. Each reader returns undefined for what is none.

/** An IPv4 address or the beginning of one, left-justified, and how many bits were written. */
export interface Ipv4 {
  readonly address: number;
  readonly bits: number;
}

const dotted = /^\d+(?:\.\d+){0,3}$/;
const [zeroDigit, dot] = [0x30, 0x2e];

/** Reads `10`, `10.1`, `10.1.2` or `10.1.2.3`; octets are decimal, leading zeros or not. */
export function parseIpv4(text: string): Ipv4 | undefined {
  if (!dotted.test(text)) return undefined;
  let [address, octet, octets] = [0, 0, 1];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === dot) {
      address = address * 256 + octet;
      octet = 0;
      octets++;
    } else octet = octet * 10 + (code - zeroDigit);
    if (octet > 255) return undefined;
  }
  const bits = octets * 8;
  return { address: ((address * 256 + octet) * 2 ** (32 - bits)) >>> 0, bits };
}

/** An IPv6 address as four 32-bit words, the first one first. */
export type Ipv6 = readonly [number, number, number, number];

const group = /^[0-9a-f]{1,4}$/i;

/** Whether the text has the form of an IPv6 address; octets of an IPv4 suffix may still be too large. */
export function looksLikeIpv6(text: string): boolean {
  const parts = text.split('::');
  if (parts.length > 2) return false;
  const groups = parts.flatMap((part) => (part === '' ? [] : part.split(':')));
  const last = groups.at(-1) ?? '';
  const suffixed = last.includes('.');
  if (suffixed && (text.endsWith('::') || !/^(?:(?:\d+|0x[0-9a-f]+)(?:\.|$)){4}$/i.test(last) || last.endsWith('.')))
    return false;
  const plain = suffixed ? groups.slice(0, -1) : groups;
  if (!plain.every((part) => group.test(part))) return false;
  const width = plain.length + (suffixed ? 2 : 0);
  return parts.length === 2 ? width <= 7 : width === 8;
}

/** Reads what `looksLikeIpv6`. */
export function parseIpv6(text: string): Ipv6 | undefined {
  if (!looksLikeIpv6(text)) return undefined;
  const [head = '', tail] = text.split('::');
  const before = halves(head);
  const after = tail === undefined ? [] : halves(tail);
  if (before === undefined || after === undefined) return undefined;
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  const word = (at: number) => ((all[at] ?? 0) * 0x10000 + (all[at + 1] ?? 0)) >>> 0;
  return [word(0), word(2), word(4), word(6)];
}

/** The 16-bit groups of one side of `::`. */
function halves(text: string): number[] | undefined {
  if (text === '') return [];
  const result: number[] = [];
  for (const part of text.split(':')) {
    if (!part.includes('.')) {
      result.push(Number.parseInt(part, 16));
      continue;
    }
    const suffix = parseIpv4(part);
    // inet_pton(3) takes no octet with a leading zero.
    if (suffix === undefined || /(?:^|\.)0\d/.test(part)) return undefined;
    result.push(suffix.address >>> 16, suffix.address & 0xffff);
  }
  return result;
}

/** Bytes of an Ethernet-like address: `00:11:22:33:44:55`, with `-` or `.` instead, `0011.2233.4455`, `001122334455`. */
export function parseMac(text: string): readonly number[] | undefined {
  const pairs = /^[0-9a-f]{1,2}(?:([-:.])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2}){4}$/i.test(text);
  if (pairs) return text.split(/[-:.]/).map((part) => Number.parseInt(part, 16));
  if (!/^(?:[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|[0-9a-f]{12})$/i.test(text)) return undefined;
  return [...text.replaceAll('.', '').matchAll(/../g)].map(([pair]) => Number.parseInt(pair, 16));
}

/** A DECnet address `area.node` as the 16 bits that it takes. */
export function parseDecnet(text: string): number | undefined {
  const found = /^(\d{1,5})\.(\d{1,5})$/.exec(text);
  if (found === null) return undefined;
  const area = Number(found[1]);
  const node = Number(found[2]);
  return area > 63 || node > 1023 ? undefined : area * 1024 + node;
}
