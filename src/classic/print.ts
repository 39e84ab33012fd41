// A classic program as text, in the forms that tcpdump prints and people paste.
//
//   -d    (000) ldh      [12]
//         (001) jeq      #0x800           jt 2	jf 5
//   -dd   { 0x28, 0, 0, 0x0000000c },
//   -ddd  2                            the number of instructions, then one a line: code jt jf k
//         40 0 0 12

import { operation } from './code.js';
import type { ClassicInsn, ClassicOperand, Operation } from './insn.js';
import { alu, extensions, jump, sizes } from './rows.js';

/** `tcpdump -d`, as libpcap's `bpf_image` writes it. */
export function printListing(insns: readonly ClassicInsn[]): string {
  return insns.map(listingLine).join('\n');
}

/** `tcpdump -dd`: initializers of C. */
export function printInitializers(insns: readonly ClassicInsn[]): string {
  return insns
    .map(({ code, jt, jf, k }) => `{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${k.toString(16).padStart(8, '0')} },`)
    .join('\n');
}

/** `tcpdump -ddd`: decimal numbers. */
export function printDecimals(insns: readonly ClassicInsn[]): string {
  return [insns.length, ...insns.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`)].join('\n');
}

function listingLine(insn: ClassicInsn, pc: number): string {
  const op = operation(insn);
  const [mnemonic, operand] = op === undefined ? ['unimp', `0x${insn.code.toString(16)}`] : parts(op, pc);
  const head = `(${String(pc).padStart(3, '0')}) ${mnemonic.padEnd(8)} `;
  if (op?.kind !== 'jump') return head + operand;
  return `${head}${operand.padEnd(16)} jt ${pc + 1 + op.jt}\tjf ${pc + 1 + op.jf}`;
}

/** An instruction for a message: mnemonic and operand, without its targets. */
export function printOperation(op: Operation, pc: number): string {
  return parts(op, pc).join(' ').trim();
}

/** Mnemonic and operand, as libpcap writes them. */
function parts(op: Operation, pc: number): [mnemonic: string, operand: string] {
  switch (op.kind) {
    case 'constant':
      return [load(op.to), hex(op.value)];
    case 'length':
      return [load(op.to), '#pktlen'];
    case 'load-cell':
      return [load(op.to), `M[${op.cell | 0}]`];
    case 'store-cell':
      return [op.from === 'a' ? 'st' : 'stx', `M[${op.cell | 0}]`];
    case 'packet':
      return [`ld${sizes[op.size].letter}`, op.indexed ? `[x + ${op.k | 0}]` : `[${op.k | 0}]`];
    case 'header-length':
      return ['ldxb', `4*([${op.k | 0}]&0xf)`];
    case 'extension':
      return [`ld${sizes[op.size].letter}`, `[${extensions[op.name].bracket}]`];
    case 'alu':
      return [op.op, operandText(op.operand, alu[op.op].base)];
    case 'neg':
      return ['neg', ''];
    case 'jump':
      return [jump[op.op].mnemonic, operandText(op.operand, 16)];
    case 'goto':
      return ['ja', String(pc + 1 + op.off)];
    case 'return':
      return ['ret', op.value === 'a' ? '' : `#${op.value.k | 0}`];
    case 'tax':
    case 'txa':
      return [op.kind, ''];
  }
}

function load(register: 'a' | 'x'): string {
  return register === 'a' ? 'ld' : 'ldx';
}

function operandText(operand: ClassicOperand, base: 10 | 16): string {
  if (operand === 'x') return 'x';
  return base === 16 ? hex(operand.k) : `#${operand.k | 0}`;
}

function hex(k: number): string {
  return `#0x${k.toString(16)}`;
}
