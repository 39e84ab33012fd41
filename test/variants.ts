// Programs that do the same as a program, written otherwise: what is proved of the one is proved of the other.

import { type Insn, type Register, slots } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { isLeading } from './shrink.js';

type Draw = (n: number) => number;

/** An instruction of the program, by its slot; or a new one, maybe with the slot that it leads to. */
type Item = number | { readonly insn: Insn; readonly to?: number };

/** The program of these items; jumps lead to the instructions that they led to. */
function assembled({ insns, maps }: Program, items: readonly Item[]): Program {
  const places = new Map(items.flatMap((item, place) => (typeof item === 'number' ? [[item, place] as const] : [])));
  const written = items.map((item, place) => {
    const insn = typeof item === 'number' ? insns[item]! : item.insn;
    const to = typeof item === 'number' ? item + 1 + (isLeading(insn) ? insn.off : 0) : item.to;
    const target = to === undefined ? undefined : places.get(to);
    return isLeading(insn) && target !== undefined ? { ...insn, off: target - place - 1 } : insn;
  });
  return new Program(written, { maps });
}

function all({ insns }: Program): number[] {
  return insns.map((_, pc) => pc);
}

/** Slots that are come to from the one before: what stands between the two is reached. */
function joints({ insns }: Program): number[] {
  return insns.flatMap((_, pc) => {
    const before = insns[pc - 1];
    const falls = before !== undefined && before.kind !== 'exit' && before.kind !== 'goto' && slots(before) === 1;
    return falls ? [pc] : [];
  });
}

const nothing: Insn = { kind: 'goto', off: 0, long: false };

/** Instructions that do nothing, here and there. */
export function withNothing(program: Program, draw: Draw): Program {
  const between = new Set(joints(program));
  const items = all(program).flatMap((pc): Item[] =>
    between.has(pc) && draw(4) === 0 ? [{ insn: nothing, to: pc }, pc] : [pc],
  );
  return assembled(program, items);
}

/** What would be refused, where it is never reached: behind a constant, a jump that its value decides. */
export function withDeadCode(program: Program): Program {
  const items = all(program).flatMap((pc): Item[] => {
    const insn = program.insns[pc]!;
    if (insn.kind !== 'alu' || insn.op !== 'mov' || insn.width !== 64 || !('imm' in insn.src)) return [pc];
    const { dst, src } = insn;
    const past: Insn = { kind: 'jump', op: 'eq', width: 64, dst, src, off: 0 };
    return [pc, { insn: past, to: pc + 1 }, { insn: { kind: 'load', size: 8, signed: false, dst, src: 10, off: 8 } }];
  });
  return assembled(program, items);
}

/** r7, r8 and r9 in each other's place: no instruction gives any of them a meaning. */
export function withOtherRegisters({ insns, maps }: Program, draw: Draw): Program {
  const others = (
    [
      [8, 9, 7],
      [9, 7, 8],
      [8, 7, 9],
    ] as const
  )[draw(3)]!;
  const renamed = (register: Register): Register => (register >= 7 && register <= 9 ? others[register - 7]! : register);
  return new Program(
    insns.map((insn) => renamedInsn(insn, renamed)),
    { maps },
  );
}

function renamedInsn(insn: Insn, renamed: (register: Register) => Register): Insn {
  const moved = 'dst' in insn ? { ...insn, dst: renamed(insn.dst) } : insn;
  switch (moved.kind) {
    case 'alu':
    case 'jump':
    case 'store':
      return 'reg' in moved.src ? { ...moved, src: { reg: renamed(moved.src.reg) } } : moved;
    case 'packet':
      return moved.src === undefined ? moved : { ...moved, src: renamed(moved.src) };
    default:
      return 'src' in moved ? { ...moved, src: renamed(moved.src) } : moved;
  }
}

/** Two neighbouring pieces of the first function change their places, with jumps between them. */
export function withMovedBlocks(program: Program, draw: Draw): Program {
  const end = firstFunction(program);
  const cuts = joints(program).filter((pc) => pc < end);
  if (cuts.length < 3) return program;
  const [a, b, c] = [0, 1, 2].map(() => cuts[draw(cuts.length)]!).sort((x, y) => x - y) as [number, number, number];
  if (a === b || b === c) return program;
  const pcs = all(program);
  const items: Item[] = [
    ...pcs.slice(0, a),
    { insn: nothing, to: a },
    ...pcs.slice(b, c),
    { insn: nothing, to: c },
    ...pcs.slice(a, b),
    { insn: nothing, to: b },
    ...pcs.slice(c),
  ];
  return assembled(program, items);
}

/** Where the function ends that the program begins with. */
function firstFunction({ insns }: Program): number {
  const entries = insns.flatMap((insn, pc) => (insn.kind === 'call-local' ? [pc + 1 + insn.off] : []));
  return Math.min(insns.length, ...entries);
}
