// Objects that are written by hand (objects.ts) and read back.

import { describe, expect, it } from 'vitest';
import { readElf } from '../src/elf/read.js';
import { environment } from '../src/env/lookup.js';
import { load } from '../src/run/load.js';
import { BpfMap } from '../src/run/map/map.js';
import { verify } from '../src/verify/verify.js';
import { BtfWriter } from './btf-writer.js';
import { ElfWriter, flags, symbolTypes } from './elf-writer.js';
import { object, relocations } from './objects.js';

const lookUp =
  'r1 = 0 ll; r2 = r10; r2 += -4; *(u32 *)(r10 -4) = 1; call 1; if r0 == 0 goto pc+2; r0 = *(u64 *)(r0 +0); exit; r0 = 7; exit';
const counts = { name: 'counts', numbers: { type: 2, key_size: 4, value_size: 8, max_entries: 4 } };

describe('an object with one program', () => {
  const bytes = object({
    license: 'Dual MIT/GPL',
    functions: [{ name: 'drop', section: 'xdp', code: 'r0 = 1; exit' }],
  });

  it('says what the program is', () => {
    const { license, byteOrder, programs, maps } = readElf(bytes);
    expect([license, byteOrder, maps]).toEqual(['Dual MIT/GPL', 'little', []]);
    expect(programs).toMatchObject([
      { name: 'drop', section: 'xdp', type: 'xdp', attach: 'xdp', flags: 0, license: 'Dual MIT/GPL', unresolved: [] },
    ]);
    expect(programs[0]!.program.toString()).toBe('r0 = 1\nexit');
  });

  it('gives what environment and verify want to know', () => {
    const [program] = readElf(bytes).programs;
    const verified = verify(program!.program, environment(program!.type!, program), program);
    expect(load(verified).run(new Uint8Array(60))).toBe(1);
  });

  it('tells by the byte of its section where an instruction is, for want of lines', () => {
    const [program] = readElf(
      object({ functions: [{ name: 'f', section: 'xdp', code: 'r0 = 1; r0 = r5; exit' }] }),
    ).programs;
    expect(() => verify(program!.program, environment('xdp'))).toThrow(
      expect.objectContaining({ pc: 1, place: { source: 'xdp+0x8', start: 0, end: 7 } }),
    );
  });
});

describe('the programs of an object', () => {
  it('are the global functions of all sections but .text', () => {
    const { programs } = readElf(
      object({
        functions: [
          { name: 'in_text', section: '.text', code: 'r0 = 3; exit' },
          { name: 'one', section: 'xdp', code: 'r0 = 1; exit' },
          { name: 'own', section: 'xdp', code: 'r0 = 4; exit', isLocal: true },
          { name: 'two', section: 'tc', code: 'r0 = 2; exit' },
        ],
      }),
    );
    expect(programs.map(({ name, type }) => [name, type])).toEqual([
      ['one', 'xdp'],
      ['two', 'sched_cls'],
    ]);
  });

  it('are those of .text where there is no other section', () => {
    const { programs } = readElf(object({ functions: [{ name: 'main', section: '.text', code: 'r0 = 3; exit' }] }));
    expect(programs).toMatchObject([{ name: 'main', section: '.text', type: undefined }]);
  });

  it('have the functions that they call behind them, each once', () => {
    const { programs } = readElf(
      object({
        functions: [
          { name: 'unused', section: '.text', code: 'r0 = 9; exit' },
          { name: 'outer', section: '.text', code: 'r6 = r1; call pc+3; r0 += r6; exit', isLocal: true },
          { name: 'between', section: '.text', code: 'exit' },
          { name: 'inner', section: '.text', code: 'r0 = 5; exit', isLocal: true },
          {
            name: 'main',
            section: 'socket',
            // the first call names a function, the second its section and how far it is into that
            code: 'r1 = 2; call pc-1; r1 = r0; call pc+1; exit',
            refers: [
              { slot: 1, to: 'outer', type: relocations.call },
              { slot: 3, to: '.text', type: relocations.call },
            ],
          },
        ],
      }),
    );
    const [main] = programs;
    expect(main!.functions).toEqual([
      { name: 'main', start: 0 },
      { name: 'outer', start: 5 },
      { name: 'inner', start: 9 },
    ]);
    expect(main!.program.toString()).toBe(
      'r1 = 2\ncall pc+3\nr1 = r0\ncall pc+1\nexit\nr6 = r1\ncall pc+2\nr0 += r6\nexit\nr0 = 5\nexit',
    );
  });
});

