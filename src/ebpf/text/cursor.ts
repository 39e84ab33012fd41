// Assembly text as tokens, and a cursor over those of one statement.

import { BpfError, type ErrorCode } from '../../base/error.js';
import { alu, jump } from '../rows.js';

export interface Token {
  /** `word`: a name, a keyword or a register; `sign`: punctuation or an operator; `break`: a newline or a semicolon. */
  readonly kind: 'word' | 'number' | 'sign' | 'break';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const signs = new Set([
  ...Object.values(alu).map((row) => row.sign),
  ...Object.values(jump).map((row) => row.sign),
  ...['(', ')', '[', ']', ',', ':', '*', '+', '-', '='],
]);
const escaped = [...signs]
  .sort((a, b) => b.length - a.length)
  .map((sign) => sign.replace(/[/\-\\^$*+?.()|[\]{}]/g, '\\$&'));

// A word may carry the number of a helper behind it (`map_lookup_elem#1`), so that a comment doesn't begin there.
const pattern = new RegExp(
  [
    /(?<blank>[ \t\r]+|#[^\n]*|\/\/[^\n]*)/,
    /(?<break>[\n;])/,
    `(?<sign>${escaped.join('|')})`,
    /(?<number>0x[0-9a-f]+|0b[01]+|[0-9]+)/,
    /(?<word>%?[a-z_.][\w.]*(?:#[0-9]+)?)/,
  ]
    .map((part) => (typeof part === 'string' ? part : part.source))
    .join('|'),
  'iy',
);

/** @throws BpfError 'syntax' at a character that begins no token */
export function tokens(source: string): Token[] {
  const found: Token[] = [];
  for (let start = 0; start < source.length; ) {
    pattern.lastIndex = start;
    const match = pattern.exec(source);
    if (match === null) throw unexpectedCharacter(source, start);
    const end = start + match[0].length;
    const kind = (['break', 'sign', 'number', 'word'] as const).find((name) => match.groups?.[name] !== undefined);
    if (kind !== undefined) found.push({ kind, text: match[0], start, end });
    start = end;
  }
  return found;
}

function unexpectedCharacter(source: string, start: number): BpfError {
  const character = String.fromCodePoint(source.codePointAt(start)!);
  const place = { source, start, end: start + character.length };
  return new BpfError('syntax', `unexpected character '${character}'`, { place });
}

/** Reads the tokens of one statement from the left to the right. */
export class Cursor {
  readonly source: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string, statement: readonly Token[]) {
    this.source = source;
    this.#tokens = statement;
  }

  /** The text of the next token, or of the one so many behind it; empty at the end. */
  peek(ahead = 0): string {
    return this.ahead(ahead)?.text ?? '';
  }

  get token(): Token | undefined {
    return this.ahead(0);
  }

  /** The token so many behind the next one. */
  ahead(count: number): Token | undefined {
    return this.#tokens[this.#at + count];
  }

  get atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** Takes the next token, whatever it is. */
  next(expected: string): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.unexpected(expected);
    this.#at++;
    return token;
  }

  /** Takes the next token if it is this one. */
  accept(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#at++;
    return true;
  }

  expect(...texts: string[]): void {
    for (const text of texts) if (!this.accept(text)) throw this.unexpected(`'${text}'`);
  }

  /** Takes a word for which the map has something. */
  choose<T>(choices: ReadonlyMap<string, T>, expected: string): T {
    const choice = choices.get(this.peek());
    if (choice === undefined) throw this.unexpected(expected);
    this.#at++;
    return choice;
  }

  expectEnd(): void {
    if (!this.atEnd) throw this.unexpected('the end of the instruction');
  }

  unexpected(expected: string): BpfError {
    const token = this.token;
    const found = token === undefined ? 'the end of the instruction' : `'${token.text}'`;
    const known = /^%?[rw]\d{2,}$/.test(token?.text ?? '') ? '; the registers are r0 to r10' : '';
    return this.error('syntax', `expected ${expected}, found ${found}${known}`);
  }

  /** An error at a token: by default the next one or, at the end of the statement, the last one. */
  error(code: ErrorCode, message: string, at: Token | undefined = this.token, suggestion?: string): BpfError {
    const { start, end } = at ?? this.#tokens.at(-1) ?? { start: this.source.length, end: this.source.length };
    return new BpfError(code, message, { place: { source: this.source, start, end }, suggestion });
  }
}
