// Comparisons of calculated numbers, in 64 bits.

import * as asm from '../../ebpf/build.js';
import type { ArithmeticSign, ComparisonTest, Order, Value } from '../ast.js';
import { type Code, full } from './code.js';
import type { Ways } from './jump.js';

export function emitComparison(code: Code, { order, left, right }: ComparisonTest, { yes, no }: Ways): void {
  emitValue(code, left, 0);
  emitValue(code, right, 1);
  const unsigned = left.unsigned || right.unsigned;
  code.emit(asm.jumpIf(full(0), signOf(order, unsigned), full(1), yes), asm.goto(no));
}

function signOf(order: Order, unsigned: boolean): asm.Comparison {
  return unsigned || order === '==' || order === '!=' ? order : `s${order}`;
}

/** Leaves the value at a place of the row. */
export function emitValue(code: Code, value: Value, place: number): void {
  switch (value.kind) {
    case 'constant':
      code.constant(full(place), BigInt.asUintN(64, value.value));
      return;
    case 'field':
      code.load(full(place), value.source);
      return;
    case 'negative':
      emitValue(code, value.operand, place);
      code.emit(asm.neg(full(place)));
      return;
    case 'arithmetic': {
      emitValue(code, value.left, place);
      emitValue(code, value.right, place + 1);
      code.emit(operation(value.sign, value.unsigned)(full(place), full(place + 1)));
      return;
    }
  }
}

function operation(sign: ArithmeticSign, unsigned: boolean): typeof asm.add {
  switch (sign) {
    case '+':
      return asm.add;
    case '-':
      return asm.sub;
    case '*':
      return asm.mul;
    case '/':
      return unsigned ? asm.div : asm.sdiv;
    case '%':
      return unsigned ? asm.mod : asm.smod;
    case '&':
      return asm.and;
    case '|':
      return asm.or;
    case '^':
      return asm.xor;
    case '<<':
      return asm.lsh;
    case '>>':
      return unsigned ? asm.rsh : asm.arsh;
  }
}

/** How many instructions' time a value takes. */
export function costOf(value: Value): number {
  switch (value.kind) {
    case 'constant':
    case 'field':
      return 1;
    case 'negative':
      return 1 + costOf(value.operand);
    case 'arithmetic': {
      const isDivision = value.sign === '/' || value.sign === '%';
      return (isDivision ? 20 : 1) + costOf(value.left) + costOf(value.right);
    }
  }
}
