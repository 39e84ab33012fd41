// A straight piece of a lowered program while it is made: operations whose results have numbers, each computed once, and then
// the instructions, with registers.

import type { LoweredInsn, Operand, Register } from '../ebpf/insn.js';

/** The number of a result. */
export type Id = number;

interface Operation {
  readonly sources: readonly Id[];
  /** The result takes the first source's place, as arithmetic has it. */
  readonly tied: boolean;
  readonly make: (dst: Register, sources: readonly Register[]) => LoweredInsn;
}

/** How a piece ends: what becomes of the results it names. */
export interface End {
  readonly sources: readonly Id[];
  readonly make: (sources: readonly Register[]) => readonly LoweredInsn[];
}

export class Block {
  readonly #operations: Operation[] = [];
  readonly #made = new Map<string, Id>();

  /** The result of an operation; of an equal one, if there is one already. */
  result(key: string, sources: readonly Id[], make: Operation['make'], tied = false): Id {
    const name = `${key} ${sources.join(' ')}`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const id = this.#operations.push({ sources, tied, make }) - 1;
    this.#made.set(name, id);
    return id;
  }

  /** @returns undefined where more registers are needed than there are in `pool` */
  instructions(end: End, pool: readonly Register[]): LoweredInsn[] | undefined {
    const last = this.#lastUses(end);
    const spine = this.#spine(end);
    const places: (Register | undefined)[] = [];
    const free = [...pool];
    const insns: LoweredInsn[] = [];
    const release = (sources: readonly Id[], at: Id) => {
      for (const source of new Set(sources)) if (last[source] === at) insert(free, places[source]!, pool);
    };
    for (const [id, { sources, tied, make }] of this.#operations.entries()) {
      if (last[id] === -1) continue;
      const registers = sources.map((source) => places[source]!);
      const takesOver = tied && last[sources[0]!] === id;
      if (!tied || takesOver) release(sources, id);
      const dst = takesOver ? take(free, registers[0]!) : chosen(free, pool[0]!, spine.has(id));
      if (dst === undefined) return undefined;
      if (tied && !takesOver) {
        insns.push({ kind: 'alu', op: 'mov', width: 64, dst, src: { reg: registers[0]! } });
        release(sources, id);
      }
      const made = make(dst, tied ? [dst, ...registers.slice(1)] : registers);
      insns.push(made);
      if (made.kind === 'wide') insns.push({ kind: 'wide-end' });
      places[id] = dst;
    }
    insns.push(...end.make(end.sources.map((source) => places[source]!)));
    return insns;
  }

  /** The result and what it is computed in place of: they get the first register, where results are left. */
  #spine(end: End): ReadonlySet<Id> {
    const spine = new Set<Id>();
    for (let id = end.sources[0]; id !== undefined; ) {
      spine.add(id);
      const { tied, sources } = this.#operations[id]!;
      id = tied ? sources[0] : undefined;
    }
    return spine;
  }

  /** For each operation the last one that reads it; -1 where none does. */
  #lastUses(end: End): number[] {
    const last = this.#operations.map(() => -1);
    for (const source of end.sources) last[source] = this.#operations.length;
    for (let id = this.#operations.length - 1; id >= 0; id--) {
      if (last[id] === -1) continue;
      for (const source of this.#operations[id]!.sources) last[source] = Math.max(last[source]!, id);
    }
    return last;
  }
}

/** A free register: the first one for what becomes the result, and for everything else only where there is no other. */
function chosen(free: Register[], first: Register, isResult: boolean): Register | undefined {
  const isFree = free[0] === first;
  return isResult || !isFree || free.length === 1 ? free.shift() : free.splice(1, 1)[0];
}

/** Keeps the order of the pool, in which the first registers are the cheapest. */
function insert(free: Register[], register: Register, pool: readonly Register[]): void {
  const rank = pool.indexOf(register);
  const at = free.findIndex((other) => pool.indexOf(other) > rank);
  free.splice(at < 0 ? free.length : at, 0, register);
}

function take(free: Register[], register: Register): Register {
  free.splice(free.indexOf(register), 1);
  return register;
}

/** A second operand: a constant of 32 bits, or the register of a result. */
export function operand(b: Id | { readonly imm: number }, registers: readonly Register[]): Operand {
  return typeof b === 'number' ? { reg: registers[1]! } : b;
}
