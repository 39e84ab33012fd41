// A place in the list of tokens, and the errors that a parser throws there.

import { BpfError, type ErrorCode, type Span } from '../base/error.js';
import type { NumberNode, Word } from './ast.js';
import type { Dialect } from './dialect.js';
import { constantHint, orderHint, wordHint } from './hint.js';
import { clipped, firstToken, lex, readable } from './lex.js';
import type { Token } from './token.js';

/** Deepest nesting of parentheses and of arithmetic; keeps the recursion of every later stage shallow. */
export const depthLimit = 500;

const displayOperators: ReadonlySet<string> = new Set('eq ne lt le gt ge contains matches in'.split(' '));

export class Cursor {
  readonly source: string;
  /** Whether the language is more than libpcap's. */
  readonly extended: boolean;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(source: string, dialect: Dialect) {
    this.source = source;
    this.extended = dialect === 'extended';
    this.#tokens = lex(source);
  }

  /** The next token, or the one `ahead` of it. The text's end repeats for ever. */
  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
    if (token.error !== undefined && ahead === 0) throw token.error;
    return token;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  /** The end of the last token taken. */
  get end(): number {
    return this.#at === 0 ? 0 : this.#tokens[this.#at - 1]!.end;
  }

  /** The nominal keyword that the token `ahead` is, if it is one. */
  keyword(ahead = 0): string | undefined {
    const token = this.peek(ahead);
    return token.kind === 'keyword' ? token.text : undefined;
  }

  symbol(ahead = 0): string | undefined {
    const token = this.peek(ahead);
    return token.kind === 'symbol' ? token.text : undefined;
  }

  /** Takes the next token as a keyword that the caller has looked at. */
  word<T extends string>(word: T): Word<T> {
    const { start, end } = this.next();
    return { word, start, end };
  }

  number(): NumberNode {
    const token = this.peek();
    if (token.kind !== 'number') throw this.expected('a number');
    this.next();
    return { kind: 'number', value: token.value, start: token.start, end: token.end };
  }

  take(symbol: string, what: string): Token {
    if (this.symbol() !== symbol) throw this.expected(what);
    return this.next();
  }

  /** Runs `parse` one level deeper; `tooMuch` is what is said of too many. */
  nested<T>(parse: () => T, tooMuch = `nested deeper than ${depthLimit} levels`): T {
    if (++this.#depth > depthLimit) throw this.error('limit', tooMuch, this.peek());
    const result = parse();
    this.#depth--;
    return result;
  }

  error(code: ErrorCode, message: string, span: Span, suggestion?: string): BpfError {
    const { source } = this;
    return new BpfError(code, readable(message), { place: { source, ...firstToken(source, span) }, suggestion });
  }

  /** The last token taken. */
  get before(): Token | undefined {
    return this.#tokens[this.#at - 1];
  }

  textOf({ start, end }: Span): string {
    return this.source.slice(start, end);
  }

  /** A syntax error at the next token, with what was meant by it if that can be guessed. */
  expected(what: string, suggestion?: string): BpfError {
    const token = this.peek();
    if (token.kind === 'end') return this.error('syntax', `expected ${what}, found the end of the filter`, token);
    const text = this.textOf(token);
    const foreign = displayOperators.has(text) ? ', an operator of display filters' : '';
    const guess = suggestion ?? this.#guess(token, text);
    const hint = foreign === '' ? guess : undefined;
    return this.error('syntax', `expected ${what}, found '${clipped(text)}'${foreign}`, token, hint);
  }

  /** A syntax error at the next token where a number is wanted. */
  expectedNumber(what: string): BpfError {
    const token = this.peek();
    return this.expected(what, token.kind === 'name' ? constantHint(token.text) : undefined);
  }

  #guess(token: Token, text: string): string | undefined {
    const { before } = this;
    const ordered = before === undefined ? undefined : orderHint(before, token, text);
    return ordered ?? (token.kind === 'name' ? wordHint(token.text) : undefined);
  }
}
