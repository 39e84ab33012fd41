// Writes object files by hand: sections, symbols and relocations, in either byte order, with no more sense than they are given.
//
//   file header · the sections' bytes · the table of section headers

export type ByteOrder = 'little' | 'big';

export interface SectionParts {
  readonly type?: number;
  readonly flags?: number;
  readonly bytes?: Uint8Array;
  /** Of a section of zeros, which has no bytes in the file. */
  readonly size?: number;
  readonly link?: number;
  readonly info?: number;
  readonly entryBytes?: number;
}

export interface SymbolParts {
  readonly section?: number;
  readonly value?: number;
  readonly size?: number;
  /** Default: a function. */
  readonly type?: number;
  readonly isLocal?: boolean;
}

export const types = { progbits: 1, symtab: 2, strtab: 3, rela: 4, nobits: 8, rel: 9 } as const;
export const flags = { write: 1, allocated: 2, executable: 4 } as const;
export const symbolTypes = { none: 0, object: 1, function: 2, section: 3 } as const;
export const bpfMachine = 247;

const headerBytes = 64;
const [symbolBytes, relocationBytes] = [24, 16];

interface Relocation {
  readonly offset: number;
  readonly symbol: number;
  readonly type: number;
}

/** Texts one after the other, each ended by 0; the first is empty. */
export class Texts {
  #bytes: number[] = [0];
  readonly #places = new Map<string, number>([['', 0]]);

  add(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const at = this.#bytes.length;
    this.#places.set(text, at);
    this.#bytes.push(...Buffer.from(text), 0);
    return at;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

export class ElfWriter {
  readonly order: ByteOrder;
  readonly #texts = new Texts();
  readonly #sections: { name: string; parts: SectionParts }[] = [{ name: '', parts: { type: 0 } }];
  readonly #symbols: { name: string; parts: SymbolParts }[] = [{ name: '', parts: { type: symbolTypes.none } }];
  readonly #relocations = new Map<number, Relocation[]>();

  constructor(order: ByteOrder = 'little') {
    this.order = order;
  }

  /** @returns its index */
  section(name: string, parts: SectionParts): number {
    return this.#sections.push({ name, parts }) - 1;
  }

  symbol(name: string, parts: SymbolParts): number {
    return this.#symbols.push({ name, parts }) - 1;
  }

  relocate(section: number, relocation: Relocation): void {
    this.#relocations.set(section, [...(this.#relocations.get(section) ?? []), relocation]);
  }

  bytes(): Uint8Array {
    const symbols = this.section('.symtab', { type: types.symtab, entryBytes: symbolBytes });
    for (const [section, list] of this.#relocations) this.section(...this.#relocationSection(section, list, symbols));
    const names = this.section('.strtab', { type: types.strtab });
    for (const { name } of this.#sections) this.#texts.add(name);
    const symbolTable = this.#symbolTable();
    this.#complete(symbols, { bytes: symbolTable, link: names });
    this.#complete(names, { bytes: this.#texts.bytes });
    return this.#file(names);
  }

  #complete(index: number, parts: SectionParts): void {
    const { name, parts: before } = this.#sections[index]!;
    this.#sections[index] = { name, parts: { ...before, ...parts } };
  }

  #symbolTable(): Uint8Array {
    const table = new Fields(symbolBytes * this.#symbols.length, this.order);
    this.#symbols.forEach(({ name, parts }, index) => {
      const { section = 0, value = 0, size = 0, type = symbolTypes.function, isLocal = false } = parts;
      const at = symbolBytes * index;
      table.u32(at, this.#texts.add(name));
      table.u8(at + 4, type | (isLocal ? 0 : 0x10));
      table.u16(at + 6, section);
      table.u64(at + 8, value);
      table.u64(at + 16, size);
    });
    return table.bytes;
  }

  #relocationSection(section: number, list: readonly Relocation[], link: number): [string, SectionParts] {
    const table = new Fields(relocationBytes * list.length, this.order);
    list.forEach(({ offset, symbol, type }, index) => {
      table.u64(relocationBytes * index, offset);
      table.bytes.set(info(this.order, symbol, type), relocationBytes * index + 8);
    });
    const name = `.rel${this.#sections[section]!.name}`;
    return [name, { type: types.rel, bytes: table.bytes, link, info: section, entryBytes: relocationBytes }];
  }

  #file(names: number): Uint8Array {
    const sizes = this.#sections.map(({ parts: { bytes } }) => aligned(bytes?.length ?? 0));
    const starts = sizes.map((_, index) => headerBytes + sizes.slice(0, index).reduce((sum, size) => sum + size, 0));
    const table = headerBytes + sizes.reduce((sum, size) => sum + size, 0);
    const file = new Fields(table + headerBytes * sizes.length, this.order);
    file.bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, this.order === 'little' ? 1 : 2, 1]);
    file.u16(16, 1);
    file.u16(18, bpfMachine);
    file.u32(20, 1);
    file.u64(40, table);
    for (const [index, value] of [headerBytes, 0, 0, headerBytes, sizes.length, names].entries()) {
      file.u16(52 + 2 * index, value);
    }
    this.#sections.forEach(({ name, parts }, index) => {
      const at = table + headerBytes * index;
      const { type = types.progbits, flags: bits = 0, bytes, size = bytes?.length ?? 0, link = 0, info = 0 } = parts;
      file.u32(at, this.#texts.add(name));
      file.u32(at + 4, type);
      file.u64(at + 8, bits);
      file.u64(at + 24, starts[index]!);
      file.u64(at + 32, size);
      file.u32(at + 40, link);
      file.u32(at + 44, info);
      file.u64(at + 48, 8);
      file.u64(at + 56, parts.entryBytes ?? 0);
      if (bytes !== undefined) file.bytes.set(bytes, starts[index]!);
    });
    return file.bytes;
  }
}

/** Bytes with numbers written into them. */
export class Fields {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #isLittle: boolean;

  constructor(size: number, order: ByteOrder, bytes = new Uint8Array(size)) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isLittle = order === 'little';
  }

  u8(at: number, value: number): void {
    this.#view.setUint8(at, value);
  }

  u16(at: number, value: number): void {
    this.#view.setUint16(at, value, this.#isLittle);
  }

  u32(at: number, value: number): void {
    this.#view.setUint32(at, value, this.#isLittle);
  }

  u64(at: number, value: number | bigint): void {
    this.#view.setBigUint64(at, BigInt(value), this.#isLittle);
  }
}

/** The words in a byte order. */
export function words(values: readonly number[], order: ByteOrder): Uint8Array {
  const fields = new Fields(4 * values.length, order);
  values.forEach((value, index) => {
    fields.u32(4 * index, value);
  });
  return fields.bytes;
}

function info(order: ByteOrder, symbol: number, type: number): Uint8Array {
  return words(order === 'little' ? [type, symbol] : [symbol, type], order);
}

function aligned(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** Where a little-endian file has the header of a section, and its bytes. */
export function placeOf(file: Uint8Array, name: string): { readonly header: number; readonly content: number } {
  const view = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const table = Number(view.readBigUInt64LE(40));
  const header = (index: number) => table + headerBytes * index;
  const texts = Number(view.readBigUInt64LE(header(view.readUInt16LE(62)) + 24));
  for (let index = 0; index < view.readUInt16LE(60); index++) {
    const at = texts + view.readUInt32LE(header(index));
    if (view.toString('latin1', at, view.indexOf(0, at)) !== name) continue;
    return { header: header(index), content: Number(view.readBigUInt64LE(header(index) + 24)) };
  }
  throw new Error(`there is no section '${name}'`);
}
