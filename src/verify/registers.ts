// Reading and writing registers by the rules that hold for every instruction.

import type { Scalar } from '../abstract/scalar.js';
import * as scalar from '../abstract/scalar.js';
import type { Operand, Register } from '../ebpf/insn.js';
import type { Analysis } from './analysis.js';
import { refuse } from './refusal.js';
import type { State } from './state.js';
import { isScalar, linkedBy, number, uninitialised, type Value } from './value.js';

/** What sentences call the registers. */
export const registerNames: readonly string[] = Array.from({ length: 11 }, (_, register) => `r${register}`);

/** The value of a register, which must hold one. */
export function readable(state: State, register: Register): Value {
  const value = state.register(register);
  if (value.kind === 'uninitialised') refuse(`r${register} is read before anything was written to it`);
  return value;
}

/** Second operand: the register's value, or the constant as 64 bits. */
export function operandValue(analysis: Analysis, state: State, operand: Operand): Value {
  return 'reg' in operand ? readable(state, operand.reg) : analysis.constant(state.pc, operand.imm);
}

export function write(state: State, register: Register, value: Value): void {
  if (register === 10) refuse('the frame pointer r10 is read-only');
  state.setRegister(register, value);
}

export function writeNumber(state: State, register: Register, known: Scalar): void {
  write(state, register, number(known));
}

/** r1 to r5 hold nothing after a call. */
export function forgetArguments(state: State): void {
  for (let register = 1; register <= 5; register++) state.setRegister(register as Register, uninitialised);
}

/**
 * The register's value with an id, so that a copy of it is known to be equal: what is learnt of one is learnt of both.
 * A constant needs none, and a value that is a constant distance from others can't carry its link along.
 */
export function linkable(analysis: Analysis, state: State, register: Register): Value {
  const value = state.register(register);
  const linked = withLink(analysis, value);
  if (linked !== value) state.setRegister(register, linked);
  return linked;
}

/** The value with an id, if it is a number that needs one. */
export function withLink(analysis: Analysis, value: Value): Value {
  if (!isScalar(value) || scalar.isConstant(value.scalar)) return value;
  if (value.id !== 0 && value.delta === undefined) return value;
  return linkedBy(value, analysis.newId(), undefined);
}
