// What holds for every object: what is written is read, in both byte orders; and no damage makes anything but a refusal.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { objectText } from '../src/cli/object-file.js';
import type { Insn } from '../src/ebpf/insn.js';
import { type MapType, mapTypes } from '../src/ebpf/map.js';
import { Program } from '../src/ebpf/program.js';
import { target } from '../src/ebpf/structure.js';
import { type ObjectFile, readElf } from '../src/elf/read.js';
import { BtfWriter } from './btf-writer.js';
import { anyInsns } from './ebpf-insns.js';
import { Fields } from './elf-writer.js';
import {
  type FunctionDescription,
  type MapDescription,
  type ObjectDescription,
  object,
  relocations,
} from './objects.js';

/** Instructions that stay inside of their function, and can be decoded. */
const code = anyInsns.map((insns): Insn[] => {
  const inside = insns.map((insn, pc): Insn => {
    const to = target(insn, pc);
    const leads =
      to !== undefined && (to < 0 || to >= insns.length || insn.kind === 'call-local' || insn.kind === 'wide');
    return (leads && insn.kind !== 'wide') || insn.kind === 'call-register' ? { kind: 'exit', off: 0 } : insn;
  });
  return inside.map((insn) => (insn.kind === 'wide' && insn.from === 'code' ? { ...insn, from: 'imm' } : insn));
});

const section = fc.constantFrom('xdp', 'tc', 'socket', 'kprobe/f', '.text', 'of no meaning');
const functions = fc
  .array(fc.record({ section, code, isLocal: fc.boolean() }), { maxLength: 6 })
  .map((list) =>
    list.map(
      ({ code, ...rest }, index): FunctionDescription => ({ ...rest, name: `f${index}`, code: new Program(code) }),
    ),
  );
const word = fc.integer({ min: 0, max: 0xffff_ffff });
const shape = fc.record({ key_size: word, value_size: word, max_entries: word, map_flags: word });
const mapNames = Object.keys(mapTypes) as MapType[];
const maps = fc.array(fc.tuple(fc.constantFrom(...mapNames), shape), { maxLength: 4 });
const licence = fc.option(fc.stringMatching(/^[\x20-\x7e]{0,20}$/), { nil: undefined });
const order = fc.constantFrom('little' as const, 'big' as const);