describe('maps', () => {
  it('are defined by types', () => {
    const { maps } = readElf(
      object({
        maps: [
          { name: 'sizes', numbers: { type: 1, key_size: 16, value_size: 24, max_entries: 8, map_flags: 1 } },
          {
            name: 'typed',
            numbers: { type: 1, max_entries: 2, pinning: 1 },
            types: (btf) => {
              const [u8, u64] = [btf.int('u8', 1), btf.int('u64', 8)];
              const pair = btf.struct('pair', 16, [
                ['a', u64, 0],
                ['b', btf.pointer(u8), 64],
              ]);
              return {
                key: btf.add('const', '', btf.add('typedef', 'key_t', btf.array(btf.array(u8, 3), 4))),
                value: pair,
              };
            },
          },
          { name: 'records', numbers: { type: 27, max_entries: 4096 } },
        ],
      }),
    );
    expect(maps).toEqual([
      { name: 'sizes', type: 'hash', keySize: 16, valueSize: 24, maxEntries: 8, flags: 1, pinned: false, initial: [] },
      { name: 'typed', type: 'hash', keySize: 12, valueSize: 16, maxEntries: 2, flags: 0, pinned: true, initial: [] },
      {
        name: 'records',
        type: 'ringbuf',
        keySize: 0,
        valueSize: 0,
        maxEntries: 4096,
        flags: 0,
        pinned: false,
        initial: [],
      },
    ]);
  });

  it('lie where their symbols are, whatever the types say', () => {
    const [elf, btf] = [new ElfWriter(), new BtfWriter()];
    const section = elf.section('.maps', { bytes: new Uint8Array(24), flags: flags.allocated });
    const of = (type: number) => btf.struct('', 8, [['type', btf.number(type), 0]]);
    btf.section('.maps', [
      [btf.variable('a', of(1)), 0, 8],
      [btf.variable('b', of(2)), 0, 8],
    ]); // as before relocation
    elf.section('.BTF', { bytes: btf.bytes() });
    elf.symbol('a', { section, value: 16, type: symbolTypes.object });
    elf.symbol('b', { section, value: 8, type: symbolTypes.object });
    expect(readElf(elf.bytes()).maps.map(({ name }) => name)).toEqual(['b', 'a']);
  });

  it('are defined by symbols of the section maps', () => {
    const oldMaps = [
      { name: 'one', words: [2, 4, 8, 16, 0] },
      { name: 'two', words: [1, 6, 2, 32, 1, 0, 0] },
    ];
    const functions = [{ name: 'f', section: 'xdp', code: lookUp, refers: [{ slot: 0, to: 'two' }] }];
    const { maps, programs } = readElf(object({ oldMaps, functions }));
    expect(maps).toMatchObject([
      { name: 'one', type: 'array', keySize: 4, valueSize: 8, maxEntries: 16, flags: 0 },
      { name: 'two', type: 'hash', keySize: 6, valueSize: 2, maxEntries: 32, flags: 1 },
    ]);
    expect(programs[0]!.program.toString()).toContain('r1 = map[idx:1]\n');
  });

  it('of programs and of maps say what is in them at the start', () => {
    const { maps } = readElf(
      object({
        functions: [{ name: 'next', section: 'xdp', code: 'r0 = 1; exit' }],
        maps: [
          { name: 'leaf', numbers: { type: 2, key_size: 4, value_size: 8, max_entries: 1 } },
          { name: 'jumps', numbers: { type: 3, key_size: 4, max_entries: 3 }, values: [undefined, 'next'] },
          {
            name: 'outer',
            numbers: { type: 12, key_size: 4, max_entries: 2 },
            values: ['leaf'],
            inner: { type: 2, key_size: 4, value_size: 8, max_entries: 1 },
          },
        ],
      }),
    );
    expect(maps[1]).toMatchObject({ type: 'prog_array', valueSize: 4, initial: [{ index: 1, name: 'next' }] });
    expect(maps[2]).toMatchObject({
      type: 'array_of_maps',
      valueSize: 4,
      inner: { type: 'array', keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 },
      initial: [{ index: 0, name: 'leaf' }],
    });
  });

  it('are what programs look values up in', () => {
    const functions = [{ name: 'f', section: 'xdp', code: lookUp, refers: [{ slot: 0, to: 'counts' }] }];
    const [program] = readElf(object({ maps: [counts], functions })).programs;
    for (const engine of ['interpreter', 'auto'] as const) {
      const maps = program!.program.maps.map((spec) => new BpfMap(spec).set(1, Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0)));
      expect(load(verify(program!.program, environment('xdp')), { maps, engine }).run(new Uint8Array(60))).toBe(0x103);
    }
  });
});

