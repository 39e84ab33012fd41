// Classic to internal. Every classic instruction becomes a few internal ones, with the registers in fixed places:
//
//   r0 = A    r7 = X    r6 = context    r8 = A, kept over a packet load    M[k] = the four bytes at r10 - 4(k + 1)
//
// A and X hold 32 bits, zero-extended, since 32-bit operations and loads clear the upper half. Packet loads are the packet
// instructions of RFC 9669, section 5.5: they want the context in r6, destroy r1 to r5, and end the program with 0 beyond the
// packet, as the classic ones do. Two passes: the first makes the instructions and so knows where they stand, the second
// gives jumps their offsets.

import { expectInstance, expectText } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import type { Origin } from '../base/origin.js';
import { type ClassicEnvironment, check, checkRunnable, classicEnvironments } from '../classic/check.js';
import { ClassicProgram } from '../classic/program.js';
import type { Insn } from '../ebpf/insn.js';
import { Program } from '../ebpf/program.js';
import { Draft } from './draft.js';
import { addTranslated } from './operation.js';
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
  const { insns, indices } = translated(classic, environment);
  return new Program(insns, { origin: classic.origin && carried(classic.origin, indices) });
}

/**
 * For each slot of the translated program the classic instruction that it stands for; undefined for what stands for none.
 * @throws BpfError as `translate`
 */
export function classicIndices(
  classic: ClassicProgram,
  environment: ClassicEnvironment,
): readonly (number | undefined)[] {
  return translated(classic, environment).indices;
}

interface Translated {
  readonly insns: readonly Insn[];
  /** The classic instruction that each slot stands for; undefined for what the program begins with. */
  readonly indices: readonly (number | undefined)[];
}

function translated(classic: ClassicProgram, environment: ClassicEnvironment): Translated {
  const operations = environment === 'seccomp' ? check(classic, environment) : checkRunnable(classic);
  const alive = reachable(operations);
  const start = prologue(operations);
  const indices: (number | undefined)[] = start.map(() => undefined);
  const draft = new Draft(start);
  for (let pc = 0; pc < operations.length; pc++) {
    draft.next();
    if (alive[pc]) addTranslated(operations[pc]!, environment, draft);
    while (indices.length < draft.length) indices.push(pc);
  }
  return { insns: draft.finish(), indices };
}

/** Each instruction comes from the text that its classic one came from. */
function carried({ source, spans }: Origin, indices: Translated['indices']): Origin {
  return { source, spans: indices.map((pc) => (pc === undefined ? undefined : spans[pc])) };
}
