// A map of programs, for tail calls. It lives in one worker: what it holds are loaded programs.

import { BpfError } from '../../base/error.js';
import type { MapSpec } from '../../ebpf/map.js';
import type { Executable } from '../engine.js';

export class ProgramArray {
  readonly spec: MapSpec;
  readonly #programs: (Executable | undefined)[];

  constructor(spec: MapSpec) {
    this.spec = spec;
    this.#programs = new Array(spec.maxEntries);
  }

  /** The program at an index; undefined where there is none. */
  get(index: number): Executable | undefined {
    return this.#programs[index];
  }

  /**
   * Puts a program at an index: it must be loaded for the engine of those that call it.
   * @throws BpfError 'range' when the index is beyond the array
   */
  set(index: number, program: Executable): this {
    this.#check(index);
    this.#programs[index] = program;
    return this;
  }

  /** Whether there was a program. */
  delete(index: number): boolean {
    this.#check(index);
    const was = this.#programs[index] !== undefined;
    this.#programs[index] = undefined;
    return was;
  }

  #check(index: number): void {
    const { name, maxEntries } = this.spec;
    if (Number.isInteger(index) && index >= 0 && index < maxEntries) return;
    throw new BpfError('range', `expected an index from 0 to ${maxEntries - 1} in map '${name}', found ${index}`);
  }
}
