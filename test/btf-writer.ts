// Type information in BTF, written by hand: each type gets the number that follows, from 1 on. Beside the types, what .BTF.ext
// says of instructions.

import { type ByteOrder, Texts, words } from './elf-writer.js';

const magic = 0xeb9f;
const headerBytes = 24;
const kinds = {
  ...{ int: 1, pointer: 2, array: 3, struct: 4, union: 5, enum: 6, forward: 7, typedef: 8, volatile: 9, const: 10 },
  ...{
    restrict: 11,
    function: 12,
    prototype: 13,
    variable: 14,
    section: 15,
    float: 16,
    tag: 17,
    typeTag: 18,
    enum64: 19,
  },
} as const;
export type BtfKind = keyof typeof kinds;

export interface LineRecord {
  readonly offset: number;
  readonly file: string;
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** What waits for the kernel's types: at an instruction, what (0: a member's offset …) of which type, along which path. */
export interface CoreRecord {
  readonly offset: number;
  readonly kind: number;
  readonly type: number;
  readonly path: string;
}

export class BtfWriter {
  readonly texts = new Texts();
  readonly #words: number[] = [];
  #count = 0;

  /** @param parts of words: what stands behind the type; @returns its number */
  add(kind: BtfKind | number, name: string, sizeOrType: number, parts: readonly number[] = [], count = 0): number {
    const number = typeof kind === 'number' ? kind : kinds[kind];
    this.#words.push(this.texts.add(name), (number << 24) | count, sizeOrType, ...parts);
    return ++this.#count;
  }

  int(name: string, bytes: number): number {
    return this.add('int', name, bytes, [8 * bytes]);
  }

  pointer(to: number): number {
    return this.add('pointer', '', to);
  }

  array(element: number, length: number): number {
    return this.add('array', '', 0, [element, element, length]);
  }

  struct(name: string, size: number, members: readonly (readonly [name: string, type: number, bit: number])[]): number {
    const parts = members.flatMap(([member, type, bit]) => [this.texts.add(member), type, bit]);
    return this.add('struct', name, size, parts, members.length);
  }

  enum(name: string, values: readonly (readonly [name: string, value: number])[]): number {
    return this.add(
      'enum',
      name,
      4,
      values.flatMap(([value, number]) => [this.texts.add(value), number]),
      values.length,
    );
  }

  variable(name: string, type: number): number {
    return this.add('variable', name, type, [1]);
  }

  section(name: string, placed: readonly (readonly [variable: number, offset: number, size: number])[]): number {
    return this.add('section', name, 0, placed.flat(), placed.length);
  }

  /** `int (*name)[value]`, as a member of a map's definition has a number. */
  number(value: number): number {
    return this.pointer(this.array(0, value));
  }

  bytes(order: ByteOrder = 'little'): Uint8Array {
    const types = 4 * this.#words.length;
    const texts = this.texts.bytes;
    return joined(header(order, [headerBytes, 0, types, types, texts.length]), words(this.#words, order), texts);
  }

  /** The section .BTF.ext: lines, and what is open, by the names of sections. */
  extra(
    lines: Readonly<Record<string, readonly LineRecord[]>>,
    open: Readonly<Record<string, readonly CoreRecord[]>> = {},
    order: ByteOrder = 'little',
  ): Uint8Array {
    const lineTable = this.#table(16, lines, ({ offset, file, text, line, column }) => {
      return [offset, this.texts.add(file), this.texts.add(text), (line << 10) | column];
    });
    const coreTable = this.#table(16, open, ({ offset, kind, type, path }) => [
      offset,
      type,
      this.texts.add(path),
      kind,
    ]);
    const [lineBytes, coreBytes] = [4 * lineTable.length, 4 * coreTable.length];
    const places = [0, 0, 0, lineBytes, lineBytes, coreBytes];
    return joined(header(order, [headerBytes + 8, ...places]), words([...lineTable, ...coreTable], order));
  }

  #table<T>(bytes: number, sections: Readonly<Record<string, readonly T[]>>, record: (of: T) => number[]): number[] {
    const all = Object.entries(sections);
    if (all.length === 0) return [];
    return [bytes, ...all.flatMap(([name, list]) => [this.texts.add(name), list.length, ...list.flatMap(record)])];
  }
}

/** The magic number, the version, and words: the bytes of the header first. */
function header(order: ByteOrder, values: readonly number[]): Uint8Array {
  const first = order === 'little' ? magic | (1 << 16) : (magic << 16) | (1 << 8);
  return words([first, ...values], order);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
