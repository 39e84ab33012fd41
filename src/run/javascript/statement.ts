// One classic instruction as a statement of JavaScript. The registers A and X and the cells M0 to M15 are variables that hold
// 32-bit numbers as signed ones, which V8 keeps in machine registers; what compares or divides makes them unsigned.
//
// Beside them a statement may use: `data` and `length`, what the program is run on; `size`, how many bytes `data` has; `at`, a
// scratch variable; `place`, which finds the byte that a negative offset names, -1 for none; `extension`, Linux's knowledge.

import type { ClassicOperand, ClassicSize, Operation } from '../../classic/insn.js';
import { linkHeaderBytes, packetByte } from '../../classic/packet.js';
import { type AluName, cellCount, type ExtensionName, type JumpName } from '../../classic/rows.js';

/** What a program is given: a packet, in network order, or a system call, of which words in the machine's order are read. */
export type InputKind = 'packet' | 'seccomp';

/** What neither jumps nor ends the run. */
export type Straight = Exclude<Operation, { readonly kind: 'jump' | 'goto' | 'return' }>;

/** Ends a run whose load or division fails; that is no trap. */
const end = 'return 0;';

/**
 * @param known how many bytes `data` is known to have
 * @returns undefined for a cell that isn't there: a trap
 */
export function statement(op: Straight, input: InputKind, known: number): string | undefined {
  switch (op.kind) {
    case 'constant':
      return `${upper(op.to)} = ${op.value | 0};`;
    case 'length':
      return `${upper(op.to)} = length | 0;`;
    case 'load-cell':
      return op.cell < cellCount ? `${upper(op.to)} = M${op.cell};` : undefined;
    case 'store-cell':
      return op.cell < cellCount ? `M${op.cell} = ${upper(op.from)};` : undefined;
    case 'packet':
      return op.indexed ? indexedLoad(op.k, op.size, input) : absoluteLoad(op.k, op.size, input, known);
    case 'header-length':
      return headerLength(op.k, input, known);
    case 'extension':
      return input === 'seccomp' ? 'A = 0;' : extension(op.name); // no system call has one
    case 'alu':
      return arithmetic(op.op, op.operand);
    case 'neg':
      return 'A = -A | 0;';
    case 'tax':
      return 'X = A;';
    case 'txa':
      return 'A = X;';
  }
}

/** Whether a test holds, as an expression in parentheses. */
export function condition(op: JumpName, operand: ClassicOperand): string {
  switch (op) {
    case 'eq':
      return `(A === ${value(operand)})`;
    case 'gt':
      return `(A >>> 0 > ${unsigned(operand)})`;
    case 'ge':
      return `(A >>> 0 >= ${unsigned(operand)})`;
    case 'set':
      return `((A & ${value(operand)}) !== 0)`;
  }
}

function extension(name: ExtensionName): string {
  return name === 'xorX' ? 'A ^= X;' : `A = extension('${name}', data, A >>> 0, X >>> 0) | 0;`;
}

/** How many bytes an instruction needs of what it is run on, from the first on; 0 where that depends on X. */
export function neededSize(op: Operation, input: InputKind): number {
  if (op.kind === 'header-length') return (start(op.k, input) ?? 0) + 1;
  return op.kind === 'packet' && !op.indexed ? (start(op.k, input) ?? 0) + op.size : 0;
}

function absoluteLoad(k: number, bytes: ClassicSize, input: InputKind, known: number): string {
  const from = start(k, input);
  if (from === undefined || !isLoaded(bytes, input)) return end;
  return `${enough(from + bytes, known)}A = ${number(`${from}`, bytes, input)};`;
}

function indexedLoad(k: number, bytes: ClassicSize, input: InputKind): string {
  if (!isLoaded(bytes, input)) return end;
  if (input === 'seccomp') {
    return `at = X + ${k} >>> 0; if (at > size - ${bytes}) ${end} A = ${number('at', bytes, input)};`;
  }
  const isOutside = `at < 0 && (at = place(at)) < 0 || at > size - ${bytes}`;
  return `at = X + ${k} | 0; if (${isOutside}) ${end} A = ${number('at', bytes, input)};`;
}

function headerLength(k: number, input: InputKind, known: number): string {
  const from = start(k, input);
  if (from === undefined || !isLoaded(1, input)) return end;
  return `${enough(from + 1, known)}X = (data[${from}] & 15) << 2;`;
}

/** Of a system call only words are loaded. */
function isLoaded(bytes: ClassicSize, input: InputKind): boolean {
  return input === 'packet' || bytes === 4;
}

/** The byte that an absolute load starts at; undefined where its offset names none. */
function start(k: number, input: InputKind): number | undefined {
  return input === 'packet' ? packetByte(k, linkHeaderBytes) : k;
}

function enough(needed: number, known: number): string {
  return needed > known ? `if (size < ${needed}) ${end} ` : '';
}

/** The number that stands at `from`, which is a number or the name of one. */
function number(from: string, bytes: ClassicSize, input: InputKind): string {
  const index = (i: number) => (from === 'at' ? `at + ${i}` : `${Number(from) + i}`);
  const shifted = Array.from({ length: bytes }, (_, i) => {
    const shift = 8 * (input === 'packet' ? bytes - 1 - i : i);
    return shift === 0 ? `data[${index(i)}]` : `data[${index(i)}] << ${shift}`;
  });
  return shifted.join(' | ');
}

function arithmetic(op: AluName, operand: ClassicOperand): string {
  const b = value(operand);
  switch (op) {
    case 'add':
      return `A = A + ${b} | 0;`;
    case 'sub':
      return `A = A - ${b} | 0;`;
    case 'mul':
      return `A = Math.imul(A, ${b});`;
    case 'div':
      return `${divisor(operand)}A = (A >>> 0) / ${unsigned(operand)} | 0;`;
    case 'mod':
      return `${divisor(operand)}A = (A >>> 0) % ${unsigned(operand)} | 0;`;
    case 'or':
      return `A |= ${b};`;
    case 'and':
      return `A &= ${b};`;
    case 'xor':
      return `A ^= ${b};`;
    case 'lsh':
      return `A <<= ${b};`;
    case 'rsh':
      return `A = A >>> ${b} | 0;`;
  }
}

/** What must come before a division: by 0 there is none. */
function divisor(operand: ClassicOperand): string {
  if (operand === 'x') return `if (X === 0) ${end} `;
  return operand.k === 0 ? `${end} ` : '';
}

function value(operand: ClassicOperand): string {
  if (operand === 'x') return 'X';
  const signed = operand.k | 0;
  return signed < 0 ? `(${signed})` : `${signed}`;
}

function unsigned(operand: ClassicOperand): string {
  return operand === 'x' ? '(X >>> 0)' : `${operand.k}`;
}

function upper(register: 'a' | 'x'): string {
  return register === 'a' ? 'A' : 'X';
}
