// What was meant, where the text says something else: words of other tools, and things in the wrong order. Each hint is
// what a filter would say instead.

import { nearest } from '../base/nearest.js';
import type { Token } from './token.js';
import { constants, isProtocol, keywords } from './words.js';

/** Words that people write, and those of the language. */
const synonyms: Readonly<Record<string, string>> = {
  eth: 'ether',
  ethernet: 'ether',
  mac: 'ether host',
  ipv4: 'ip',
  ip4: 'ip',
  tcp6: 'ip6 and tcp',
  udp6: 'ip6 and udp',
  icmp4: 'icmp',
  source: 'src',
  from: 'src',
  destination: 'dst',
  dest: 'dst',
  to: 'dst',
  network: 'net',
  subnet: 'net',
  protocol: 'proto',
  sport: 'src port',
  dport: 'dst port',
  size: 'len',
  syn: 'tcp[tcpflags] & tcp-syn != 0',
  fin: 'tcp[tcpflags] & tcp-fin != 0',
  rst: 'tcp[tcpflags] & tcp-rst != 0',
  ack: 'tcp[tcpflags] & tcp-ack != 0',
};

/** The word of the language that another one stands for, or is a misspelt form of. */
export function wordHint(word: string): string | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(synonyms, lower) ? synonyms[lower] : nearest(word, keywords.keys());
}

/** The named constant that is misspelt where a number is wanted. */
export const constantHint = (word: string): string | undefined => nearest(word, constants.keys());

/** What `before`, a word that has been read, was meant to go with. */
export function orderHint(before: Token, token: Token, text: string): string | undefined {
  if (before.kind !== 'keyword') return betweenHint(before, token, text);
  const { text: word } = before;
  if (text === '&' || text === '|') return text + text;
  if (word === 'link' && token.kind === 'mac') return `ether host ${text}`;
  if (hasPorts(word) && token.kind === 'number') return `${word} port ${text}`;
  if (word === 'tcp' && constants.has(`tcp-${text}`)) return `tcp[tcpflags] & tcp-${text} != 0`;
  if (isProtocol(word) && constants.has(`${word}-${text}`)) return `${word}[${word}type] = ${word}-${text}`;
  return undefined;
}

/** What is missing between two identifiers. */
function betweenHint(before: Token, token: Token, text: string): string | undefined {
  if (text === ':' && (before.kind === 'ipv4' || before.kind === 'name')) return 'and port';
  const identifier = token.kind === 'number' || token.kind === 'ipv4' || token.kind === 'ipv6' || token.kind === 'mac';
  // `src hsot 10.0.0.1`: a misspelt type was taken for the name of a host.
  const type = identifier && before.kind === 'name' ? nearest(before.text, typeWords) : undefined;
  if (type !== undefined) return `${type} ${text}`;
  return identifier && before.kind === token.kind ? `or ${text}` : undefined;
}

const typeWords = ['host', 'net', 'port', 'portrange', 'proto'] as const;

const hasPorts = (word: string): boolean => word === 'tcp' || word === 'udp' || word === 'sctp';

/** What a relation behind `port` was meant to be: `port = 80`, `port > 1024`. */
export function portHint(symbol: string, value: number): string | undefined {
  const ranges: Readonly<Record<string, string>> = {
    '=': `port ${value}`,
    '!=': `not port ${value}`,
    '>': `portrange ${value + 1}-65535`,
    '>=': `portrange ${value}-65535`,
    '<': `portrange 0-${value - 1}`,
    '<=': `portrange 0-${value}`,
  };
  return Object.hasOwn(ranges, symbol) && value > 0 && value < 65535 ? ranges[symbol] : undefined;
}

/** Characters that typewriters don't have, and what stands for them in a filter. */
const typographic: readonly (readonly [pattern: RegExp, what: string, instead: string | undefined])[] = [
  [/["'`´“”„‘’‚«»]/, 'a quotation mark, which filters do not have', undefined],
  [/[‐‑‒–—―−]/, 'a dash', '-'],
  [/[\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]/, 'a special space', ' '],
  [/[０-９]/, 'a wide digit', undefined],
  [/[,，]/, 'a comma', 'or'],
];

/** What an unexpected character is, in words, and what to write instead. */
export function characterHint(character: string): { readonly what: string; readonly instead: string | undefined } {
  const shown = /^[\x21-\x7e]$|^\p{L}$|^\p{P}$/u.test(character) ? `'${character}'` : codeOf(character);
  for (const [pattern, name, instead] of typographic) {
    if (pattern.test(character)) return { what: `${shown}, ${name}`, instead };
  }
  return { what: shown, instead: undefined };
}

const codeOf = (character: string): string => {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
};
