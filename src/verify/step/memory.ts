// Loads, stores and atomic operations.

import type { InsnOf, Register, Size } from '../../ebpf/insn.js';
import { written } from '../../ebpf/registers.js';
import { load, store } from '../access.js';
import type { Analysis } from '../analysis.js';
import { refuse } from '../refusal.js';
import type { MemoryAccess } from '../region.js';
import { linkable, readable, registerNames, write } from '../registers.js';
import { fits } from '../stack.js';
import type { State } from '../state.js';
import { hasConstantOffset, isScalar, type Kind, unknown, type Value } from '../value.js';

interface Instruction {
  readonly off: number;
  readonly size: Size;
}

/** @param stored the register that is stored, if one is */
function accessBy(
  state: State,
  base: Register,
  { off, size }: Instruction,
  aligned: boolean,
  stored?: Register | undefined,
): MemoryAccess {
  return { name: registerNames[base]!, address: readable(state, base), off, size, aligned, stored };
}

export function stepLoad(analysis: Analysis, state: State, insn: InsnOf<'load' | 'load-acquire'>): void {
  const access = accessBy(state, insn.src, insn, insn.kind === 'load-acquire');
  if (insn.kind === 'load-acquire') checkAtomicAddress(access);
  write(state, insn.dst, load(analysis, state, access, insn.kind === 'load' && insn.signed));
}

export function stepStore(analysis: Analysis, state: State, insn: InsnOf<'store' | 'store-release'>): void {
  const isRelease = insn.kind === 'store-release';
  const value = isRelease ? storedRegister(analysis, state, insn.src, insn.size) : storedValue(analysis, state, insn);
  const access = accessBy(state, insn.dst, insn, isRelease, storedBy(insn));
  if (isRelease) checkAtomicAddress(access);
  store(analysis, state, access, value);
}

/** The register that a store takes its value from. */
function storedBy(insn: InsnOf<'store' | 'store-release'>): Register | undefined {
  if (insn.kind === 'store-release') return insn.src;
  return 'reg' in insn.src ? insn.src.reg : undefined;
}

function storedValue(analysis: Analysis, state: State, { src, size }: InsnOf<'store'>): Value {
  if ('reg' in src) return storedRegister(analysis, state, src.reg, size);
  return analysis.constant(state.pc, src.imm);
}

/** A number that is spilled whole stays linked to the register that it came from. */
function storedRegister(analysis: Analysis, state: State, src: Register, size: Size): Value {
  const value = readable(state, src);
  return isScalar(value) && fits(value, size) ? linkable(analysis, state, src) : value;
}

export function stepAtomic(analysis: Analysis, state: State, insn: InsnOf<'atomic'>): void {
  readable(state, insn.src);
  if (insn.op === 'cmpxchg') readable(state, 0);
  const access = accessBy(state, insn.dst, insn, true);
  checkAtomicAddress(access);
  checkAtomicStack(access);
  const result = written(insn);
  // Linux looks at the address again when the result is in its place.
  if (result === insn.dst) refuse(`${access.name} can't be both the address and what is fetched from there`);
  const fetched = load(analysis, state, access, false);
  store(analysis, state, access, unknown);
  if (result !== undefined) write(state, result, fetched);
}

function checkAtomicStack({ name, address }: MemoryAccess): void {
  if (address.kind !== 'stack' || hasConstantOffset(address)) return;
  refuse(`${name}: an atomic operation on the stack needs a constant offset`);
}

/** Atomic operations work on real memory: not on fields that an access is only translated to. */
function checkAtomicAddress({ name, address }: MemoryAccess): void {
  if (isTranslated(address.kind)) refuse(`${name}: no atomic operation is allowed on a ${address.kind}`);
}

function isTranslated(kind: Kind): boolean {
  switch (kind) {
    case 'context':
    case 'packet':
    case 'packet-meta':
    case 'flow-keys':
    case 'socket':
    case 'sock-common':
    case 'tcp-sock':
    case 'xdp-sock':
      return true;
    case 'uninitialised':
    case 'scalar':
    case 'map':
    case 'map-key':
    case 'map-value':
    case 'stack':
    case 'packet-end':
    case 'memory':
    case 'trace-buffer':
    case 'kernel-sock':
    case 'dynptr':
    case 'function':
    case 'typed':
      return false;
  }
}