describe('global data', () => {
  const code = `r1 = 0 ll; r0 = *(u32 *)(r1 +0); r2 = 4 ll; r3 = *(u32 *)(r2 +0); r0 += r3
    r4 = 8 ll; r5 = *(u64 *)(r4 +0); r5 += 1; *(u64 *)(r4 +0) = r5; r0 += r5; exit`;
  const description = {
    functions: [
      {
        name: 'sum',
        section: 'xdp',
        code,
        refers: [
          { slot: 0, to: 'limit' }, // a variable that the linker sees: its symbol is where it is
          { slot: 3, to: '.data' }, // one that it doesn't: the section, and the instruction says how far it is into that
          { slot: 7, to: '.bss' },
        ],
      },
    ],
    data: {
      '.rodata': Uint8Array.of(9, 9, 9, 9, 1, 2, 0, 0),
      '.data': Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0),
      '.bss': 16,
    },
    variables: [
      { name: 'total', section: '.bss', offset: 8, size: 8 },
      { name: 'first', section: '.bss', offset: 0, size: 4 },
      { name: 'outside', section: '.bss', offset: 12, size: 8 },
      { name: 'limit', section: '.rodata', offset: 4 },
    ],
  };
  const { maps, programs } = readElf(object(description));

  it('is an array of one value for each section', () => {
    const shape = { type: 'array', keySize: 4, maxEntries: 1 };
    expect(maps).toMatchObject([
      { ...shape, name: '.rodata', valueSize: 8, flags: 0x80 },
      { ...shape, name: '.data', valueSize: 8, flags: 0 },
      { ...shape, name: '.bss', valueSize: 16, flags: 0, entries: [] },
    ]);
    expect(maps[0]!.entries).toEqual([{ key: new Uint8Array(4), value: description.data['.rodata'] }]);
    expect(maps.map(({ variables }) => variables)).toEqual([
      [],
      [],
      [
        { name: 'first', offset: 0, size: 4 },
        { name: 'total', offset: 8, size: 8 },
      ],
    ]);
  });

  it('begins as the object says, and is kept from run to run', () => {
    const { program } = programs[0]!;
    expect(program.toString()).toContain('r2 = map[idx:1][0]+4');
    for (const engine of ['interpreter', 'auto'] as const) {
      const sum = load(verify(program, environment('xdp')), { engine, maps: maps.map((spec) => new BpfMap(spec)) });
      expect([1, 2].map(() => sum.run(new Uint8Array(60)))).toEqual([0x201 + 0x10000 + 1, 0x201 + 0x10000 + 2]);
    }
  });

  it('that is only read is known to the verifier', () => {
    const text = 'r1 = 0 ll; r0 = *(u32 *)(r1 +4); exit';
    const functions = [{ name: 'f', section: 'cgroup/dev', code: text, refers: [{ slot: 0, to: '.rodata' }] }];
    const [known, wrong] = [1, 2].map((value) => {
      const bytes = object({ functions, data: { '.rodata': Uint8Array.of(0, 0, 0, 0, value, 0, 0, 0) } });
      return readElf(bytes).programs[0]!.program;
    });
    const { result } = verify(known!, environment('cgroup_device'));
    expect(result).toEqual({ min: 1n, max: 1n });
    expect(() => verify(wrong!, environment('cgroup_device'))).toThrow('r0');
  });
});

describe('lines', () => {
  const line = { file: '/src/prog.c', text: '\treturn *data;', line: 12, column: 9 };
  const lines = {
    xdp: [
      { ...line, offset: 0, text: 'int f() {', line: 10, column: 1 },
      { ...line, offset: 8 },
    ],
  };
  const bytes = object({
    lines,
    functions: [{ name: 'f', section: 'xdp', code: 'r0 = 0; r0 = *(u8 *)(r2 +0); exit' }],
  });

  it('are the places of instructions', () => {
    const { spans } = readElf(bytes).programs[0]!.program.origin!;
    const here = { source: '\treturn *data;', name: '/src/prog.c', line: 12, start: 8, end: 9 };
    expect(spans).toEqual([{ source: 'int f() {', name: '/src/prog.c', line: 10, start: 0, end: 3 }, here, here]);
  });

  it('are where a refusal points at', () => {
    const [program] = readElf(bytes).programs;
    expect(() => verify(program!.program, environment('xdp'))).toThrow(
      expect.objectContaining({
        pc: 1,
        place: { source: '\treturn *data;', name: '/src/prog.c', line: 12, start: 8, end: 9 },
      }),
    );
  });

  it('before the function are not of it', () => {
    const functions = ['one', 'two'].map((name) => ({ name, section: 'xdp', code: 'r0 = 0; exit' }));
    const [, two] = readElf(object({ functions, lines: { xdp: lines.xdp.slice(0, 1) } })).programs;
    expect(two!.program.origin!.spans[0]).toEqual({ source: 'xdp+0x10', start: 0, end: 8 });
  });
});

describe('an object for big-endian machines', () => {
  const functions = [{ name: 'f', section: 'xdp', code: lookUp, refers: [{ slot: 0, to: 'counts' }] }];
  const lines = { xdp: [{ offset: 0, file: 'a.c', text: 'x', line: 1, column: 1 }] };
  const bytes = object({ order: 'big', maps: [counts], functions, lines, license: 'GPL' });

  it('is refused, since programs run with the memory of a little-endian one', () => {
    expect(() => readElf(bytes)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it('is read where that is asked for, and is the same', () => {
    const little = readElf(object({ maps: [counts], functions, lines, license: 'GPL' }));
    const big = readElf(bytes, { byteOrder: 'any' });
    expect(big).toEqual({ ...little, byteOrder: 'big' });
    expect(big.programs[0]!.program.encode()).toEqual(little.programs[0]!.program.encode());
  });
});
