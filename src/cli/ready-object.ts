// Programs of an object file made ready to run: the maps that they use are made, with what the object says is in them, and the programs
// that their tail calls go on with are loaded too.

import { BpfError } from '../base/error.js';
import { mapIndex } from '../ebpf/structure.js';
import type { ObjectFile, ObjectProgram } from '../elf/read.js';
import type { Environment } from '../env/environment.js';
import type { Filter } from '../run/filter.js';
import { load } from '../run/load.js';
import { PerfEventArray } from '../run/map/perf-events.js';
import { ProgramArray } from '../run/map/programs.js';
import { type AnyMap, createMap } from '../run/map/table.js';
import { verify } from '../verify/verify.js';
import { canBeDumped, type DumpedMap } from './map-dump.js';

export interface ReadyOptions {
  readonly engine: 'auto' | 'jit' | 'interpreter' | 'kernel';
  readonly license?: string | undefined;
  readonly environmentOf: (program: ObjectProgram) => Environment;
  /** Receives what programs print. */
  readonly print: (text: string) => void;
}

/** Loads programs of an object, each once; all share the object's maps. */
export class ReadyObject {
  readonly #object: ObjectFile;
  readonly #options: ReadyOptions;
  /** By their indices in the object; those that no loaded program uses are not made. */
  readonly #maps: (AnyMap | undefined)[];
  readonly #filters = new Map<ObjectProgram, Filter>();

  constructor(object: ObjectFile, options: ReadyOptions) {
    this.#object = object;
    this.#options = options;
    this.#maps = new Array(object.maps.length).fill(undefined);
  }

  /**
   * @throws BpfError 'verify' when the program, or one that its tail calls go on with, is refused; 'unsupported' when one isn't
   * whole, or needs a helper or a map that isn't built
   */
  filter(program: ObjectProgram): Filter {
    const known = this.#filters.get(program);
    if (known !== undefined) return known;
    const { engine, license = program.license, environmentOf, print } = this.#options;
    const { flags, functionTypes } = program;
    const verified = verify(program.program, environmentOf(program), { license, flags, functionTypes });
    const arrays = this.#makeMaps(program);
    const filter = placed(program, () => load(verified, { engine, maps: [...this.#maps], print }));
    this.#filters.set(program, filter); // an array may hold the program that calls it
    for (const index of arrays) this.#fill(index);
    return filter;
  }

  /** The maps that were made and that programs may have changed, with what the object says of each. */
  get maps(): readonly DumpedMap[] {
    return this.#object.maps.flatMap((spec, index) => {
      const map = this.#maps[index];
      return canBeDumped(map) ? [{ map, spec }] : [];
    });
  }

  close(): void {
    for (const filter of this.#filters.values()) filter.close();
  }

  /** @returns the indices of the maps of programs that weren't there before */
  #makeMaps(program: ObjectProgram): readonly number[] {
    const arrays = new Set<number>();
    program.listing.insns.forEach((insn, pc) => {
      const index = mapIndex(insn);
      if (index === undefined || this.#maps[index] !== undefined) return;
      const map = placed(program, () => createMap(this.#object.maps[index]!), pc);
      this.#maps[index] = map;
      if (map instanceof ProgramArray) arrays.add(index);
      if (map instanceof PerfEventArray) map.open();
    });
    return [...arrays];
  }

  #fill(index: number): void {
    const [map, spec] = [this.#maps[index], this.#object.maps[index]!];
    if (!(map instanceof ProgramArray)) return;
    for (const { index, name } of spec.initial) {
      const program = this.#object.programs.find((each) => each.name === name);
      if (program === undefined) throw new BpfError('name', `map '${spec.name}' holds '${name}', which is no program`);
      map.set(index, this.filter(program));
    }
  }
}

/** What is thrown of an instruction points at the line that it came from. */
function placed<T>({ listing }: ObjectProgram, make: () => T, pc?: number): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof BpfError) || error.place !== undefined) throw error;
    const span = listing.origin?.spans[error.pc ?? pc ?? -1];
    throw span !== undefined && 'source' in span ? error.at(span) : error;
  }
}
