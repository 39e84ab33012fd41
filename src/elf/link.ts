// From the functions of an object to a program: those that it calls stand behind it, and each reference leads to what it names.

import { BpfError, type Place } from '../base/error.js';
import { altered, type Insn, type InsnOf } from '../ebpf/insn.js';
import { Program } from '../ebpf/program.js';
import { target } from '../ebpf/structure.js';
import { slotBytes } from '../ebpf/wire.js';
import type { Open } from './core.js';
import type { Externs } from './externs.js';
import type { Section } from './file.js';
import type { Functions, ObjectFunction } from './functions.js';
import type { Lines } from './lines.js';
import type { ObjectMap } from './map.js';
import type { MapPlaces } from './maps.js';
import { type ElfSymbol, type Relocation, type Relocations, relocationTypes, symbolTypes } from './symbols.js';

/** What linking needs to know of an object. */
export interface LinkParts {
  readonly sections: readonly Section[];
  readonly functions: Functions;
  readonly relocations: Relocations;
  readonly maps: MapPlaces;
  readonly externs: Externs;
  readonly lines: Lines;
  /** What instructions wait for that only the kernel's types tell: by section and byte. */
  readonly open: ReadonlyMap<string, ReadonlyMap<number, Open>>;
  /** What of that is known: the instruction as it is to be, or why it can't be completed. */
  readonly complete: (insn: Insn, open: Open) => Completed;
}

/** `absent`: what the kernel lacks, where the instruction stands for that. */
export interface Completed {
  readonly insn: Insn;
  readonly unresolved?: string;
  readonly absent?: string;
}

/** A function of a linked program, and the slot at which it begins. */
export interface LinkedFunction {
  readonly name: string;
  readonly start: number;
}

export interface Linked {
  readonly program: Program;
  readonly functions: readonly LinkedFunction[];
  /** Why instructions couldn't be completed, each with its place: the first 100. The program is none then. */
  readonly unresolved: readonly BpfError[];
  readonly absent: readonly Absent[];
}

/** An instruction that needs what the kernel doesn't have: it is replaced by a call that no kernel knows. */
export interface Absent {
  readonly pc: number;
  /** Such as `the offset of 'task_struct.pid'`. */
  readonly what: string;
}

export function link(parts: LinkParts, main: ObjectFunction, maps: readonly ObjectMap[], room: Room): Linked {
  return new Linker(parts, room).link(main, maps);
}

/** How many reasons are told of one program. */
const mostReasons = 100;

/** How many instructions the programs of an object may have in all: functions are copied for each that calls them. */
export class Room {
  #left = 1_000_000;

  take(insns: number): void {
    this.#left -= insns;
    if (this.#left < 0)
      throw new BpfError('limit', 'the programs of the object have more than 1000000 instructions in all');
  }
}

type FoundMap = NonNullable<ReturnType<MapPlaces['find']>>;

/** A function in its place. */
interface Placed {
  readonly from: ObjectFunction;
  readonly start: number;
}

/** A call, or an address, of a function: its target is known when all functions have their places. */
interface Reference {
  readonly pc: number;
  readonly to: ObjectFunction;
}

class Linker {
  readonly #parts: LinkParts;
  readonly #room: Room;
  readonly #placed: Placed[] = [];
  readonly #places = new Map<ObjectFunction, Placed>();
  readonly #insns: Insn[] = [];
  readonly #spans: Place[] = [];
  readonly #references: Reference[] = [];
  readonly #unresolved: BpfError[] = [];
  readonly #absent: Absent[] = [];

  constructor(parts: LinkParts, room: Room) {
    this.#parts = parts;
    this.#room = room;
  }