describe('what is written', () => {
  it('is read', () => {
    fc.assert(
      fc.property(functions, maps, licence, order, (functions, maps, license, order) => {
        const described = maps.map(([type, numbers], index): MapDescription => {
          return { name: `m${index}`, numbers: { type: mapTypes[type], ...numbers } };
        });
        const description = { functions, maps: described, order, ...(license !== undefined && { license }) };
        const read = readElf(object(description), { byteOrder: 'any' });
        expect([read.byteOrder, read.license]).toEqual([order, license ?? '']);
        expect(read.maps).toEqual(
          maps.map(([type, { key_size, value_size, max_entries, map_flags }], index) => ({
            ...{ name: `m${index}`, type, keySize: key_size, valueSize: value_size, maxEntries: max_entries },
            ...{ flags: map_flags, pinned: false, initial: [] },
          })),
        );
        const found = read.programs.map(({ name, program: { insns } }) => [name, insns]);
        expect(found).toEqual(programsOf(functions).map(({ name, code }) => [name, (code as Program).insns]));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('is read again from its listing', () => {
    fc.assert(
      fc.property(functions, (functions) => {
        const read = readElf(object({ functions }));
        for (const each of read.programs) {
          for (const notation of ['linux', 'mnemonic'] as const) {
            expect(Program.parse(objectText(read, [each], notation)).insns).toEqual(each.program.insns);
          }
        }
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});

/** In the order of the file, where functions of a section stand together. */
function programsOf(functions: readonly FunctionDescription[]): readonly FunctionDescription[] {
  const sections = [...new Set(functions.map(({ section }) => section))];
  const inOrder = sections.flatMap((name) => functions.filter(({ section }) => section === name));
  const outside = inOrder.filter(({ section }) => section !== '.text');
  return (outside.length > 0 ? outside : inOrder).filter(({ isLocal }) => isLocal !== true);
}

/** An object with something of everything. */
function everything(order: 'little' | 'big'): Uint8Array {
  const line = { file: 'a.c', text: 'return f(x);', line: 3, column: 8 };
  const description: ObjectDescription = {
    order,
    license: 'GPL',
    functions: [
      {
        name: 'sub',
        section: '.text',
        code: 'r1 = 4 ll; r0 = *(u32 *)(r1 +0); exit',
        refers: [{ slot: 0, to: '.data' }],
      },
      {
        name: 'main',
        section: 'xdp',
        code: 'r1 = 0 ll; call pc-1; r2 = 0 ll; r3 = 0 ll; if r0 == 0 goto pc+1; r0 = 1; exit',
        refers: [
          { slot: 0, to: 'counts' },
          { slot: 2, to: 'sub', type: relocations.call },
          { slot: 3, to: 'sub' },
          { slot: 5, to: 'old' },
        ],
      },
      {
        name: 'open',
        section: 'kprobe/f',
        code: 'call pc-1; r1 += 0; r2 = 4; r3 = 1; r4 = 0; r5 = 32; r0 = 32; exit',
        refers: [{ slot: 0, to: 'kf', type: relocations.call }],
      },
    ],
    maps: [
      {
        name: 'counts',
        numbers: { type: 2, max_entries: 4, pinning: 1 },
        types: (btf) => ({ key: btf.int('u32', 4), value: btf.int('u64', 8) }),
      },
      { name: 'jumps', numbers: { type: 3, key_size: 4, max_entries: 2 }, values: ['main'] },
      {
        name: 'outer',
        numbers: { type: 13, key_size: 4, max_entries: 2 },
        values: ['counts'],
        inner: { type: 2, key_size: 4, value_size: 8, max_entries: 4 },
      },
    ],
    oldMaps: [{ name: 'old', words: [1, 4, 4, 1, 0] }],
    data: { '.data': new Uint8Array(8), '.rodata': Uint8Array.of(1, 2, 3, 4), '.bss': 24 },
    externs: [{ name: 'kf', section: '.ksyms', isFunction: true }],
    lines: {
      xdp: [
        { ...line, offset: 0 },
        { ...line, offset: 24, line: 5 },
      ],
      '.text': [{ ...line, offset: 0 }],
    },
    open: (btf) => {
      const type = btf.struct('s', 4, [['a', btf.int('int', 4), 0]]);
      return { 'kprobe/f': [0, 1, 2, 3, 4, 5].map((kind) => ({ offset: 8 * (kind + 1), kind, type, path: '0:0' })) };
    },
  };
  return object(description);
}

const objects = [everything('little'), everything('big')];

/** Types of a kernel: the structure that `everything` waits for, also with a structure that has no name, and one in a circle. */
function kernelTypes(): Uint8Array {
  const btf = new BtfWriter();
  const int = btf.int('int', 4);
  const inside = btf.add('struct', '', 8, [0, 2, 0, btf.texts.add('a'), int, 35 | (3 << 24)], 2 | 0x8000_0000);
  btf.struct('s', 16, [
    ['', inside, 64],
    ['b', btf.array(int, 2), 0],
  ]);
  btf.add('typedef', 's', int);
  btf.enum('e', [['x', 1]]);
  return btf.bytes();
}

const kernel = kernelTypes();
const interesting = [
  0, 1, 2, 4, 7, 8, 9, 16, 24, 31, 64, 0x7f, 0x80, 0xff, 0xfff1, 0xffff, 0x10000, 0xffffff, 0x7fffffff, 0xffffffff,
];

/** A change of a few bytes somewhere. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  bytes: fc.constantFrom(1, 2, 4, 8),
  value: fc.oneof(fc.constantFrom(...interesting), fc.integer({ min: 0, max: 0xffff_ffff })),
});

const damaged = damagedOf(objects);

function damagedOf(originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      from: fc.constantFrom(...originals),
      changes: fc.array(change, { minLength: 0, maxLength: 4 }),
      cut: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.double({ min: 0, max: 1, noNaN: true })),
    })
    .map(({ from, changes, cut }) => {
      const bytes = Uint8Array.from(from);
      const fields = new Fields(0, from[5] === 2 ? 'big' : 'little', bytes);
      for (const { at, bytes: width, value } of changes) {
        const place = Math.floor((at * (bytes.length - 8)) / width) * width;
        if (width === 1) fields.u8(place, value);
        else if (width === 2) fields.u16(place, value);
        else if (width === 4) fields.u32(place, value);
        else fields.u64(place, value);
      }
      return cut === undefined ? bytes : bytes.subarray(0, Math.floor(cut * bytes.length));
    });
}

/** What is thrown has to be a mistake of the user's. */
function refused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof BpfError) return undefined;
    throw error;
  }
}

describe('damage', () => {
  it('makes nothing but refusals, and programs that are such', () => {
    let whole = 0;
    fc.assert(
      fc.property(damaged, (bytes) => {
        const read: ObjectFile | undefined = refused(() => readElf(bytes, { byteOrder: 'any', kernelTypes: kernel }));
        if (read === undefined) return;
        whole++;
        objectText(read, read.programs, 'linux');
        for (const each of read.programs) {
          const program = refused(() => each.program);
          if (program !== undefined) expect(Program.decode(program.encode()).insns).toEqual(program.insns);
        }
      }),
      { seed: 1, numRuns: 6000 },
    );
    expect(whole).toBeGreaterThan(1000);
  });

  it('of the types of a kernel makes nothing but refusals', () => {
    fc.assert(
      fc.property(damagedOf([kernel]), (types) => {
        refused(() => readElf(objects[0]!, { kernelTypes: types }));
      }),
      { seed: 3, numRuns: 3000 },
    );
  });

  it('is done to an object that the types complete', () => {
    const [open] = readElf(objects[0]!, { kernelTypes: kernel }).programs.filter(({ name }) => name === 'open');
    // A bit field: bits 3 to 5 of the word at 12.
    expect(open!.listing.toString()).toBe('call kfunc 0\nr1 += 12\nr2 = 4\nr3 = 1\nr4 = 0\nr5 = 58\nr0 = 61\nexit');
  });
});
