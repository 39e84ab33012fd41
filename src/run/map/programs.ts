// A map of programs, for tail calls. It lives in one worker: what it holds are loaded programs.

import { expectInstance, expectObject } from '../../base/argument.js';
import { BpfError } from '../../base/error.js';
import type { MapSpec } from '../../ebpf/map.js';
import type { Executable } from '../engine.js';
import { Filter, partsOf } from '../filter.js';
import { expectIndex } from './limits.js';

/** What programs go on with by `tail_call`: load them with it as one of their `maps`. */
export class ProgramArray {
  readonly spec: MapSpec;
  readonly #programs: (Filter | undefined)[];

  /** @param spec of type `prog_array`; @throws BpfError 'range' when it has no number of entries */
  constructor(spec: MapSpec) {
    expectObject(spec, "a map's specification");
    const { name, maxEntries } = spec;
    if (!Number.isInteger(maxEntries) || maxEntries < 1 || maxEntries > mostPrograms) {
      throw new BpfError('range', `expected 1 to ${mostPrograms} entries in map '${name}', found ${maxEntries}`);
    }
    this.spec = spec;
    this.#programs = new Array(maxEntries);
  }

  /** What runs the program at an index; undefined where there is none, or a closed one. */
  get(index: number): Executable | undefined {
    const program = this.#programs[index];
    return program && partsOf(program)?.executable;
  }

  /**
   * Puts a program at an index: it must be loaded for the engine and the environment of those that call it.
   * @throws BpfError 'range' when the index is beyond the array
   */
  set(index: number, program: Filter): this {
    expectInstance(program, Filter);
    expectIndex(this.spec, index);
    this.#programs[index] = program;
    return this;
  }

  /** Whether there was a program. */
  delete(index: number): boolean {
    expectIndex(this.spec, index);
    const was = this.#programs[index] !== undefined;
    this.#programs[index] = undefined;
    return was;
  }
}

const mostPrograms = 2 ** 20;
