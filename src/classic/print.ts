// A classic program as text, in the forms that people paste.
//
//   d     (000) ldh      [12]                      dd    { 0x28, 0, 0, 0x0000000c },
//         (001) jeq      #0x800           jt 2	jf 5
//   line  2,40 0 0 12,21 0 1 2048                  hex   280000000c000000…
//
//   asm           ldh #proto                       ddd   2             the number of instructions,
//                 jne #0x800, L3                         40 0 0 12     then one a line: code jt jf k

import { BpfError } from '../base/error.js';
import { toHex } from '../base/hex.js';
import { operation } from './decode.js';
import { encode } from './encode.js';
import type { ClassicInsn, Operation } from './insn.js';
import { jump } from './rows.js';
import { bpfAsm, libpcap, parts } from './text/parts.js';

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

/** The one line of bpf_asm, as iptables and tc take it. */
export function printLine(insns: readonly ClassicInsn[]): string {
  return printDecimals(insns).replaceAll('\n', ',');
}

/** The program's bytes in hexadecimal. */
export function printHex(insns: readonly ClassicInsn[]): string {
  return toHex(encode(insns));
}

/** An instruction for a message: mnemonic and operand, without the places that it leads to. */
export function printOperation(op: Operation): string {
  return parts(op, libpcap).join(' ').trim();
}

function listingLine(insn: ClassicInsn, pc: number): string {
  const op = operation(insn);
  const [mnemonic, operand] = op === undefined ? ['unimp', `0x${insn.code.toString(16)}`] : parts(op, libpcap);
  const head = `(${String(pc).padStart(3, '0')}) ${mnemonic.padEnd(8)} `;
  if (op?.kind === 'goto') return `${head}${pc + 1 + op.off}`;
  if (op?.kind !== 'jump') return head + operand;
  return `${head}${operand.padEnd(16)} jt ${pc + 1 + op.jt}\tjf ${pc + 1 + op.jf}`;
}

/**
 * The language of bpf_asm, with a label where something leads to. Fields that an instruction leaves unused are not in it.
 * @throws BpfError 'encoding' for a code that assembly has no word for, and for a jump that leads out of the program
 */
export function printAssembly(insns: readonly ClassicInsn[]): string {
  const operations = insns.map(known);
  const targets = new Set(operations.flatMap((op, pc) => labelled(op).map((skip) => target(skip, pc, insns.length))));
  const margin = Math.max(8, label(insns.length).length + 2);
  return operations
    .map((op, pc) => (targets.has(pc) ? `${label(pc)}:` : '').padEnd(margin) + statement(op, pc))
    .join('\n');
}

function known(insn: ClassicInsn, pc: number): Operation {
  const op = operation(insn);
  if (op !== undefined) return op;
  throw new BpfError('encoding', `instruction ${pc} has code ${insn.code}, which assembly has no word for`, { pc });
}

function target(skip: number, pc: number, length: number): number {
  const to = pc + 1 + skip;
  if (to >= 0 && to < length) return to;
  throw new BpfError('encoding', `instruction ${pc} jumps to ${to}, where there is no instruction to label`, { pc });
}

function label(pc: number): string {
  return `L${pc}`;
}

function statement(op: Operation, pc: number): string {
  const [mnemonic, operand] = parts(op, bpfAsm);
  const word = op.kind === 'jump' && isNegated(op) ? jump[op.op].inverse[0] : mnemonic;
  const labels = labelled(op).map((skip) => label(pc + 1 + skip));
  return `${word} ${[operand, ...labels].filter((part) => part !== '').join(', ')}`.trimEnd();
}

/** How many instructions each label leads over. The way to the next one needs none where the mnemonic can do without. */
function labelled(op: Operation): number[] {
  if (op.kind === 'goto') return [op.off];
  if (op.kind !== 'jump') return [];
  if (op.jf === 0) return [op.jt];
  return isNegated(op) ? [op.jf] : [op.jt, op.jf];
}

/** Whether a conditional jump is written as its opposite: `jne #0x800, L3` for a jeq that goes on when it holds. */
function isNegated({ op, jt, jf }: Extract<Operation, { kind: 'jump' }>): boolean {
  return jt === 0 && jf !== 0 && jump[op].inverse.length > 0;
}
