// Makes a program that shows something smaller, as long as it still shows it: instruction by instruction.

import { type Insn, slots } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';

/** How many programs are tried: some of them may take the verifier long. */
const tries = 1000;

/**
 * The smallest program that is found from one by leaving instructions out and bringing constants nearer to 0.
 * @param shows what must hold of it; what it throws counts as no
 */
export function smallest(program: Program, shows: (program: Program) => boolean): Program {
  let [best, left] = [program, tries];
  for (let isBetter = true; isBetter; ) {
    isBetter = false;
    for (const candidate of candidates(best)) {
      if (left-- === 0) return best;
      if (!holds(shows, candidate)) continue;
      [best, isBetter] = [candidate, true];
      break;
    }
  }
  return best;
}

function holds(shows: (program: Program) => boolean, program: Program): boolean {
  try {
    return shows(program);
  } catch {
    return false;
  }
}

/** Programs that are a little simpler than this one, the simplest first. */
function* candidates(program: Program): Generator<Program> {
  for (let length = program.length >> 1; length > 0; length >>= 1) {
    for (let pc = 0; pc + length <= program.length; pc += length) yield without(program, pc, length);
  }
  for (const [pc, insn] of program.insns.entries()) {
    for (const other of simplerInsns(insn)) yield replaced(program, pc, other);
  }
}

/** The program with an instruction replaced. */
export function replaced({ insns, maps }: Program, pc: number, insn: Insn): Program {
  return new Program(insns.with(pc, insn), { maps });
}

function simplerInsns(insn: Insn): Insn[] {
  if (!('src' in insn) || typeof insn.src !== 'object' || !('imm' in insn.src)) return [];
  const { imm } = insn.src;
  if (insn.kind !== 'alu' && insn.kind !== 'jump' && insn.kind !== 'store') return [];
  const nearer = [0, 1, imm >> 1].filter((value) => Math.abs(value) < Math.abs(imm));
  return nearer.map((value) => ({ ...insn, src: { imm: value } }));
}

/** The program without the instructions that begin in some slots; jumps to them lead to what follows. */
export function without({ insns, maps }: Program, from: number, length: number): Program {
  const kept = insns.map((_, pc) => pc < from || pc >= from + length);
  for (const [pc, insn] of insns.entries()) {
    if (slots(insn) === 2) kept[pc + 1] = kept[pc]!;
  }
  const places = [0];
  for (const isKept of kept) places.push(places.at(-1)! + (isKept ? 1 : 0));
  return new Program(
    moved(insns, places).filter((_, pc) => kept[pc]),
    { maps },
  );
}

/** The instructions with the offsets that they need where each slot gets a new place. */
export function moved(insns: readonly Insn[], places: readonly number[]): Insn[] {
  return insns.map((insn, pc) => {
    if (!isLeading(insn)) return insn;
    const to = places[pc + 1 + insn.off];
    return to === undefined ? insn : { ...insn, off: to - places[pc]! - 1 };
  });
}

type Leading = Extract<Insn, { kind: 'jump' | 'goto' | 'may-goto' | 'call-local' }>;

export function isLeading(insn: Insn): insn is Leading {
  return insn.kind === 'jump' || insn.kind === 'goto' || insn.kind === 'may-goto' || insn.kind === 'call-local';
}