  link(main: ObjectFunction, maps: readonly ObjectMap[]): Linked {
    this.#place(main);
    for (const placed of this.#placed) this.#add(placed); // which may place more
    for (const { pc, to } of this.#references) this.#aim(pc, this.#places.get(to)!.start - (pc + 1));
    const functions = this.#placed.map(({ from: { name }, start }) => ({ name, start }));
    const origin = { source: main.name, spans: this.#spans };
    const program = new Program(this.#insns, { maps, origin });
    return { program, functions, unresolved: this.#unresolved, absent: this.#absent };
  }

  /** Functions stand in the order in which they are met. */
  #place(from: ObjectFunction): void {
    if (this.#places.has(from)) return;
    this.#room.take(from.insns.length);
    const last = this.#placed.at(-1);
    const placed = { from, start: last === undefined ? 0 : last.start + last.from.insns.length };
    this.#placed.push(placed);
    this.#places.set(from, placed);
  }

  #add({ from, start }: Placed): void {
    const { section, insns } = from;
    const relocations = this.#parts.relocations.of(section);
    const open = this.#parts.open.get(section.name);
    insns.forEach((insn, index) => {
      const offset = from.start + index * slotBytes;
      const [relocation, waits] = [relocations.get(offset), open?.get(offset)];
      this.#spans.push(this.#placeOf(from, offset));
      if (waits !== undefined) this.#insns.push(this.#completed(insn, waits));
      else if (insn.kind === 'wide-end' && this.#insns.at(-1)?.kind !== 'wide') this.#insns.push(this.#insns.at(-1)!);
      else if (relocation !== undefined) this.#insns.push(this.#relocated(insn, relocation, from, start + index));
      else this.#insns.push(this.#own(insn, from, index));
    });
  }

  #completed(insn: Insn, open: Open): Insn {
    const completed = this.#parts.complete(insn, open);
    if (completed.unresolved !== undefined) this.#leave(completed.unresolved);
    if (completed.absent !== undefined) this.#absent.push({ pc: this.#insns.length, what: completed.absent });
    return completed.insn;
  }

  #placeOf(from: ObjectFunction, offset: number): Place {
    const { section, start } = from;
    const line = this.#parts.lines.place(section.name, offset, start);
    if (line !== undefined) return line;
    const source = `${section.name}+0x${offset.toString(16)}`;
    return { source, start: 0, end: source.length };
  }

  // ---- one instruction ----

  /** An instruction that no relocation is about: it may still lead to another function of its section. */
  #own(insn: Insn, from: ObjectFunction, index: number): Insn {
    const to = target(insn, index);
    if (to === undefined) return insn;
    if (insn.kind === 'call-local' || insn.kind === 'wide') {
      this.#refer(this.#insns.length, this.#functionAt(from.section.index, from.start + to * slotBytes));
      return insn;
    }
    if (to >= 0 && to < from.insns.length) return insn;
    throw this.#broken(`a jump of function '${from.name}' leads out of it`);
  }

  #relocated(insn: Insn, relocation: Relocation, from: ObjectFunction, pc: number): Insn {
    const { type, symbol } = relocation;
    if (type === relocationTypes.wide && insn.kind === 'wide') return this.#wide(insn, symbol, pc);
    if (type === relocationTypes.call && insn.kind === 'call-local') return this.#call(insn, symbol, pc);
    const known: readonly number[] = [relocationTypes.wide, relocationTypes.call];
    if (!known.includes(type)) throw this.#broken(`there is no relocation of type ${type} for instructions of BPF`);
    const wanted = type === relocationTypes.wide ? 'a wide load' : 'a call of a function';
    throw this.#broken(
      `a relocation that names '${symbol.name}' is for ${wanted}, and in '${from.name}' is none there`,
    );
  }

  /** A wide load of the address of a map, of a map's value, or of a function. */
  #wide(insn: InsnOf<'wide'>, symbol: ElfSymbol, pc: number): Insn {
    if (symbol.section === 0) {
      this.#leave(this.#parts.externs.reason(symbol.name));
      return altered(insn, { from: 'variable', low: 0, high: 0 });
    }
    const offset = symbol.value + insn.low;
    const found = this.#parts.maps.find(symbol.section, offset);
    if (found !== undefined) return this.#mapReference(insn, found, offset);
    const to = this.#parts.functions.at(symbol.section, offset);
    if (to === undefined) {
      const where = this.#nameOf(symbol.section);
      this.#leave(
        `'${symbol.name}' is in ${where}, which is neither of maps nor of global data (.data, .rodata, .bss)`,
      );
      return insn;
    }
    this.#refer(pc, to);
    return altered(insn, { from: 'code', low: 0, high: 0 });
  }

  #mapReference(insn: InsnOf<'wide'>, { index, placed }: FoundMap, offset: number): Insn {
    if (placed.unusable !== undefined) this.#leave(placed.unusable);
    if (placed.isData) return altered(insn, { from: 'map-index-value', low: index, high: offset | 0 });
    return altered(insn, { from: 'map-index', low: index, high: 0 });
  }

  #call(insn: InsnOf<'call-local'>, symbol: ElfSymbol, pc: number): Insn {
    if (symbol.section === 0) {
      this.#leave(this.#parts.externs.reason(symbol.name));
      return { kind: 'call-kfunc', btf: 0, off: 0 };
    }
    // A function is meant by its name, and gas before 2.41 wrote something else beside it; of a static one only the section is named,
    // and the call says how far it is from there, counted from behind the section's first instruction.
    const isNamed = symbol.type === symbolTypes.function;
    this.#refer(
      pc,
      this.#functionAt(symbol.section, isNamed ? symbol.value : symbol.value + (insn.off + 1) * slotBytes),
    );
    return insn;
  }

  #functionAt(section: number, start: number): ObjectFunction {
    const to = this.#parts.functions.at(section, start);
    if (to !== undefined) return to;
    throw this.#broken(`a call leads to byte ${start} of ${this.#nameOf(section)}, where no function begins`);
  }

  #nameOf(section: number): string {
    const found = this.#parts.sections[section];
    return found === undefined ? 'no section' : `section '${found.name}'`;
  }

  #refer(pc: number, to: ObjectFunction): void {
    this.#place(to);
    this.#references.push({ pc, to });
  }

  #aim(pc: number, distance: number): void {
    const insn = this.#insns[pc]!;
    if (insn.kind === 'call-local') this.#insns[pc] = altered(insn, { off: distance });
    if (insn.kind === 'wide') this.#insns[pc] = altered(insn, { low: distance });
  }

  /** The instruction that is being added waits for something. */
  #leave(why: string): void {
    if (this.#unresolved.length === mostReasons) return;
    const place = this.#spans.at(-1);
    this.#unresolved.push(new BpfError('unsupported', why, { place, pc: this.#spans.length - 1 }));
  }

  #broken(why: string): BpfError {
    return new BpfError('encoding', why, { place: this.#spans.at(-1) });
  }
}
