// Whether a number is in a large set: a balanced tree of comparisons; of numbers of 64 bits first over the upper half.

import { type Case, type Decision, decide } from '../../decide/decide.js';
import * as asm from '../../ebpf/build.js';
import { domain } from '../ranges.js';
import type { Membership } from '../simplify.js';
import { type Code, full, half, immediate } from './code.js';
import type { Ways } from './jump.js';

const word = 0xffff_ffff;

export function emitDecision(code: Code, { source, ranges }: Membership, { yes, no }: Ways): void {
  const unsigned = ranges.map(([low, high]) => [toUnsigned(low), toUnsigned(high)] as const);
  // a range over the sign is two in the order of unsigned numbers
  const split = unsigned.flatMap(([low, high]): (readonly [bigint, bigint])[] =>
    low <= high
      ? [[low, high]]
      : [
          [low, domain({ size: 8, signed: false })[1]],
          [0n, high],
        ],
  );
  code.load(full(0), source);
  if (source.size < 8) {
    const cases = split.map(([low, high]) => ({ low: low32(low), high: low32(high), target: yes }));
    emitTree(code, decide(cases, no)); // sign-extended numbers are in order by their low halves, too
    return;
  }
  code.emit(asm.mov(full(1), full(0)), asm.rsh(full(1), 32));
  emitWide(code, split, yes, no);
}

function toUnsigned(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function low32(value: bigint): number {
  return Number(value & 0xffff_ffffn);
}

/** First the upper half, at the next place of the row, then the lower one. */
function emitWide(code: Code, ranges: readonly (readonly [bigint, bigint])[], yes: string, no: string): void {
  const groups = new Map<number, Case<string>[]>();
  const upper: Case<string>[] = [];
  const add = (high: number, low: number, last: number): void => {
    groups.set(high, [...(groups.get(high) ?? []), { low, high: last, target: yes }]);
  };
  for (const [low, high] of ranges) {
    const [first, last] = [Number(low >> 32n), Number(high >> 32n)];
    if (first === last) add(first, low32(low), low32(high));
    else {
      add(first, low32(low), word);
      add(last, 0, low32(high));
      if (first + 1 < last) upper.push({ low: first + 1, high: last - 1, target: yes });
    }
  }
  const labels = new Map([...groups.keys()].map((high) => [high, code.newLabel()]));
  for (const [high, label] of labels) upper.push({ low: high, high, target: label });
  emitTree(code, decide(upper, no), 1);
  for (const [high, label] of labels) {
    code.bind(label);
    emitTree(code, decide(groups.get(high)!, no));
  }
}

/** @param place of the number in the row, of which the low half counts */
export function emitTree(code: Code, decision: Decision<string>, place = 0): void {
  if (decision.kind === 'leaf') {
    code.emit(asm.goto(decision.target));
    return;
  }
  const [sign, bound] =
    decision.kind === 'equal' ? (['==', decision.value] as const) : (['>', decision.bound] as const);
  const [to, after] = targets(code, decision.yes);
  code.emit(asm.jumpIf(half(place), sign, immediate(BigInt(bound)), to));
  emitTree(code, decision.no, place);
  if (after === undefined) return;
  code.bind(to);
  emitTree(code, after, place);
}

/** Where a branch leads: straight to the end of it, or to what follows there. */
function targets(code: Code, branch: Decision<string>): [label: string, decision: Decision<string> | undefined] {
  return branch.kind === 'leaf' ? [branch.target, undefined] : [code.newLabel(), branch];
}
