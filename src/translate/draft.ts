// A translated program on its way: its instructions so far, and the jumps whose offsets are open, since they lead to classic
// instructions of which it isn't known yet where they will stand.

import type { Insn } from '../ebpf/insn.js';

export class Draft {
  readonly #insns: Insn[];
  /** The slot at which the instructions for each classic one begin. */
  readonly #starts: number[] = [];
  /** The slots of the open jumps, and the classic instruction that each leads to. */
  readonly #jumps: number[] = [];
  readonly #targets: number[] = [];

  /** @param start what the program begins with */
  constructor(start: Insn[]) {
    this.#insns = start;
  }

  /** The slots so far. */
  get length(): number {
    return this.#insns.length;
  }

  /** What is added from here on is for the next classic instruction. */
  next(): void {
    this.#starts.push(this.#insns.length);
  }

  add(insn: Insn): void {
    this.#insns.push(insn);
  }

  /** @param skip how many classic instructions behind the present one the jump goes over */
  addJump(insn: Insn, skip: number): void {
    this.#jumps.push(this.#insns.length);
    this.#targets.push(this.#starts.length + skip);
    this.#insns.push(insn);
  }

  /** The instructions, all jumps with their offsets. */
  finish(): Insn[] {
    for (let at = 0; at < this.#jumps.length; at++) {
      const slot = this.#jumps[at]!;
      const to = this.#starts[this.#targets[at]!]!;
      this.#insns[slot] = leading(this.#insns[slot]!, to - (slot + 1));
    }
    return this.#insns;
  }
}

/**
 * A jump with its offset. Not as a spread copy: each of those would get a hidden class of its own when it is frozen, and whatever
 * looks at instructions would take three times as long.
 */
function leading(insn: Insn, off: number): Insn {
  switch (insn.kind) {
    case 'jump':
      return { kind: 'jump', op: insn.op, width: insn.width, dst: insn.dst, src: insn.src, off };
    case 'goto':
      // A test goes over at most 255 classic instructions of at most 6 internal ones, so that only a goto can be long.
      return { kind: 'goto', off, long: off !== (off << 16) >> 16 };
    default:
      return insn;
  }
}
