// JSON (RFC 8259) that remembers where everything stood: what is wrong with a document can be shown in it. Unlike `JSON.parse`
// it keeps whole numbers of any size, and refuses an object in which a name stands twice.

import { BpfError, type Span } from './error.js';

export type JsonValue =
  | { readonly kind: 'null'; readonly span: Span }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly span: Span }
  | JsonNumber
  | JsonText
  | JsonList
  | JsonObject;

/** `whole`: the number exactly, where it is written without fraction and exponent. */
export interface JsonNumber {
  readonly kind: 'number';
  readonly value: number;
  readonly whole: bigint | undefined;
  readonly span: Span;
}

export interface JsonText {
  readonly kind: 'text';
  readonly value: string;
  readonly span: Span;
}

export interface JsonList {
  readonly kind: 'list';
  readonly items: readonly JsonValue[];
  readonly span: Span;
}

export interface JsonObject {
  readonly kind: 'object';
  readonly members: ReadonlyMap<string, JsonMember>;
  readonly span: Span;
}

export interface JsonMember {
  /** Where the name stands. */
  readonly name: Span;
  readonly value: JsonValue;
}

/** Lists and objects may lie in one another so deep. */
const deepest = 200;

/** @throws BpfError 'syntax' with the place of what is no JSON, or of a name that stands twice */
export function parseJson(source: string): JsonValue {
  const reader = new Reader(source);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  value(depth: number): JsonValue {
    this.#space();
    if (depth > deepest) throw this.#refusal(`expected at most ${deepest} lists and objects in one another`);
    switch (this.#source[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#list(depth);
      case '"':
        return this.#text();
      default:
        return this.#word();
    }
  }

  /** Nothing but space may follow. */
  end(): void {
    this.#space();
    if (this.#at < this.#source.length) throw this.#refusal(`expected the end of the text, found ${this.#found()}`);
  }

  #object(depth: number): JsonObject {
    const start = this.#at++;
    const members = new Map<string, JsonMember>();
    for (let first = true; !this.#closes('}', first); first = false) {
      if (this.#source[this.#at] !== '"') throw this.#refusal(`expected a name in quotes, found ${this.#found()}`);
      const name = this.#text();
      if (members.has(name.value))
        throw this.#error(`the name '${shortened(name.value)}' stands here twice`, name.span);
      this.#space();
      if (this.#source[this.#at] !== ':') throw this.#refusal(`expected ':', found ${this.#found()}`);
      this.#at++;
      members.set(name.value, { name: name.span, value: this.value(depth + 1) });
    }
    return { kind: 'object', members, span: { start, end: this.#at } };
  }

  #list(depth: number): JsonList {
    const start = this.#at++;
    const items: JsonValue[] = [];
    while (!this.#closes(']', items.length === 0)) items.push(this.value(depth + 1));
    return { kind: 'list', items, span: { start, end: this.#at } };
  }

  /** Whether a list or object ends here; if not, goes over the comma before its next part. */
  #closes(bracket: ']' | '}', first: boolean): boolean {
    this.#space();
    const next = this.#source[this.#at];
    if (next === bracket) {
      this.#at++;
      return true;
    }
    if (first) return false;
    if (next !== ',') throw this.#refusal(`expected ',' or '${bracket}', found ${this.#found()}`);
    this.#at++;
    this.#space();
    if (this.#source[this.#at] === bracket) throw this.#refusal(`expected a value after ',', found '${bracket}'`);
    return false;
  }

  #text(): JsonText {
    const start = this.#at;
    const [text] = this.#match(/"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy) ?? [];
    if (text !== undefined) return { kind: 'text', value: JSON.parse(text), span: { start, end: this.#at } };
    const [good] = this.#match(/"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy) ?? [''];
    this.#at = start + good.length;
    throw this.#refusal(`expected the end of the text in quotes, found ${this.#found()}`);
  }

  #word(): JsonValue {
    const start = this.#at;
    const [number, fraction] = this.#match(/-?(?:0|[1-9][0-9]*)((?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.])/y) ?? [];
    if (number !== undefined) {
      const whole = fraction === '' ? BigInt(number) : undefined;
      return { kind: 'number', value: Number(number), whole, span: { start, end: this.#at } };
    }
    const [word] = this.#match(/(?:true|false|null)(?!\w)/y) ?? [];
    const span = { start, end: this.#at };
    if (word === undefined) throw this.#refusal(`expected a value, found ${this.#found()}`);
    return word === 'null' ? { kind: 'null', span } : { kind: 'boolean', value: word === 'true', span };
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  /** What stands here, for a sentence. */
  #found(): string {
    const token = this.#token();
    return token === '' ? 'the end of the text' : `'${shortened(token)}'`;
  }

  #token(): string {
    return /^(?:[\w.+-]+|.)/su.exec(this.#source.slice(this.#at, this.#at + 60))?.[0] ?? '';
  }

  #refusal(message: string): BpfError {
    return this.#error(message, { start: this.#at, end: this.#at + this.#token().length });
  }

  #error(message: string, span: Span): BpfError {
    return new BpfError('syntax', message, { place: { source: this.#source, ...span } });
  }
}

function shortened(text: string): string {
  const visible = text.replace(/\p{Cc}/gu, '?');
  return visible.length > 40 ? `${visible.slice(0, 40)}…` : visible;
}
