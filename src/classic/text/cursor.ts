// Text of classic programs as tokens, and a cursor over them. Newlines mean nothing, as in bpf_asm.
//
//   comments   /* … */    ; to the end of the line    # at the start of a line, to its end
//   numbers    12   0x1f   0b101   017 (octal)        signs stand before them as tokens of their own

import { BpfError, type ErrorCode, type Span } from '../../base/error.js';

export interface Token extends Span {
  readonly kind: 'word' | 'number' | 'sign';
  readonly text: string;
}

const pattern =
  /(?<blank>\s+|;[^\n]*|^#[^\n]*|\/\*[\s\S]*?\*\/)|(?<number>[0-9]\w*)|(?<word>[a-z_.][\w.]*)|(?<sign>[#%[\](){}+\-*&:,=])/imy;

/** @throws BpfError 'syntax' at a character that begins no token */
export function tokens(source: string): Token[] {
  const found: Token[] = [];
  for (let start = 0; start < source.length; ) {
    pattern.lastIndex = start;
    const match = pattern.exec(source);
    if (match === null) throw unexpectedCharacter(source, start);
    const [text] = match;
    const kind = (['number', 'word', 'sign'] as const).find((name) => match.groups?.[name] !== undefined);
    if (kind !== undefined) found.push({ kind, text, start, end: start + text.length });
    start += text.length;
  }
  return found;
}

function unexpectedCharacter(source: string, start: number): BpfError {
  const character = String.fromCodePoint(source.codePointAt(start)!);
  const place = { source, start, end: start + character.length };
  const what = source.startsWith('/*', start) ? 'a comment has no end' : `unexpected character '${character}'`;
  return new BpfError('syntax', what, { place });
}

/** The least and the largest number that fits into the field k, signed or not. */
const least = -(2 ** 31);
const most = 2 ** 32 - 1;

export class Cursor {
  readonly source: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string) {
    this.source = source;
    this.#tokens = tokens(source);
  }

  get atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  get token(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** The next token in lower case, or the one so many behind it; empty beyond the end. */
  peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.text.toLowerCase() ?? '';
  }

  /** The span from a token to the last one taken. */
  since(start: Token): Span {
    return { start: start.start, end: this.#tokens[this.#at - 1]!.end };
  }

  /** Takes the next token, which is of this kind. */
  take(kind: Token['kind'], expected: string): Token {
    const token = this.token;
    if (token?.kind !== kind) throw this.unexpected(expected);
    this.#at++;
    return token;
  }

  /** Goes over the next token, whatever it is. */
  skip(): void {
    this.#at++;
  }

  accept(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#at++;
    return true;
  }

  expect(...texts: readonly string[]): void {
    for (const text of texts) if (!this.accept(text)) throw this.unexpected(`'${text}'`);
  }

  /** A number, signed or not, as the unsigned one that stands in the instruction. */
  number(expected: string): number {
    const negative = this.accept('-');
    if (!negative) this.accept('+');
    const token = this.take('number', expected);
    const value = negative ? -this.#value(token) : this.#value(token);
    if (value < least || value > most)
      throw this.error('range', `expected ${expected} of 32 bits, found ${value}`, token);
    return value >>> 0;
  }

  /** A number in decimal digits, leading zeros and all. */
  decimal(expected: string): number {
    const token = this.take('number', expected);
    if (!/^[0-9]+$/.test(token.text)) throw this.error('syntax', `expected ${expected}, found '${token.text}'`, token);
    return Number(token.text);
  }

  #value(token: Token): number {
    const text = token.text.toLowerCase();
    if (/^(?:0x[0-9a-f]+|0b[01]+|0|[1-9][0-9]*)$/.test(text)) return Number(text);
    if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
    throw this.error('syntax', `'${token.text}' is no number`, token);
  }

  unexpected(expected: string): BpfError {
    const found = this.token === undefined ? 'the end of the text' : `'${this.token.text}'`;
    return this.error('syntax', `expected ${expected}, found ${found}`);
  }

  /** An error at a token; by default the next one. */
  error(code: ErrorCode, message: string, at: Token | undefined = this.token, suggestion?: string): BpfError {
    const { start, end } = at ?? { start: this.source.length, end: this.source.length };
    return new BpfError(code, message, { place: { source: this.source, start, end }, suggestion });
  }
}
