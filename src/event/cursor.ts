// A place in a filter's text, and the errors that its parser throws there. What counts as a space, a digit or a letter is
// what does so in C: only ASCII.

import { BpfError, type ErrorCode, type Span } from '../base/error.js';

/** Deepest nesting of parentheses; keeps the recursion of every stage shallow. */
const depthLimit = 300;

const space = /[ \t\n\v\f\r]*/y;

export class Cursor {
  readonly source: string;
  at = 0;
  #depth = 0;

  constructor(source: string) {
    this.source = source;
  }

  skipSpace(): void {
    this.take(space);
  }

  get atEnd(): boolean {
    return this.at >= this.source.length;
  }

  /** Whether the text goes on with these characters. */
  sees(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  /** Takes these characters, if the text goes on with them. */
  accept(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  /** Takes what a sticky expression matches here; perhaps nothing. */
  take(form: RegExp): string {
    form.lastIndex = this.at;
    const [text = ''] = form.exec(this.source) ?? [];
    this.at += text.length;
    return text;
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > depthLimit) throw this.error('limit', `nested deeper than ${depthLimit} levels`, this.here());
    const result = parse();
    this.#depth--;
    return result;
  }

  /** The word, number or sign that stands here. */
  here(): Span {
    const { source, at: start } = this;
    if (start >= source.length) return { start, end: start };
    const word = /[\w.$]+|&&|\|\||[=!<>]=|\p{Any}/uy;
    word.lastIndex = start;
    return { start, end: start + (word.exec(source)?.[0].length ?? 1) };
  }

  error(code: ErrorCode, message: string, { start, end }: Span, suggestion?: string): BpfError {
    return new BpfError(code, message, { place: { source: this.source, start, end }, suggestion });
  }

  /** A syntax error at what stands here. */
  expected(what: string, suggestion?: string): BpfError {
    const span = this.here();
    const found = this.source.slice(span.start, span.end);
    const text = found === '' ? 'the end of the filter' : `'${found}'`;
    return this.error('syntax', `expected ${what}, found ${text}`, span, suggestion);
  }
}
