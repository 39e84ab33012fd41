// A filter as assembly with what its numbers mean: architectures, calls, arguments, answers.

import type { Operation } from '../classic/insn.js';
import type { ClassicProgram } from '../classic/program.js';
import { type Arch, arches, syscallName, x32Bit } from './arch.js';
import { words } from './condition.js';
import { constantText } from './constants.js';
import { actionText } from './errno.js';

/** What is known when an instruction is reached. */
interface Meaning {
  /** The word in A. */
  readonly word: number | undefined;
  /** The architecture and the call, where every way here has found the same. */
  readonly arch: Arch | undefined;
  readonly call: string | undefined;
}

const nothing: Meaning = { word: undefined, arch: undefined, call: undefined };

/** A line an instruction: the listing of tcpdump, and behind it what the instruction is about. */
export function annotatedListing(program: ClassicProgram): string {
  const meanings = meaningsOf(program);
  const lines = program.toString('d').replaceAll('\t', '  ').split('\n');
  const width = Math.max(...lines.map((line) => line.length));
  return lines
    .map((line, pc) => {
      const note = noteOf(program.operations[pc], meanings[pc] ?? nothing);
      return note === '' ? line : `${line.padEnd(width)}  ; ${note}`;
    })
    .join('\n');
}

/** One pass is enough: jumps go forward. */
function meaningsOf({ operations }: ClassicProgram): readonly (Meaning | undefined)[] {
  const meanings: (Meaning | undefined)[] = operations.map((_, pc) => (pc === 0 ? nothing : undefined));
  const reach = (pc: number, meaning: Meaning) => {
    const before = meanings[pc];
    meanings[pc] = before === undefined ? meaning : common(before, meaning);
  };
  for (const [pc, op] of operations.entries()) {
    const here = meanings[pc];
    if (here === undefined || op === undefined || op.kind === 'return') continue;
    if (op.kind === 'goto') reach(pc + 1 + op.off, here);
    else if (op.kind === 'jump') {
      reach(pc + 1 + op.jt, found(op, here));
      reach(pc + 1 + op.jf, here);
    } else reach(pc + 1, op.kind === 'packet' ? { ...here, word: op.k / 4 } : here);
  }
  return meanings;
}

function common(a: Meaning, b: Meaning): Meaning {
  return {
    word: a.word === b.word ? a.word : undefined,
    arch: a.arch === b.arch ? a.arch : undefined,
    call: a.call === b.call ? a.call : undefined,
  };
}

/** What is known where a test has held. */
function found(op: Extract<Operation, { kind: 'jump' }>, here: Meaning): Meaning {
  if (op.op !== 'eq' || op.operand === 'x') return here;
  if (here.word === words.arch) return { ...here, arch: archByAudit(op.operand.k) };
  return here.word === words.nr ? { ...here, call: nameOf(here.arch, op.operand.k) } : here;
}

function archByAudit(audit: number): Arch | undefined {
  return Object.values(arches).find((arch) => arch.audit === audit);
}

function nameOf(arch: Arch | undefined, nr: number): string | undefined {
  if (arch === undefined) return undefined;
  return syscallName(arch.name === 'x86_64' && nr >= x32Bit ? arches.x32 : arch, nr);
}

function noteOf(op: Operation | undefined, here: Meaning): string {
  if (op === undefined) return '';
  if (op.kind === 'packet') return wordName(op.k / 4, here.arch);
  if (op.kind === 'return') return op.value === 'a' ? '' : actionText(op.value.k);
  if (op.kind !== 'jump' || op.operand === 'x') return '';
  const { k } = op.operand;
  if (here.word === words.arch) return archByAudit(k)?.name ?? '';
  if (here.word === words.nr) return nameOf(here.arch, k) ?? (k === x32Bit - 1 || k === x32Bit ? 'x32' : '');
  return argumentNote(k, here);
}

function argumentNote(k: number, { word, call, arch }: Meaning): string {
  if (word === undefined || word < words.low(0) || call === undefined) return '';
  const isHigh = (word % 2 === 1) !== (arch?.bigEndian ?? false);
  return isHigh ? '' : (constantText(BigInt(k), call, (word - words.low(0)) >> 1) ?? '');
}

function wordName(word: number, arch: Arch | undefined): string {
  if (word === words.nr) return 'call';
  if (word === words.arch) return 'arch';
  const isHigh = (word % 2 === 1) !== (arch?.bigEndian ?? false);
  if (word < words.low(0)) return `instruction pointer, ${isHigh ? 'upper' : 'lower'} half`;
  return `arg${(word - words.low(0)) >> 1}, ${isHigh ? 'upper' : 'lower'} half`;
}
