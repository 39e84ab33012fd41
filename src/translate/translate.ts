// Classic to internal. Every classic instruction becomes a few internal ones, with the registers in fixed places:
//
//   r0 = A    r7 = X    r6 = context    r8 = A, kept over a packet load    M[k] = the four bytes at r10 - 4(k + 1)
//
// A and X hold 32 bits, zero-extended, since 32-bit operations and loads clear the upper half. Packet loads are the packet
// instructions of RFC 9669, section 5.5: they want the context in r6, destroy r1 to r5, and end the program with 0 beyond the
// packet, as the classic ones do. Two passes: the first makes the instructions and so knows their number, the second resolves jumps.

import { expectInstance, expectText } from '../base/argument.js';
import { BpfError, type Span } from '../base/error.js';
import type { Origin } from '../base/origin.js';
import { type ClassicEnvironment, check, checkRunnable, classicEnvironments } from '../classic/check.js';
import { ClassicProgram } from '../classic/program.js';
import type { Insn } from '../ebpf/insn.js';
import { Program } from '../ebpf/program.js';
import { type Draft, translated } from './operation.js';
import { prologue } from './prologue.js';
import { reachable } from './reachable.js';

/**
 * The internal program that gives the same verdict on every packet (or system call) as the classic one.
 * @throws BpfError 'verify' when the classic program is none that can be run
 */
export function translate(classic: ClassicProgram, environment: ClassicEnvironment = 'packet'): Program {
  expectInstance(classic, ClassicProgram);
  expectText(environment, 'an environment');
  if (!classicEnvironments.includes(environment)) {
    throw new BpfError('usage', `expected environment '${classicEnvironments.join("' or '")}', got '${environment}'`);
  }
  const { start, pieces } = partsOf(classic, environment);
  const starts = positions(start.length, pieces);
  const insns = [...start];
  for (const [pc, piece] of pieces.entries()) resolve(piece, pc, starts, insns);
  return new Program(insns, { origin: classic.origin && carried(classic.origin, start.length, pieces) });
}

/**
 * For each slot of the translated program the classic instruction that it stands for; undefined for what stands for none.
 * @throws BpfError as `translate`
 */
export function classicIndices(classic: ClassicProgram, environment: ClassicEnvironment): (number | undefined)[] {
  const { start, pieces } = partsOf(classic, environment);
  return [...start.map(() => undefined), ...pieces.flatMap((piece, pc) => piece.map(() => pc))];
}

/** What the program begins with, and the instructions for each classic one. */
function partsOf(classic: ClassicProgram, environment: ClassicEnvironment): Parts {
  const operations = environment === 'seccomp' ? check(classic, environment) : checkRunnable(classic);
  const alive = reachable(operations);
  const pieces = operations.map((op, pc) => (alive[pc] ? translated(op, environment) : []));
  return { start: prologue(operations), pieces };
}

interface Parts {
  readonly start: readonly Insn[];
  readonly pieces: readonly (readonly Draft[])[];
}

/** The slot at which the instructions for each classic one begin. */
function positions(first: number, pieces: readonly (readonly Draft[])[]): number[] {
  const starts = [first];
  for (const piece of pieces) starts.push(starts.at(-1)! + piece.length);
  return starts;
}

/** Adds the instructions of a piece, with the offsets of those jumps that lead to another piece. */
function resolve(piece: readonly Draft[], pc: number, starts: readonly number[], insns: Insn[]): void {
  for (const { insn, skip } of piece) {
    const off = skip === undefined ? 0 : starts[pc + 1 + skip]! - (insns.length + 1);
    insns.push(skip === undefined ? insn : leading(insn, off));
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

/** Each instruction comes from the text that its classic one came from. */
function carried(origin: Origin, prologueLength: number, pieces: readonly (readonly Draft[])[]): Origin {
  const spans = Array<Span | undefined>(prologueLength).fill(undefined);
  for (const [pc, { length }] of pieces.entries()) {
    for (let at = 0; at < length; at++) spans.push(origin.spans[pc]);
  }
  return { source: origin.source, spans };
}
