// Whether two programs say the same of every packet, cut at any length: all ways through the one are followed, and on each
// the other is run with what that way knows. Loads are taken for independent numbers and `captured` for one more, so that
// more packets are looked at than there are: what is proved for them holds.
//
// It costs as much as there are ways, which can be very many: where they are, the answer is that nothing is proved.

import type { ClassicOperand, Operation } from '../../classic/insn.js';
import type { ClassicProgram } from '../../classic/program.js';
import { alu, cellCount, type JumpName, linkBase } from '../../classic/rows.js';
import { type Term, Terms } from './term.js';
import { type Fork, Way } from './way.js';

export type Validation =
  | { readonly proved: true; readonly ways: number }
  | { readonly proved: false; readonly reason: string };

/** How many instructions are followed, on all ways together: about a second. */
const stepLimit = 1_000_000;

/** Compares two programs on every packet, as far as that is cheap. */
export function validate(plain: ClassicProgram, optimized: ClassicProgram): Validation {
  if ([plain, optimized].some(loops)) return { proved: false, reason: 'a program has a loop' };
  return new Comparison([plain, optimized]).run();
}

const loops = ({ operations }: ClassicProgram) =>
  operations.some((operation) => operation === undefined || (operation.kind === 'goto' && operation.off < 0));

/** Where a run is. */
interface State {
  readonly program: 0 | 1;
  readonly pc: number;
  readonly a: Term;
  readonly x: Term;
  readonly cells: readonly Term[];
  readonly way: Way;
  /** The verdict of the first program on this way, once it has ended. */
  readonly expected: number | undefined;
}

type Simple = Exclude<Operation, { kind: 'return' | 'goto' | 'jump' | 'packet' | 'header-length' | 'alu' }>;

/** Bytes behind a base. */
interface Bytes {
  readonly offset: number;
  readonly end: number;
}

class Comparison {
  readonly #programs: readonly [ClassicProgram, ClassicProgram];
  readonly #terms = new Terms();
  readonly #captured = this.#terms.named('captured');
  readonly #stack: State[] = [];
  #ways = 0;
  /** Why the programs may differ. */
  #difference: string | undefined;

  constructor(programs: readonly [ClassicProgram, ClassicProgram]) {
    this.#programs = programs;
  }

  run(): Validation {
    this.#stack.push(this.#start(0, new Way(), undefined));
    for (let steps = 0; ; steps++) {
      const state = this.#stack.pop();
      if (state === undefined) return { proved: true, ways: this.#ways };
      if (steps === stepLimit)
        return {
          proved: false,
          reason: `there are too many ways through it; none differs of the ${this.#ways} followed`,
        };
      this.#step(state);
      if (this.#difference !== undefined) return { proved: false, reason: this.#difference };
    }
  }

  #start(program: 0 | 1, way: Way, expected: number | undefined): State {
    const zero = this.#terms.constant(0);
    return { program, pc: 0, a: zero, x: zero, cells: Array.from({ length: cellCount }, () => zero), way, expected };
  }

  /** Carries out one instruction. */
  #step(state: State): void {
    const operation = this.#programs[state.program].operations[state.pc];
    if (operation === undefined) this.#difference = 'a program runs past its end';
    else if (operation.kind === 'return') this.#return(state, operation.value);
    else if (operation.kind === 'goto') this.#go(state, { pc: state.pc + operation.off });
    else if (operation.kind === 'jump') this.#jump(state, operation);
    else if (operation.kind === 'packet') this.#load(state, operation);
    else if (operation.kind === 'header-length') this.#headerLength(state, operation.k);
    else if (operation.kind === 'alu') this.#alu(state, operation);
    else this.#go(state, this.#computed(state, operation));
  }

