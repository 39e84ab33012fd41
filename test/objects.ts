// Object files from descriptions: functions as assembly, maps, data and lines, put into sections as compilers do.

import { Program } from '../src/ebpf/program.js';
import { BtfWriter, type CoreRecord, type LineRecord } from './btf-writer.js';
import { type ByteOrder, ElfWriter, Fields, flags, symbolTypes, types, words } from './elf-writer.js';

/** Relocations of BPF. */
export const relocations = { wide: 1, data64: 2, data32: 3, types32: 4, call: 10 } as const;

/** What an instruction refers to: the slot of the function, and the name of a function, a map, a variable or a section. */
export interface Reference {
  readonly slot: number;
  readonly to: string;
  readonly type?: number;
}

export interface FunctionDescription {
  readonly name: string;
  readonly section: string;
  readonly code: string | Program;
  readonly isLocal?: boolean;
  readonly refers?: readonly Reference[];
}

/** A variable in a section of data, which has to be described too. */
export interface VariableDescription {
  readonly name: string;
  readonly section: string;
  readonly offset: number;
  /** Default 0: not told. */
  readonly size?: number;
}

export interface ExternDescription {
  readonly name: string;
  readonly section?: '.ksyms' | '.kconfig';
  readonly isFunction?: boolean;
}

export interface MapDescription {
  readonly name: string;
  /** `type`, `max_entries`, `key_size` …, as numbers. */
  readonly numbers: Readonly<Record<string, number>>;
  /** `key`, `value`: types. */
  readonly types?: (btf: BtfWriter) => Readonly<Record<string, number>>;
  /** What is in it at the start, by name. */
  readonly values?: readonly (string | undefined)[];
  /** The shape of the maps that are in it. */
  readonly inner?: Readonly<Record<string, number>>;
}

export interface ObjectDescription {
  readonly order?: ByteOrder;
  readonly license?: string;
  readonly functions?: readonly FunctionDescription[];
  readonly maps?: readonly MapDescription[];
  /** Maps without types: five words, or more, each. */
  readonly oldMaps?: readonly { readonly name: string; readonly words: readonly number[] }[];
  /** By section: its bytes, or how many zeros. */
  readonly data?: Readonly<Record<string, Uint8Array | number>>;
  readonly variables?: readonly VariableDescription[];
  /** What nothing in the object defines; the types say of some what it is. */
  readonly externs?: readonly ExternDescription[];
  readonly lines?: Readonly<Record<string, readonly LineRecord[]>>;
  readonly open?: (btf: BtfWriter) => Readonly<Record<string, readonly CoreRecord[]>>;
}

export function object(description: ObjectDescription): Uint8Array {
  return new Builder(description).bytes();
}

const slotBytes = 8;

class Builder {
  readonly #description: ObjectDescription;
  readonly #elf: ElfWriter;
  readonly #btf = new BtfWriter();
  readonly #sections = new Map<string, number>();
  readonly #symbols = new Map<string, number>();
  readonly #starts = new Map<FunctionDescription, number>();

  constructor(description: ObjectDescription) {
    this.#description = description;
    this.#elf = new ElfWriter(description.order);
  }

  bytes(): Uint8Array {
    const { license, data = {}, variables = [] } = this.#description;
    this.#code();
    for (const [name, content] of Object.entries(data)) this.#data(name, content);
    for (const { name, section, offset, size = 0 } of variables) {
      const place = { section: this.#sections.get(section)!, value: offset, size, type: symbolTypes.object };
      this.#symbols.set(name, this.#elf.symbol(name, place));
    }
    if (license !== undefined) this.#section('license', Buffer.from(`${license}\0`), flags.allocated);
    this.#oldMaps();
    this.#externs();
    this.#maps();
    this.#refer();
    this.#types();
    return this.#elf.bytes();
  }

  #section(name: string, bytes: Uint8Array, bits: number): number {
    const index = this.#elf.section(name, { bytes, flags: bits });
    this.#sections.set(name, index);
    this.#symbols.set(name, this.#elf.symbol('', { section: index, type: symbolTypes.section, isLocal: true }));
    return index;
  }

