// The machine code of every instruction, on both processors: a change of it is seen, and read, in test/golden. With
// UPDATE=1 in the environment the files are written anew.

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Section, sections } from '../src/ebpf/forms.js';
import type { Insn, LoweredInsn } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import type { Table } from '../src/optimize/table.js';
import type { Runnable } from '../src/run/code.js';
import { BpfMap } from '../src/run/map/map.js';
import { type ListingOptions, listNative, nativeMissing } from '../src/run/native.js';
import { facts } from '../src/verify/facts.js';

const folder = new URL('golden/', import.meta.url);
const packet = environment('packet');
const map = new BpfMap({ name: 'array', type: 'array', keySize: 4, valueSize: 8, maxEntries: 1 });

const files: Readonly<Record<string, ListingOptions>> = {
  'x64.txt': { processor: 'x64' },
  'x64-baseline.txt': { processor: 'x64', baseline: true },
  'arm64.txt': { processor: 'arm64' },
  'arm64-baseline.txt': { processor: 'arm64', baseline: true },
};

describe.skipIf(nativeMissing() !== undefined)('machine code is what was read in', () => {
  it.each(Object.entries(files))('%s', (name, options) => {
    const text = listing(options);
    if (process.env.UPDATE === '1') writeFileSync(new URL(name, folder), text);
    expect(text).toBe(readFileSync(new URL(name, folder), 'utf8'));
  });
});

describe.skipIf(nativeMissing() !== undefined)('machine code for eight packets at a time', () => {
  it('is what was read in', () => {
    const program = { insns: straightForms, maps: [], tables, shape: 'lanes' } as const;
    const text = `${titled('Of lowered programs without jumps', program, { processor: 'x64', checked: false })}\n`;
    if (process.env.UPDATE === '1') writeFileSync(new URL('x64-lanes.txt', folder), text);
    expect(text).toBe(readFileSync(new URL('x64-lanes.txt', folder), 'utf8'));
  });
});

/** Verified code of each section's forms in a row; then what checks and counting add, and what facts take away. */
function listing(options: ListingOptions): string {
  const trusting = sections.map((section) => titled(section.title, programOf(section), { ...options, checked: false }));
  const asm =
    'r0 = *(u32 *)(r1 + 4); if r0 > 7 goto -2; *(u8 *)(r10 - 1) = r0; call pc+1; exit; r0 = *(u16 *)skb[r6]; exit';
  const lowered = titled(
    'Of lowered programs',
    { insns: loweredForms, maps: [], tables },
    { ...options, checked: false },
  );
  const checked = titled('Checked, with a budget', Program.parse(asm), { ...options, budget: 100 });
  return `${[...trusting, lowered, checked, withFacts(options), fromContext(options)].join('\n\n')}\n`;
}

function withFacts(options: ListingOptions): string {
  const asm = 'r0 /= r2; if r0 > 7 goto +1; r0 = 1; if r0 == 7 goto +0; w0 s%= w2; exit';
  const known = ['divisorNotZero', 'alwaysTaken', 'unreachable', 'neverTaken', 'divisorNotZero', undefined] as const;
  const bytes = Uint8Array.from(known, (fact) => (fact === undefined ? 0 : facts[fact]));
  return titled('With facts', Program.parse(asm), { ...options, checked: false, facts: bytes });
}

/** Loads of what a packet has at hand. */
function fromContext(options: ListingOptions): string {
  const asm = `r2 = *(u32 *)(r1 +76); r3 = *(u32 *)(r1 +80); r4 = *(u32 *)(r1 +0); r0 = *(u32 *)(r1 +4); r3 -= r2
    r0 += r3; r0 += r4; exit`;
  const proved = { ...options, checked: false, contextLoads: [0, 1, 2, 3] };
  return titled("From a packet's context", Program.parse(asm), proved, environment('sched_cls'));
}

function titled(title: string, program: Runnable, options: ListingOptions, world = packet): string {
  return `==== ${title}\n${listNative(program, world, { ...options, maps: [map] }).trimEnd()}`;
}

/** What an instruction computes is stored, since nothing is made of what nobody reads. */
const store: Insn = { kind: 'store', size: 8, dst: 10, off: -8, src: { reg: 1 } };

const tables: readonly Table[] = [
  { ways: 1, bits: 1, factors: [3], slots: new Uint32Array(2) },
  { ways: 2, bits: 1, factors: [3, 5], slots: new Uint32Array(4) },
];