  #return(state: State, value: Extract<Operation, { kind: 'return' }>['value']): void {
    if (value === 'a') this.#difference = 'a program returns a number that it computed';
    else this.#end(state, value.k);
  }

  /** A verdict: of the first program what the second has to say, of the second the end of the way. */
  #end({ program, way, expected }: State, verdict: number): void {
    if (program === 0) this.#stack.push(this.#start(1, way, verdict));
    else if (verdict === expected) this.#ways++;
    else this.#difference = `on a way on which one says ${expected} the other may say ${verdict}`;
  }

  /** Goes on behind the instruction. */
  #go(state: State, changes: Partial<State>): void {
    this.#stack.push({ ...state, ...changes, pc: (changes.pc ?? state.pc) + 1 });
  }

  /** Goes on with either answer, as far as a packet may give it. */
  #fork(state: State, fork: Fork, go: (way: Way, holds: boolean) => void): void {
    const known = state.way.answer(fork);
    for (const holds of known === undefined ? [false, true] : [known]) {
      const way = known === undefined ? state.way.with(fork, holds) : state.way;
      if (way !== undefined) go(way, holds);
    }
  }

  #jump(state: State, { op, operand, jt, jf }: Extract<Operation, { kind: 'jump' }>): void {
    const { fork, negated } = this.#question(state.a, op, this.#operand(state, operand));
    this.#fork(state, fork, (way, holds) => this.#go(state, { way, pc: state.pc + (holds !== negated ? jt : jf) }));
  }

  /** What a jump asks. A comparison of two computed numbers is a number of its own, which is 0 or 1. */
  #question(a: Term, op: JumpName, b: Term): { readonly fork: Fork; readonly negated: boolean } {
    const full = 0xffffffff;
    const k = b.constant;
    if (k === undefined) {
      const term = this.#terms.named(`(${a.id}) ${op} (${b.id})`, 1);
      return { fork: { term, question: { kind: 'above', k: 0 } }, negated: false };
    }
    if (op === 'eq') return { fork: { term: a, question: { kind: 'equal', mask: full, k } }, negated: false };
    if (op === 'set') {
      const term = this.#terms.alu('and', a, b);
      return { fork: { term, question: { kind: 'equal', mask: full, k: 0 } }, negated: true };
    }
    if (op === 'ge' && k === 0) return this.#question(this.#terms.constant(1), 'gt', b);
    return { fork: { term: a, question: { kind: 'above', k: op === 'ge' ? k - 1 : k } }, negated: false };
  }

  #operand({ x }: State, operand: ClassicOperand): Term {
    return operand === 'x' ? x : this.#terms.constant(operand.k);
  }

  #load(state: State, { size, indexed, k }: Extract<Operation, { kind: 'packet' }>): void {
    const base = indexed ? state.x : this.#terms.constant(0);
    const most = 2 ** (8 * size) - 1;
    const offset = base.constant === undefined ? k : (base.constant + k) >>> 0;
    const name = base.constant === undefined ? `[(${base.id}) + ${k}]:${size}` : `[${offset}]:${size}`;
    this.#reach(state, base, { offset, end: offset + size }, (way) =>
      this.#go(state, { way, a: this.#terms.named(name, most) }),
    );
  }

  /** Goes on where the packet has the bytes; where it has not, the program ends with 0. */
  #reach(state: State, base: Term, bytes: Bytes, go: (way: Way) => void): void {
    const { offset, end } = bytes;
    const ended = (way: Way) => this.#end({ ...state, way }, 0);
    if (base.constant === undefined) {
      this.#reachBehind(state, base, bytes, { go, ended });
      return;
    }
    // Where Linux has other things than the packet's bytes, each load has an answer of its own.
    const other = end > linkBase ? this.#terms.named(`reach ${offset}..${end}`, 1) : undefined;
    const fork: Fork = {
      term: other ?? this.#captured,
      question: { kind: 'above', k: other === undefined ? end - 1 : 0 },
    };
    this.#fork(state, fork, (way, there) => (there ? go : ended)(way));
  }

  /**
   * The same behind a number that was computed. As long as nothing can wrap around, farther bytes say that nearer ones
   * are there, and the packet is as long as them at least.
   */
  #reachBehind(
    state: State,
    base: Term,
    { offset, end }: Bytes,
    { go, ended }: { readonly go: (way: Way) => void; readonly ended: (way: Way) => void },
  ): void {
    const plain = base.most + end < linkBase;
    const name = plain ? `behind (${base.id})` : `behind (${base.id}) + ${offset}..${end}`;
    const fork: Fork = { term: this.#terms.named(name), question: { kind: 'above', k: end - 1 } };
    const captured = state.way.of(this.#captured);
    const certain = !plain
      ? undefined
      : captured.least >= base.most + end
        ? go
        : captured.most < end
          ? ended
          : undefined;
    if (certain !== undefined) {
      certain(state.way);
      return;
    }
    this.#fork(state, fork, (way, there) => {
      const limit = there ? end - 1 : base.most + end - 1;
      const next = plain ? way.with({ term: this.#captured, question: { kind: 'above', k: limit } }, there) : way;
      if (next !== undefined) (there ? go : ended)(next);
    });
  }

  /** What an instruction that can't fail changes. */
  #computed({ a, x, cells }: State, operation: Simple): Partial<State> {
    const terms = this.#terms;
    switch (operation.kind) {
      case 'constant':
        return { [operation.to]: terms.constant(operation.value) };
      case 'length':
        return { [operation.to]: terms.named('length') };
      case 'load-cell':
        return { [operation.to]: cells[operation.cell] ?? terms.constant(0) };
      case 'store-cell':
        return { cells: cells.with(operation.cell, operation.from === 'a' ? a : x) };
      case 'extension':
        return { a: terms.named(`${operation.name} (${a.id}) (${x.id})`) };
      case 'neg':
        return { a: terms.negated(a) };
      case 'tax':
        return { x: a };
      case 'txa':
        return { a: x };
    }
  }

  /** As loading the byte, masking it and shifting it. */
  #headerLength(state: State, offset: number): void {
    const terms = this.#terms;
    const low = terms.alu('and', terms.named(`[${offset}]:1`, 0xff), terms.constant(0xf));
    const x = terms.alu('lsh', low, terms.constant(2));
    this.#reach(state, terms.constant(0), { offset, end: offset + 1 }, (way) => this.#go(state, { way, x }));
  }

  #alu(state: State, { op, operand }: Extract<Operation, { kind: 'alu' }>): void {
    const b = this.#operand(state, operand);
    if (alu[op].operand !== 'divisor') {
      this.#go(state, { a: this.#terms.alu(op, state.a, b) });
      return;
    }
    const zero: Fork = { term: b, question: { kind: 'equal', mask: 0xffffffff, k: 0 } };
    this.#fork(state, zero, (way, isZero) => {
      if (isZero) this.#end({ ...state, way }, 0);
      else this.#go(state, { way, a: this.#terms.alu(op, state.a, b) });
    });
  }
}
