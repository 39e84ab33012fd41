// How many internal instructions Linux makes of a classic one (net/core/filter.c, bpf_convert_filter, on 64-bit machines).
// It matters to nobody but Linux, which refuses a program when a jump goes over more of them than a 16-bit offset can tell:
// hence a rule of `check` that can't be told from the classic program alone.

import type { Operation } from './insn.js';
import { type ExtensionName, jump } from './rows.js';

/** The furthest that a jump of Linux's translation can go. */
export const furthestJump = 0x7fff;

const extensionSizes = {
  protocol: 2,
  type: 2,
  ifindex: 4,
  nlattr: 4,
  nlattrNest: 4,
  mark: 1,
  queue: 1,
  hatype: 4,
  rxhash: 1,
  cpu: 4,
  xorX: 1,
  vlanTci: 1,
  vlanPresent: 3,
  payloadOffset: 4,
  random: 4,
  vlanTpid: 2,
} as const satisfies Record<ExtensionName, number>;

/** Internal instructions for one operation of a socket filter. */
export function expansion(op: Operation): number {
  switch (op.kind) {
    case 'packet':
      return op.indexed ? (op.k === 0 ? 8 : 9) : absoluteLoad(op.size, op.k);
    case 'header-length':
      return absoluteLoad(1, op.k) + 6;
    case 'extension':
      return extensionSizes[op.name];
    case 'alu':
      return op.operand === 'x' && (op.op === 'div' || op.op === 'mod') ? 5 : 1;
    case 'jump':
      return conditional(op);
    case 'return':
      return op.value === 'a' ? 1 : 2;
    case 'constant':
    case 'length':
    case 'load-cell':
    case 'store-cell':
    case 'neg':
    case 'goto':
    case 'tax':
    case 'txa':
      return 1;
  }
}

/** A load from the packet's linear part with a test and, for what lies elsewhere, a call of a helper. */
function absoluteLoad(size: number, k: number): number {
  const call = 8;
  if (k >= 0x8000_0000) return call;
  const subtraction = k === 0 ? 0 : 1;
  const address = k > 0x7fff ? 2 : 0;
  const byteSwap = size === 1 ? 0 : 1;
  return 1 + subtraction + 1 + address + 1 + byteSwap + 1 + call;
}

/** A constant with the sign bit goes through a register; a second jump is saved where one target is the next instruction. */
function conditional(op: Extract<Operation, { kind: 'jump' }>): number {
  const constant = op.operand !== 'x' && op.operand.k >= 0x8000_0000 ? 1 : 0;
  const saved = op.jf === 0 || (op.jt === 0 && jump[op.op].inverse.length > 0);
  return constant + (saved ? 1 : 2);
}