/** Each operation of lowered programs, behind the guard that they need; the copy behind it does nothing. */
const loweredForms: readonly LoweredInsn[] = [
  { kind: 'guard', bytes: 64, off: 24 },
  ...([1, 2, 4, 8] as const).flatMap((size): LoweredInsn[] => [
    { kind: 'raw', size, order: 'le', dst: 1, index: undefined, off: 12 },
    store,
    { kind: 'raw', size, order: 'be', dst: 1, index: undefined, off: 12 },
    store,
  ]),
  { kind: 'captured', dst: 1 },
  { kind: 'set', op: 'gt', width: 32, dst: 2, a: 1, b: { imm: 5 } },
  { kind: 'set', op: 'sle', width: 64, dst: 1, a: 1, b: { reg: 2 } },
  { kind: 'raw', size: 4, order: 'le', dst: 2, index: 1, off: 12 },
  { kind: 'lookup', dst: 1, src: 2, table: 0 },
  { kind: 'lookup', dst: 1, src: 1, table: 1 },
  store,
  { kind: 'exit', off: 0 },
  { kind: 'exit', off: 0 },
];

/** Loads of a row, of two places alone and behind an index, comparisons of all kinds, and lookups: what vectors are made of. */
const straightForms: readonly LoweredInsn[] = [
  { kind: 'guard', bytes: 96, off: 27 },
  { kind: 'raw', size: 2, order: 'le', dst: 0, index: undefined, off: 12 },
  { kind: 'set', op: 'eq', width: 32, dst: 0, a: 0, b: { imm: 8 } },
  { kind: 'captured', dst: 1 },
  { kind: 'set', op: 'ge', width: 32, dst: 1, a: 1, b: { imm: 34 } },
  { kind: 'alu', op: 'and', width: 32, dst: 0, src: { reg: 1 } },
  { kind: 'raw', size: 1, order: 'le', dst: 2, index: undefined, off: 14 },
  { kind: 'alu', op: 'and', width: 32, dst: 2, src: { imm: 15 } },
  { kind: 'alu', op: 'lsh', width: 32, dst: 2, src: { imm: 2 } },
  { kind: 'raw', size: 4, order: 'be', dst: 3, index: 2, off: 14 },
  { kind: 'set', op: 'gt', width: 32, dst: 3, a: 3, b: { imm: 5 } },
  { kind: 'alu', op: 'or', width: 32, dst: 0, src: { reg: 3 } },
  { kind: 'raw', size: 8, order: 'le', dst: 4, index: undefined, off: 20 },
  { kind: 'raw', size: 8, order: 'le', dst: 5, index: undefined, off: 41 },
  { kind: 'set', op: 'ne', width: 64, dst: 6, a: 4, b: { reg: 5 } },
  { kind: 'alu', op: 'xor', width: 32, dst: 6, src: { imm: 1 } },
  { kind: 'alu', op: 'and', width: 32, dst: 0, src: { reg: 6 } },
  { kind: 'raw', size: 4, order: 'le', dst: 7, index: undefined, off: 24 },
  { kind: 'set', op: 'sle', width: 32, dst: 8, a: 7, b: { reg: 2 } },
  { kind: 'alu', op: 'or', width: 32, dst: 0, src: { reg: 8 } },
  { kind: 'lookup', dst: 8, src: 7, table: 0 },
  { kind: 'alu', op: 'and', width: 32, dst: 0, src: { reg: 8 } },
  { kind: 'lookup', dst: 8, src: 7, table: 1 },
  { kind: 'alu', op: 'or', width: 32, dst: 0, src: { reg: 8 } },
  { kind: 'alu', op: 'rsh', width: 64, dst: 7, src: { reg: 2 } },
  { kind: 'alu', op: 'xor', width: 32, dst: 0, src: { reg: 7 } },
  { kind: 'alu', op: 'lsh', width: 32, dst: 0, src: { imm: 18 } },
  { kind: 'exit', off: 0 },
  { kind: 'exit', off: 0 },
];

function programOf({ forms }: Section): Program {
  const insns = forms.flatMap(({ insn }): Insn[] => {
    if (leads(insn)) return [{ ...insn, off: insn.kind === 'goto' ? 1 : 0 }]; // nothing is made of a goto to the next
    if (insn.kind !== 'wide') return [insn, ...(computes(insn) ? [store] : [])];
    const isHere = insn.from === 'imm' || insn.from === 'map-index';
    return isHere ? [{ ...insn, low: insn.from === 'imm' ? insn.low : 0 }, { kind: 'wide-end' }, store] : [];
  });
  return new Program([...insns, { kind: 'exit', off: 0 }]);
}

function computes({ kind }: Insn): boolean {
  return kind === 'alu' || kind === 'neg' || kind === 'movsx' || kind === 'swap';
}

type Leading = Insn & { kind: 'jump' | 'goto' | 'may-goto' | 'call-local' };

function leads(insn: Insn): insn is Leading {
  const { kind } = insn;
  return kind === 'jump' || kind === 'goto' || kind === 'may-goto' || kind === 'call-local';
}
