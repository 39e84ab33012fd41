// Text to tokens. As in libpcap's scanner the longest match wins, and of matches of equal length the first rule:
//
//   keyword · symbol · $XX · MAC · number · IPv4 · IPv6 · named constant · name · \name

import { BpfError, type Span } from '../base/error.js';
import { looksLikeIpv6, parseIpv6 } from './address.js';
import { characterHint } from './hint.js';
import type { Token, TokenKind } from './token.js';
import { constants, keywords } from './words.js';

const symbols = />=|<=|!=|==|<<|>>|&&|\|\||[-+*/%:[\]!<>(){}&|^=]/y;
const escaped = /\\[^ !()\n\t]+/y;
const station = /\$([0-9A-Fa-f]{1,2})/y;
const word = /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y;
const number = /0[xX][0-9A-Fa-f]+|[0-9]+/y;
const shortDecimal = /[1-9][0-9]{0,9}/y;
const octets = /(?:0[xX][0-9A-Fa-f]+|[0-9]+)(?:\.(?:0[xX][0-9A-Fa-f]+|[0-9]+)){1,3}/y;
const mac =
  /[0-9A-Fa-f]{1,2}(?:(?::[0-9A-Fa-f]{1,2}){5}|(?:-[0-9A-Fa-f]{1,2}){5}|(?:\.[0-9A-Fa-f]{1,2}){5})|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}|[0-9A-Fa-f]{12}/y;
const brokenMac = /[0-9A-Fa-f]{1,2}:+(?:[0-9A-Fa-f]{1,2}:+)+/y;
const macLike = /[0-9A-Fa-f:]+/y;
const hexRun = /[0-9A-Fa-fxX:.]{2,80}/y;

/** More words are no filter that anybody wrote; 50,000 hosts have fewer. */
const tokenLimit = 200_000;

/** Words that are written with symbols. */
const symbolWords: ReadonlyMap<string, string> = new Map([
  ['&&', 'and'],
  ['||', 'or'],
  ['!', 'not'],
]);

/**
 * The tokens of a filter, the last one `end`, or `bad` with the error where the text stops being tokens: the parser
 * throws that error when it gets there, so that of two mistakes the first one is reported.
 */
export function lex(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipSpace(source, 0); at < source.length; at = skipSpace(source, at)) {
    const token = tokenAt(source, at);
    tokens.push(token);
    if (token.kind === 'bad') return tokens;
    if (tokens.length > tokenLimit) {
      tokens.push(bad(source, at, token.end, 'limit', `the filter has more than ${tokenLimit} words`));
      return tokens;
    }
    at = token.end;
  }
  tokens.push(token('end', '', source.length, source.length));
  return tokens;
}

/** The part of a span that its first token covers: errors point at one token. */
export function firstToken(source: string, { start, end }: Span): Span {
  return start >= source.length ? { start, end } : { start, end: Math.min(end, tokenAt(source, start).end) };
}