  #symbol(name: string, section: number, value: number, type: number = symbolTypes.function): number {
    const index = this.#elf.symbol(name, { section, value, type });
    this.#symbols.set(name, index);
    return index;
  }

  // ---- code and data ----

  #code(): void {
    const bySection = grouped(this.#description.functions ?? [], ({ section }) => section);
    for (const [name, list] of bySection) {
      const codes = list.map(({ code }) => (typeof code === 'string' ? Program.parse(code) : code).encode());
      const all = codes.map((code) => (this.#elf.order === 'little' ? code : turned(code)));
      const section = this.#section(name, Uint8Array.from(Buffer.concat(all)), flags.allocated | flags.executable);
      let start = 0;
      list.forEach((each, index) => {
        this.#starts.set(each, start);
        const { name, isLocal = false } = each;
        const size = all[index]!.length;
        this.#symbols.set(name, this.#elf.symbol(name, { section, value: start, size, isLocal }));
        start += size;
      });
    }
  }

  #data(name: string, content: Uint8Array | number): void {
    if (typeof content !== 'number') {
      this.#section(name, content, flags.allocated | flags.write);
      return;
    }
    const index = this.#elf.section(name, { type: types.nobits, size: content, flags: flags.allocated | flags.write });
    this.#sections.set(name, index);
    this.#symbols.set(name, this.#elf.symbol('', { section: index, type: symbolTypes.section, isLocal: true }));
  }

  #refer(): void {
    for (const [{ section, refers = [] }, start] of this.#starts) {
      for (const { slot, to, type = relocations.wide } of refers) {
        const symbol = this.#symbols.get(to);
        if (symbol === undefined) throw new Error(`the description refers to '${to}', which is not in it`);
        this.#elf.relocate(this.#sections.get(section)!, { offset: start + slotBytes * slot, symbol, type });
      }
    }
  }

  #externs(): void {
    const bySection = grouped(this.#description.externs ?? [], ({ section }) => section);
    for (const [section, all] of bySection) {
      const placed = all.map(({ name, isFunction }) => {
        this.#symbol(name, 0, 0, symbolTypes.none);
        const type = isFunction ? this.#btf.add('prototype', '', 0) : this.#btf.int('int', 4);
        return [
          isFunction ? this.#btf.add('function', name, type, [], 2) : this.#btf.variable(name, type),
          0,
          4,
        ] as const;
      });
      if (section !== undefined) this.#btf.section(section, placed);
    }
  }

  // ---- maps ----

  #oldMaps(): void {
    const { oldMaps = [], order = 'little' } = this.#description;
    if (oldMaps.length === 0) return;
    const all = oldMaps.map((map) => words(map.words, order));
    const section = this.#section('maps', Uint8Array.from(Buffer.concat(all)), flags.allocated);
    let start = 0;
    oldMaps.forEach(({ name }, index) => {
      this.#symbol(name, section, start, symbolTypes.object);
      start += all[index]!.length;
    });
  }

  #maps(): void {
    const { maps = [] } = this.#description;
    if (maps.length === 0) return;
    const sizes = maps.map((map) => 8 * (members(map) + (map.values?.length ?? 0)));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const section = this.#section('.maps', new Uint8Array(total), flags.allocated | flags.write);
    let start = 0;
    const placed = maps.map((map, index) => {
      const offset = start;
      start += sizes[index]!;
      this.#symbol(map.name, section, offset, symbolTypes.object);
      this.#values(map, section, offset + 8 * (members(map) - 1));
      return [this.#btf.variable(map.name, this.#definition(map)), offset, sizes[index]!] as const;
    });
    this.#btf.section('.maps', placed);
  }

  #definition({ numbers, types, values, inner }: MapDescription): number {
    const btf = this.#btf;
    const parts: [string, number][] = Object.entries(numbers).map(([name, value]) => [name, btf.number(value)]);
    parts.push(
      ...Object.entries(types?.(btf) ?? {}).map(([name, type]): [string, number] => [name, btf.pointer(type)]),
    );
    if (values !== undefined || inner !== undefined) {
      const element =
        inner === undefined ? btf.add('prototype', '', 0) : this.#definition({ name: '', numbers: inner });
      parts.push(['values', btf.array(btf.pointer(element), 0)]);
    }
    return btf.struct(
      '',
      8 * parts.length,
      parts.map(([name, type], index) => [name, type, 64 * index]),
    );
  }

  #values({ values = [] }: MapDescription, section: number, start: number): void {
    values.forEach((name, index) => {
      if (name === undefined) return;
      const symbol = this.#symbols.get(name)!;
      this.#elf.relocate(section, { offset: start + 8 * index, symbol, type: relocations.data64 });
    });
  }

  // ---- types ----

  #types(): void {
    const { maps = [], lines = {}, open, externs = [], order = 'little' } = this.#description;
    const hasLines = Object.keys(lines).length > 0 || open !== undefined;
    if (maps.length === 0 && !hasLines && externs.length === 0) return;
    const extra = hasLines ? this.#btf.extra(lines, open?.(this.#btf), order) : undefined;
    this.#section('.BTF', this.#btf.bytes(order), 0);
    if (extra !== undefined) this.#section('.BTF.ext', extra, 0);
  }
}

function members({ numbers, types, values, inner }: MapDescription): number {
  const typed = Object.keys(types?.(new BtfWriter()) ?? {}).length;
  return Object.keys(numbers).length + typed + (values === undefined && inner === undefined ? 0 : 1);
}

function grouped<T, Key>(items: readonly T[], key: (item: T) => Key): ReadonlyMap<Key, readonly T[]> {
  const found = new Map<Key, T[]>();
  for (const item of items) found.set(key(item), [...(found.get(key(item)) ?? []), item]);
  return found;
}

/** Instructions as a big-endian machine has them. */
function turned(code: Uint8Array): Uint8Array {
  const from = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const to = new Fields(code.length, 'big');
  for (let at = 0; at < code.length; at += slotBytes) {
    const registers = from.getUint8(at + 1);
    to.u8(at, from.getUint8(at));
    to.u8(at + 1, (registers << 4) | (registers >> 4));
    to.u16(at + 2, from.getUint16(at + 2, true));
    to.u32(at + 4, from.getUint32(at + 4, true));
  }
  return to.bytes;
}
