// What machine code can't read from a context: of a packet's it has the length and, where the data is a frame, the
// protocol; it has neither the packet's address nor the contexts of other programs that are given one.

import type { Insn } from '../ebpf/insn.js';
import type { Program } from '../ebpf/program.js';
import type { Environment, Field } from '../env/environment.js';

/**
 * The slot of the first instruction that may read such a part of the context, or undefined. An access through a register
 * may be one to anything, so one that merely looks like it is taken for it.
 */
export function missingInMachineCode(program: Program, environment: Environment): number | undefined {
  if (!environment.packetLoads && environment.packetAccess === 'none') return undefined;
  const missing = environment.fields.filter((field) => isMissing(field, environment));
  const pc = program.insns.findIndex((insn) => missing.some((field) => reads(insn, field)));
  return pc < 0 ? undefined : pc;
}

function isMissing({ name, yields }: Field, { packetLoads, networkHeader }: Environment): boolean {
  return !packetLoads || yields !== 'scalar' || (name === 'protocol' && networkHeader === 0);
}

function reads(insn: Insn, { offset, size }: Field): boolean {
  return insn.kind === 'load' && insn.src !== 10 && insn.off >= offset && insn.off < offset + size;
}
