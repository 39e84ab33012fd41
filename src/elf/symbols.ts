// The symbols of an object, and the relocations that name them (System V ABI, chapter 4).
//
//   symbol, 24 bytes       0: name   4: binding and type   5: visibility   6: section   8: value   16: size
//   relocation, 16 bytes   0: the place   8: type and symbol

import { BpfError } from '../base/error.js';
import { type ElfFile, type Section, sectionTypes } from './file.js';
import type { Part } from './part.js';

export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly isLocal: boolean;
  /** The index of its section; 0 where another file is to define it. */
  readonly section: number;
  /** Its offset in the section. */
  readonly value: number;
  readonly size: number;
}

export const symbolTypes = { none: 0, object: 1, function: 2, section: 3 } as const;

export interface Relocation {
  /** The byte of the section that it is about. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
}

/** Of BPF (Documentation/bpf/llvm_reloc.rst). */
export const relocationTypes = { none: 0, wide: 1, data64: 2, data32: 3, types32: 4, call: 10 } as const;

const [symbolBytes, relocationBytes] = [24, 16];
/** Sections that are none: absolute numbers and such. */
const firstReserved = 0xff00;
const indexElsewhere = 0xffff;

/** @throws BpfError 'encoding' when a symbol isn't whole, or its section isn't there */
export function readSymbols(file: ElfFile): readonly ElfSymbol[] {
  const [table, ...others] = file.sections.filter(({ type }) => type === sectionTypes.symtab);
  if (table === undefined) return [];
  if (others.length > 0) throw new BpfError('encoding', 'expected one table of symbols, found several');
  const names = sectionAt(file, table.link, 'the names of symbols are').content;
  return Array.from({ length: entries(table, symbolBytes) }, (_, index) => symbolAt(file, table.content, index, names));
}

function symbolAt(file: ElfFile, table: Part, index: number, names: Part): ElfSymbol {
  const at = index * symbolBytes;
  const [info, section] = [table.u8(at + 4), table.u16(at + 6)];
  const nameAt = table.u32(at);
  const type = info & 0xf;
  // The symbol of a section is called as the section is.
  const own = nameAt === 0 ? '' : names.text(nameAt, `the name of symbol ${index}`);
  const name = own === '' && type === symbolTypes.section ? (file.sections[section]?.name ?? '') : own;
  if (section === indexElsewhere)
    throw new BpfError('unsupported', `the section of symbol '${name}' is in another table`);
  if (section < firstReserved) sectionAt(file, section, `symbol ${index} '${name}' is`);
  const [value, size] = [table.u64(at + 8), table.u64(at + 16)];
  return { index, name, type, isLocal: info >> 4 === 0, section, value, size };
}

/** The relocations of an object's sections. */
export class Relocations {
  readonly #symbols: readonly ElfSymbol[];
  /** The tables, by the section that they are about. */
  readonly #tables = new Map<number, Section[]>();
  readonly #read = new Map<number, ReadonlyMap<number, Relocation>>();

  constructor(file: ElfFile, symbols: readonly ElfSymbol[]) {
    this.#symbols = symbols;
    for (const section of file.sections) {
      if (section.type !== sectionTypes.rel && section.type !== sectionTypes.rela) continue;
      const tables = this.#tables.get(section.info);
      if (tables === undefined) this.#tables.set(section.info, [section]);
      else tables.push(section);
    }
  }

  /** Those of a section, by their places. @throws BpfError 'encoding' when there are two for one place */
  of(target: Section): ReadonlyMap<number, Relocation> {
    const known = this.#read.get(target.index) ?? this.#collect(target);
    this.#read.set(target.index, known);
    return known;
  }

  /** A section of type information with its relocations applied: those of its words that are offsets in other sections. */
  applied(section: Section): Part {
    const additions = new Map<number, number>();
    for (const { offset, type, symbol } of this.of(section).values()) {
      if (!forTypes.includes(type)) {
        throw new BpfError('encoding', `byte ${offset} of section '${section.name}' has a relocation of type ${type}`);
      }
      additions.set(offset, symbol.value);
    }
    return additions.size === 0 ? section.content : section.content.increased(additions);
  }

  #collect(target: Section): ReadonlyMap<number, Relocation> {
    const found = new Map<number, Relocation>();
    for (const table of this.#tables.get(target.index) ?? []) {
      if (table.type === sectionTypes.rela) {
        throw new BpfError(
          'unsupported',
          `section '${table.name}' has relocations with addends, which BPF knows none of`,
        );
      }
      addRelocations(found, table, this.#symbols, target);
    }
    return found;
  }
}

/** LLVM before version 13 wrote the type of calls. */
const forTypes: readonly number[] = [relocationTypes.data32, relocationTypes.types32, relocationTypes.call];

function addRelocations(
  found: Map<number, Relocation>,
  section: Section,
  symbols: readonly ElfSymbol[],
  target: Section,
): void {
  const count = entries(section, relocationBytes);
  for (let index = 0; index < count; index++) {
    const relocation = relocationAt(section, index, symbols);
    const { offset, type } = relocation;
    if (type === relocationTypes.none) continue;
    const where = `relocation ${index} of section '${section.name}'`;
    if (offset >= target.size) {
      throw new BpfError(
        'encoding',
        `${where} is for byte ${offset} of section '${target.name}', which has ${target.size}`,
      );
    }
    if (found.has(offset)) throw new BpfError('encoding', `${where} is the second one for byte ${offset}`);
    found.set(offset, relocation);
  }
}

function relocationAt({ name, content }: Section, index: number, symbols: readonly ElfSymbol[]): Relocation {
  const at = index * relocationBytes;
  const info = at + 8;
  // The high half is the symbol; which half comes first depends on the byte order.
  const [type, symbolIndex] =
    content.order === 'little'
      ? [content.u32(info), content.u32(info + 4)]
      : [content.u32(info + 4), content.u32(info)];
  const symbol = symbols[symbolIndex];
  if (symbol === undefined) {
    throw new BpfError(
      'encoding',
      `relocation ${index} of section '${name}' names symbol ${symbolIndex}, and there are ${symbols.length}`,
    );
  }
  return { offset: content.u64(at), type, symbol };
}

function sectionAt({ sections }: ElfFile, index: number, what: string): Section {
  const section = sections[index];
  if (section !== undefined) return section;
  throw new BpfError('encoding', `${what} in section ${index}, and there are ${sections.length}`);
}

function entries({ name, content }: Section, bytes: number): number {
  if (content.size % bytes === 0) return content.size / bytes;
  throw new BpfError(
    'encoding',
    `expected entries of ${bytes} bytes in section '${name}', found ${content.size} bytes in all`,
  );
}