function skipSpace(source: string, start: number): number {
  let at = start;
  while (isSpace(source.charCodeAt(at))) at++;
  return at;
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

function token(kind: TokenKind, text: string, start: number, end: number, value = 0): Token {
  return { kind, text, value, start, end, error: undefined };
}

function tokenAt(source: string, start: number): Token {
  const text = match(word, source, start);
  const token = text === undefined ? signAt(source, start) : wordAt(source, start, text);
  // A name is not broken off where a letter follows that none can have.
  const broken = token?.kind === 'name' && source.charCodeAt(token.end) > 0x7f;
  return token === undefined || broken ? badCharacter(source, token?.end ?? start) : token;
}

/** What begins with a letter or digit; `text` is as much of it as may be a word. */
function wordAt(source: string, start: number, text: string): Token | undefined {
  const end = start + text.length;
  if (source[end] === ':') return longest(rules, source, start);
  const keyword = keywords.get(text);
  if (keyword !== undefined) return token('keyword', keyword, start, end);
  if (matchLength(shortDecimal, source, start) === text.length) return numberToken(source, start, text);
  return longest(plainRules, source, start);
}

/** What begins with anything else. */
function signAt(source: string, start: number): Token | undefined {
  const symbol = match(symbols, source, start);
  if (symbol !== undefined && !(symbol === ':' && source[start + 1] === ':')) return symbolToken(symbol, start);
  const name = match(escaped, source, start);
  if (name !== undefined) return token('name', name.slice(1), start, start + name.length);
  const address = match(station, source, start);
  if (address === undefined) return longest(rules, source, start);
  return token('station', address, start, start + address.length, Number.parseInt(address.slice(1), 16));
}

function badCharacter(source: string, at: number): Token {
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const { what, instead } = characterHint(character);
  const message = `expected a word, a number or an address, found ${what}`;
  return bad(source, at, at + character.length, 'syntax', message, instead);
}

function symbolToken(text: string, start: number): Token {
  const end = start + text.length;
  const keyword = symbolWords.get(text);
  if (keyword !== undefined) return token('keyword', keyword, start, end);
  return token('symbol', text === '==' ? '=' : text, start, end);
}

/** What may stand at a place: how long it is there (0: it isn't), and the token that it makes. */
interface Rule {
  readonly lengthAt: (source: string, start: number) => number;
  readonly token: (source: string, start: number, text: string) => Token;
}

/** The rules for words without colons that are no keywords, in the order in which equals win. */
const plainRules: readonly Rule[] = [
  { lengthAt: (source, start) => matchLength(mac, source, start), token: macToken },
  { lengthAt: (source, start) => matchLength(number, source, start), token: numberToken },
  {
    lengthAt: (source, start) => matchLength(octets, source, start),
    token: (_, start, text) => token('ipv4', text, start, start + text.length),
  },
  { lengthAt: (source, start) => matchLength(word, source, start), token: nameToken },
];

/** Those for all that begins with a letter, a digit or `::`. */
const rules: readonly Rule[] = [
  {
    lengthAt: keywordLength,
    token: (_, start, text) => token('keyword', keywords.get(text) ?? text, start, start + text.length),
  },
  ...plainRules.slice(0, -1),
  { lengthAt: ipv6Length, token: ipv6Token },
  { lengthAt: (source, start) => matchLength(brokenMac, source, start), token: brokenMacToken },
  ...plainRules.slice(-1),
];

function longest(rules: readonly Rule[], source: string, start: number): Token | undefined {
  let best: Rule | undefined;
  let most = 0;
  for (const rule of rules) {
    const length = rule.lengthAt(source, start);
    if (length <= most) continue;
    best = rule;
    most = length;
  }
  return best?.token(source, start, source.slice(start, start + most));
}

function match(pattern: RegExp, source: string, start: number): string | undefined {
  const length = matchLength(pattern, source, start);
  return length === 0 ? undefined : source.slice(start, start + length);
}

/** How long what the pattern describes is at a place; 0 where it isn't there. */
function matchLength(pattern: RegExp, source: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(source) ? pattern.lastIndex - start : 0;
}

function keywordLength(source: string, start: number): number {
  const text = match(word, source, start);
  return text !== undefined && keywords.has(text) ? text.length : 0;
}

function ipv6Length(source: string, start: number): number {
  const run = onlyOneGap(match(hexRun, source, start) ?? '');
  if (run.indexOf(':') === run.lastIndexOf(':')) return 0; // no address has fewer than two
  for (let length = run.length; length > 1; length--) if (looksLikeIpv6(run.slice(0, length))) return length;
  return 0;
}

/** The text up to a second `::`, which no address has. */
function onlyOneGap(run: string): string {
  const gap = run.indexOf('::');
  if (gap < 0) return run;
  const second = run.indexOf(':', gap + 2) === gap + 2 ? gap + 2 : run.indexOf('::', gap + 2);
  return second < 0 ? run : run.slice(0, second);
}

function macToken(_: string, start: number, text: string): Token {
  return token('mac', text, start, start + text.length);
}

function nameToken(_: string, start: number, text: string): Token {
  const end = start + text.length;
  const value = constants.get(text);
  return value === undefined ? token('name', text, start, end) : token('number', text, start, end, value);
}

function ipv6Token(source: string, start: number, text: string): Token {
  const end = start + text.length;
  if (parseIpv6(text) === undefined) return bad(source, start, end, 'syntax', `'${text}' is not a valid IPv6 address`);
  return token('ipv6', text, start, end);
}

function brokenMacToken(source: string, start: number, begun: string): Token {
  const text = match(macLike, source, start) ?? begun;
  return bad(source, start, start + text.length, 'syntax', `'${text}' is not a valid MAC address; expected six bytes`);
}

function numberToken(source: string, start: number, text: string): Token {
  const end = start + text.length;
  const value = parseNumber(text);
  if (value === undefined) return bad(source, start, end, 'syntax', `'${text}' begins with 0 and is no octal number`);
  if (value > 0xffffffff) return bad(source, start, end, 'range', `number ${clipped(text)} does not fit into 32 bits`);
  return token('number', text, start, end, value);
}

/** The value of a decimal, hexadecimal (`0x…`) or octal (`0…`) number, unlimited; undefined for what is none. */
export function parseNumber(text: string): number | undefined {
  if (/^[1-9][0-9]*$/.test(text)) return Number(text);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^0[xX][0-9a-fA-F]+$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

/** A message in which no text of the filter is too long. */
export const readable = (message: string): string => {
  return message.replace(/'[^']{41,}'/g, (quoted) => `'${clipped(quoted.slice(1, -1))}'`);
};

/** A text short enough for a message. */
export const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);

function bad(
  source: string,
  start: number,
  end: number,
  code: 'syntax' | 'range' | 'limit',
  message: string,
  suggestion?: string,
): Token {
  const error = new BpfError(code, readable(message), { place: { source, start, end }, suggestion });
  return { kind: 'bad', text: source.slice(start, end), value: 0, start, end, error };
}
