// Text to tokens. As in libpcap's scanner the longest match wins, and of matches of equal length the first rule:
//
//   keyword · symbol · $XX · MAC · number · IPv4 · IPv6 · named constant · name · \name

import { BpfError, type Span } from '../base/error.js';
import { looksLikeIpv6, parseIpv6, parseMac } from './address.js';
import { characterHint } from './hint.js';
import type { Token } from './token.js';
import { constants, keywords } from './words.js';

const space = /[ \r\n\t]*/y;
const symbols = />=|<=|!=|==|<<|>>|&&|\|\||[-+*/%:[\]!<>(){}&|^=]/y;
const escaped = /\\[^ !()\n\t]+/y;
const station = /\$([0-9A-Fa-f]{1,2})/y;
const word = /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y;
const number = /0[xX][0-9A-Fa-f]+|[0-9]+/y;
const octets = /(?:0[xX][0-9A-Fa-f]+|[0-9]+)(?:\.(?:0[xX][0-9A-Fa-f]+|[0-9]+)){1,3}/y;
const mac =
  /[0-9A-Fa-f]{1,2}(?:(?::[0-9A-Fa-f]{1,2}){5}|(?:-[0-9A-Fa-f]{1,2}){5}|(?:\.[0-9A-Fa-f]{1,2}){5})|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}|[0-9A-Fa-f]{12}/y;
const brokenMac = /[0-9A-Fa-f]{1,2}:+(?:[0-9A-Fa-f]{1,2}:+)+/y;
const hexRun = /[0-9A-Fa-fxX:.]{2,80}/y;

/** More words are no filter that anybody wrote; 50,000 hosts have fewer. */
const tokenLimit = 200_000;

/** Words that are written with symbols. */
const symbolWords: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not' };
const sameSymbol: Readonly<Record<string, string>> = { '==': '=' };

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
  tokens.push({ kind: 'end', start: source.length, end: source.length });
  return tokens;
}

/** The part of a span that its first token covers: errors point at one token. */
export function firstToken(source: string, { start, end }: Span): Span {
  return start >= source.length ? { start, end } : { start, end: Math.min(end, tokenAt(source, start).end) };
}

function skipSpace(source: string, at: number): number {
  space.lastIndex = at;
  space.test(source);
  return space.lastIndex;
}

function tokenAt(source: string, start: number): Token {
  const symbol = match(symbols, source, start);
  if (symbol !== undefined && !(symbol === ':' && source[start + 1] === ':')) return symbolToken(symbol, start);
  const name = match(escaped, source, start);
  if (name !== undefined) {
    return { kind: 'name', name: name.slice(1), escaped: true, start, end: start + name.length };
  }
  const address = match(station, source, start);
  if (address !== undefined) {
    return { kind: 'station', value: Number.parseInt(address.slice(1), 16), start, end: start + address.length };
  }
  return wordAt(source, start) ?? badCharacter(source, start);
}

function wordAt(source: string, start: number): Token | undefined {
  const token = longest(source, start);
  // A name is not broken off where a letter follows that none can have.
  const broken = token?.kind === 'name' && source.charCodeAt(token.end) > 0x7f;
  return broken ? badCharacter(source, token.end) : token;
}

function badCharacter(source: string, at: number): Token {
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const { what, instead } = characterHint(character);
  const message = `expected a word, a number or an address, found ${what}`;
  return bad(source, at, at + character.length, 'syntax', message, instead);
}

function symbolToken(text: string, start: number): Token {
  const end = start + text.length;
  const keyword = symbolWords[text];
  if (keyword !== undefined) return { kind: 'keyword', word: keyword, start, end };
  return { kind: 'symbol', symbol: sameSymbol[text] ?? text, start, end };
}

type Rule = (source: string, start: number, text: string) => Token;

/** The rules for what begins with a letter, a digit or `::`, in the order in which equals win. */
const rules: readonly (readonly [(source: string, start: number) => string | undefined, Rule])[] = [
  [
    keywordAt,
    (_, start, text) => ({ kind: 'keyword', word: keywords.get(text) ?? text, start, end: start + text.length }),
  ],
  [(source, start) => match(mac, source, start), macToken],
  [(source, start) => match(number, source, start), numberToken],
  [
    (source, start) => match(octets, source, start),
    (_, start, text) => ({ kind: 'ipv4', text, start, end: start + text.length }),
  ],
  [ipv6At, ipv6Token],
  [(source, start) => match(brokenMac, source, start), brokenMacToken],
  [(source, start) => match(word, source, start), nameToken],
];

function longest(source: string, start: number): Token | undefined {
  let best: { readonly text: string; readonly rule: Rule } | undefined;
  for (const [find, rule] of rules) {
    const text = find(source, start);
    if (text !== undefined && text.length > (best?.text.length ?? 0)) best = { text, rule };
  }
  return best?.rule(source, start, best.text);
}

function match(pattern: RegExp, source: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(source)?.[0];
}

function keywordAt(source: string, start: number): string | undefined {
  const text = match(word, source, start);
  return text !== undefined && keywords.has(text) ? text : undefined;
}

function ipv6At(source: string, start: number): string | undefined {
  const run = onlyOneGap(match(hexRun, source, start) ?? '');
  if (!run.includes(':')) return undefined;
  for (let length = run.length; length > 1; length--) {
    const text = run.slice(0, length);
    if (looksLikeIpv6(text)) return text;
  }
  return undefined;
}

/** The text up to a second `::`, which no address has. */
function onlyOneGap(run: string): string {
  const gap = run.indexOf('::');
  if (gap < 0) return run;
  const second = run.indexOf(':', gap + 2) === gap + 2 ? gap + 2 : run.indexOf('::', gap + 2);
  return second < 0 ? run : run.slice(0, second);
}

function macToken(_: string, start: number, text: string): Token {
  return { kind: 'mac', bytes: parseMac(text) ?? [], start, end: start + text.length };
}

function nameToken(_: string, start: number, text: string): Token {
  const end = start + text.length;
  const value = constants.get(text);
  return value === undefined
    ? { kind: 'name', name: text, escaped: false, start, end }
    : { kind: 'number', value, start, end };
}

function ipv6Token(source: string, start: number, text: string): Token {
  const end = start + text.length;
  if (parseIpv6(text) === undefined) return bad(source, start, end, 'syntax', `'${text}' is not a valid IPv6 address`);
  return { kind: 'ipv6', text, start, end };
}

function brokenMacToken(source: string, start: number, text: string): Token {
  return bad(source, start, start + text.length, 'syntax', `'${text}' is not a valid MAC address; expected six bytes`);
}

function numberToken(source: string, start: number, text: string): Token {
  const end = start + text.length;
  const value = parseNumber(text);
  if (value === undefined) return bad(source, start, end, 'syntax', `'${text}' begins with 0 and is no octal number`);
  if (value > 0xffffffff) return bad(source, start, end, 'range', `number ${clipped(text)} does not fit into 32 bits`);
  return { kind: 'number', value, start, end };
}

/** The value of a decimal, hexadecimal (`0x…`) or octal (`0…`) number, unlimited; undefined for what is none. */
export function parseNumber(text: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]*$/.test(text) ? Number(text) : undefined;
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
  return {
    kind: 'bad',
    start,
    end,
    error: new BpfError(code, readable(message), { place: { source, start, end }, suggestion }),
  };
}
