// The functions of an object: what symbols say of its executable sections.

import { BpfError } from '../base/error.js';
import { type DecodeOptions, decode } from '../ebpf/decode.js';
import type { Insn } from '../ebpf/insn.js';
import { opcodes } from '../ebpf/opcode.js';
import { slotBytes } from '../ebpf/wire.js';
import { executable, type Section, sectionTypes } from './file.js';
import type { ObjectParts } from './map.js';
import type { Part } from './part.js';
import { type ElfSymbol, symbolTypes } from './symbols.js';

export interface ObjectFunction {
  readonly name: string;
  readonly section: Section;
  /** The byte of the section at which it begins. */
  readonly start: number;
  /** By slots, before any relocation. */
  readonly insns: readonly Insn[];
  /** Whether the linker sees it; a section's programs are those. */
  readonly isGlobal: boolean;
}

/** The section of functions that are no programs. */
const forSubprograms = '.text';

export class Functions {
  readonly all: readonly ObjectFunction[];
  readonly #byPlace: ReadonlyMap<string, ObjectFunction>;

  /** @throws BpfError 'encoding' when a function lies outside of its section, or holds what isn't an instruction */
  constructor({ file, symbols }: ObjectParts, options: DecodeOptions) {
    const sections = file.sections.filter(isCode);
    const bySection = grouped(symbols);
    this.all = sections.flatMap((section) => functionsIn(section, bySection.get(section.index) ?? [], options));
    this.#byPlace = new Map(this.all.map((each) => [key(each.section.index, each.start), each]));
  }

  /** The function that begins at a byte of a section. */
  at(section: number, start: number): ObjectFunction | undefined {
    return this.#byPlace.get(key(section, start));
  }

  /** Those that are programs: the global ones of all sections but `.text`, and of that where there is no other. */
  get programs(): readonly ObjectFunction[] {
    const outside = this.all.filter(({ section }) => section.name !== forSubprograms);
    return (outside.length > 0 ? outside : this.all).filter(({ isGlobal }) => isGlobal);
  }
}

function isCode({ type, flags, size }: Section): boolean {
  return type === sectionTypes.progbits && (flags & executable) !== 0 && size > 0;
}

function key(section: number, start: number): string {
  return `${section}:${start}`;
}

function grouped(symbols: readonly ElfSymbol[]): ReadonlyMap<number, readonly ElfSymbol[]> {
  const found = new Map<number, ElfSymbol[]>();
  for (const symbol of symbols) {
    if (symbol.type !== symbolTypes.function) continue;
    const list = found.get(symbol.section);
    if (list === undefined) found.set(symbol.section, [symbol]);
    else list.push(symbol);
  }
  return found;
}

interface Range {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly isGlobal: boolean;
}

/** A section that no symbol divides is one program. */
function functionsIn(section: Section, symbols: readonly ElfSymbol[], options: DecodeOptions): ObjectFunction[] {
  const { name, size } = section;
  const ranges = symbols.length === 0 ? [{ name, start: 0, end: size, isGlobal: true }] : rangesOf(section, symbols);
  return ranges.map(({ name, start, end, isGlobal }) => {
    if (start >= end || start % slotBytes !== 0 || end % slotBytes !== 0 || end > size) {
      throw new BpfError(
        'encoding',
        `function '${name}' takes bytes ${start} to ${end} of section '${section.name}', which has ${size}`,
      );
    }
    const code = section.content.part(start, end - start, `function '${name}'`);
    return { name, section, start, insns: decoded(code, section, start, options), isGlobal };
  });
}

/** In order; of two names for one function the first global one counts. */
function rangesOf({ name, size }: Section, symbols: readonly ElfSymbol[]): Range[] {
  const inOrder = symbols.toSorted((a, b) => a.value - b.value || Number(a.isLocal) - Number(b.isLocal));
  const distinct = inOrder.filter(({ value }, index) => value !== inOrder[index - 1]?.value);
  return distinct.map((symbol, index) => {
    const next = distinct[index + 1];
    const end = symbol.size === 0 ? (next?.value ?? size) : symbol.value + symbol.size;
    if (next !== undefined && end > next.value) {
      throw new BpfError('encoding', `functions '${symbol.name}' and '${next.name}' of section '${name}' overlap`);
    }
    return { name: symbol.name, start: symbol.value, end, isGlobal: !symbol.isLocal };
  });
}

function decoded(code: Part, section: Section, start: number, options: DecodeOptions): readonly Insn[] {
  try {
    return decode(code.order === 'little' ? code.bytes : turned(code.bytes), options);
  } catch (error) {
    if (!(error instanceof BpfError) || error.pc === undefined) throw error;
    const at = start + error.pc * slotBytes;
    const isCall = code.u8(error.pc * slotBytes) === opcodes.callRegister;
    const what = isCall
      ? 'a call through a register, as compilers leave it that are not to optimize (-O2)'
      : error.message;
    throw new BpfError('encoding', `byte ${at} of section '${section.name}', in ${code.name}: ${what}`);
  }
}

/** Instructions for a big-endian machine as they would be written for a little-endian one: their fields turned around. */
function turned(bytes: Uint8Array): Uint8Array {
  const [from, to] = [bytes, new Uint8Array(bytes.length)];
  for (let at = 0; at < from.length; at += slotBytes) {
    to[at] = from[at]!;
    to[at + 1] = (from[at + 1]! >> 4) | (from[at + 1]! << 4);
    to[at + 2] = from[at + 3]!;
    to[at + 3] = from[at + 2]!;
    for (let byte = 0; byte < 4; byte++) to[at + 4 + byte] = from[at + 7 - byte]!;
  }
  return to;
}
