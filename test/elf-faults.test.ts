// Damaged objects, and what can't be made of whole ones: each is told with what is wrong, and where.

import { describe, expect, it } from 'vitest';
import type { BpfError } from '../src/base/error.js';
import { readElf } from '../src/elf/read.js';
import { BtfWriter } from './btf-writer.js';
import { ElfWriter, Fields, flags, placeOf, types } from './elf-writer.js';
import {
  type FunctionDescription,
  type MapDescription,
  type ObjectDescription,
  object,
  relocations,
} from './objects.js';

function errorOf(read: () => unknown): BpfError {
  try {
    read();
  } catch (error) {
    return error as BpfError;
  }
  throw new Error('nothing was thrown');
}

const main: FunctionDescription = {
  name: 'main',
  section: 'xdp',
  code: 'r1 = 0 ll; call pc-1; exit',
  refers: [
    { slot: 0, to: 'counts' },
    { slot: 2, to: 'helper', type: relocations.call },
  ],
};
const helper: FunctionDescription = { name: 'helper', section: '.text', code: 'r0 = 1; exit', isLocal: true };
const counts: MapDescription = { name: 'counts', numbers: { type: 2, key_size: 4, value_size: 8, max_entries: 4 } };
const lines = { xdp: [{ offset: 0, file: 'a.c', text: 'x', line: 1, column: 1 }] };
const whole: ObjectDescription = { functions: [main, helper], maps: [counts], lines, license: 'GPL' };
const bytes = object(whole);

/** The object with some of its fields changed. */
function changed(change: (fields: Fields, at: typeof place) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  change(new Fields(0, 'little', copy), place);
  return copy;
}

function place(name: string, offset = 0): number {
  return placeOf(bytes, name).content + offset;
}

function header(name: string, offset: number): number {
  return placeOf(bytes, name).header + offset;
}

describe('a damaged object', () => {
  it("is one that is read where it isn't damaged", () => {
    expect(readElf(bytes).programs[0]!.program.length).toBe(6);
  });

  it.each<[string, Uint8Array, BpfError['code'], string]>([
    ['no bytes', new Uint8Array(0), 'encoding', 'expected an ELF file, which begins with 7f 45 4c 46'],
    ['text', Buffer.from('r0 = 0; exit'), 'encoding', 'expected an ELF file, which begins with 7f 45 4c 46'],
    [
      'half a header',
      bytes.subarray(0, 40),
      'encoding',
      'the file header takes bytes 0 to 64 of the file, which has 40',
    ],
    ['32 bits', changed((f) => f.u8(4, 1)), 'unsupported', 'the file is of ELF class 1, expected 2: of 64 bits'],
    ['no byte order', changed((f) => f.u8(5, 3)), 'encoding', 'expected 1 or 2 as byte order of the file, found 3'],
    ['a future version', changed((f) => f.u8(6, 2)), 'unsupported', 'the file is of ELF version 2, expected 1'],
    ['another machine', changed((f) => f.u16(18, 62)), 'unsupported', 'for machine 62 (x86-64), expected 247'],
    [
      'an unknown machine',
      changed((f) => f.u16(18, 9999)),
      'unsupported',
      'the file is for machine 9999, expected 247',
    ],
    ['a program that is linked', changed((f) => f.u16(16, 2)), 'unsupported', 'the file is of type 2, expected 1'],
    [
      'sections outside of the file',
      changed((f) => f.u64(40, 1e9)),
      'encoding',
      'the first section header takes bytes 1000000000',
    ],
    [
      'sections far outside',
      changed((f) => f.u64(40, 2n ** 63n)),
      'encoding',
      'expected a number below 2 ** 53 at byte 40 of the file',
    ],
    [
      'headers of another size',
      changed((f) => f.u16(58, 40)),
      'encoding',
      'expected section headers of 64 bytes, found 40',
    ],
    [
      'too many sections',
      changed((f) => f.u16(60, 0xfff0)),
      'encoding',
      'the table of 65520 section headers takes bytes',
    ],
    ['no section of names', changed((f) => f.u16(62, 99)), 'encoding', 'the names of sections are in section 99 of'],
    [
      'a section outside of the file',
      changed((f) => f.u64(header('xdp', 24), 1e6)),
      'encoding',
      "section 'xdp' takes bytes 1000000",
    ],
    [
      'a section that is too long',
      changed((f) => f.u64(header('xdp', 32), 2n ** 40n)),
      'encoding',
      "section 'xdp' takes bytes 64 to",
    ],
    [
      'a section over another',
      changed((f) => f.u64(header('license', 24), 64)),
      'encoding',
      'overlap at byte 64 of the file',
    ],
    [
      'a name outside of the names',
      changed((f) => f.u32(header('xdp', 0), 1e6)),
      'encoding',
      'the name of section 1 is at byte 1000000 of',
    ],
    [
      "symbols that aren't whole",
      changed((f) => f.u64(header('.symtab', 32), 25)),
      'encoding',
      "entries of 24 bytes in section '.symtab'",
    ],
    [
      'names of symbols nowhere',
      changed((f) => f.u32(header('.symtab', 40), 77)),
      'encoding',
      'the names of symbols are in section 77',
    ],
    [
      'a symbol in no section',
      changed((f, at) => f.u16(at('.symtab', 24 + 6), 88)),
      'encoding',
      "symbol 1 '' is in section 88",
    ],
    [
      'a symbol without a name',
      changed((f, at) => f.u32(at('.symtab', 48), 1e6)),
      'encoding',
      'the name of symbol 2 is at byte',
    ],
    [
      'a relocation of no symbol',
      changed((f, at) => f.u32(at('.relxdp', 12), 99)),
      'encoding',
      "relocation 0 of section '.relxdp' names symbol 99",
    ],
    [
      'a relocation outside',
      changed((f, at) => f.u64(at('.relxdp'), 5000)),
      'encoding',
      "is for byte 5000 of section 'xdp', which has 32",
    ],
    [
      'two relocations for one place',
      changed((f, at) => f.u64(at('.relxdp', 16), 0)),
      'encoding',
      'is the second one for byte 0',
    ],
    [
      'an unknown relocation',
      changed((f, at) => f.u32(at('.relxdp', 8), 42)),
      'encoding',
      'there is no relocation of type 42 for instructions of BPF',
    ],
    [
      'relocations with addends',
      changed((f) => f.u32(header('.relxdp', 4), 4)),
      'unsupported',
      "section '.relxdp' has relocations with addends",
    ],
    [
      'an unknown opcode',
      changed((f, at) => f.u8(at('xdp', 24), 0xff)),
      'encoding',
      "byte 24 of section 'xdp', in function 'main': unknown opcode 0xff",
    ],
    [
      'a function that ends outside',
      changed((f, at) => f.u64(at('.symtab', 48 + 16), 40)),
      'encoding',
      "function 'main' takes bytes 0 to 40 of section 'xdp', which has 32",
    ],
    [
      'a function of half instructions',
      changed((f, at) => f.u64(at('.symtab', 48 + 16), 12)),
      'encoding',
      "function 'main' takes bytes 0 to 12",
    ],
    [
      'types of another kind',
      changed((f, at) => f.u16(at('.BTF'), 1)),
      'encoding',
      "expected section '.BTF' to begin with 0xeb9f",
    ],
    [
      'types of a future version',
      changed((f, at) => f.u8(at('.BTF', 2), 2)),
      'unsupported',
      "section '.BTF' is of version 2, expected 1",
    ],
    [
      'a header of types that is too short',
      changed((f, at) => f.u32(at('.BTF', 4), 8)),
      'encoding',
      "expected a header of 24 bytes at least in section '.BTF', found 8",
    ],
    [
      'types outside of their section',
      changed((f, at) => f.u32(at('.BTF', 12), 1e6)),
      'encoding',
      "the types of section '.BTF' takes bytes 24 to 1000024",
    ],
    [
      'names outside of their section',
      changed((f, at) => f.u32(at('.BTF', 20), 1e6)),
      'encoding',
      "the names of section '.BTF' takes bytes",
    ],
    [
      'a type of an unknown kind',
      changed((f, at) => f.u32(at('.BTF', 28), 25 << 24)),
      'unsupported',
      "type 1 of the types of section '.BTF' is of kind 25",
    ],
    [
      'a type with too many parts',
      changed((f, at) => f.u32(at('.BTF', 28), (4 << 24) | 0xffff)),
      'encoding',
      'type 1 takes bytes 0 to 786432',
    ],
    [
      'lines of another kind',
      changed((f, at) => f.u16(at('.BTF.ext'), 1)),
      'encoding',
      "expected section '.BTF.ext' to begin with 0xeb9f",
    ],
    [
      'records that are too short',
      changed((f, at) => f.u32(at('.BTF.ext', 32), 8)),
      'encoding',
      "expected records of 16 bytes in the table of lines of section '.BTF.ext', found 8",
    ],
    [
      'too many records',
      changed((f, at) => f.u32(at('.BTF.ext', 40), 1e8)),
      'encoding',
      '100000000 records of the table of lines',
    ],
    [
      'a line without a text',
      changed((f, at) => f.u32(at('.BTF.ext', 52), 1e6)),
      'encoding',
      "a line of the source is at byte 1000000 of the names of section '.BTF'",
    ],
  ])('of %s', (_, damaged, code, message) => {
    const error = errorOf(() => readElf(damaged));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  it('tells the instruction of what is wrong with it', () => {
    const error = errorOf(() => readElf(changed((f, at) => f.u32(at('.relxdp', 24), 1))));
    expect(error.message).toBe("a relocation that names 'helper' is for a wide load, and in 'main' is none there");
    expect(error.place).toMatchObject({ name: 'a.c', line: 1, source: 'x' });
  });
});

/** A map that is defined by these types. */
function defined(type: (btf: BtfWriter) => number, size = 8): Uint8Array {
  const [elf, btf] = [new ElfWriter(), new BtfWriter()];
  elf.section('.maps', { bytes: new Uint8Array(8), flags: flags.allocated });
  btf.section('.maps', [[btf.variable('m', type(btf)), 0, size]]);
  elf.section('.BTF', { bytes: btf.bytes() });
  return elf.bytes();
}

function withMembers(members: (btf: BtfWriter) => [string, number][]): Uint8Array {
  return defined((btf) =>
    btf.struct(
      '',
      8,
      members(btf).map(([name, type]) => [name, type, 0]),
    ),
  );
}

describe('the definition of a map', () => {
  it.each<[string, Uint8Array, string]>([
    ['is no structure', defined((btf) => btf.int('int', 4)), "map 'm': type 1 is a int, expected a struct"],
    [
      'lies outside of its section',
      defined((btf) => btf.struct('', 8, []), 80),
      "map 'm': it takes bytes 0 to 80 of section '.maps', which has 8",
    ],
    ['has no type', withMembers((btf) => [['max_entries', btf.number(1)]]), "map 'm': its definition has no type"],
    ['has an unknown type', withMembers((btf) => [['type', btf.number(999)]]), "map 'm': there is no type 999 of maps"],
    [
      'has an unknown member',
      withMembers((btf) => [['colour', btf.number(1)]]),
      "map 'm': its definition has a member 'colour', which isn't known",
    ],
    [
      'has a number that is none',
      withMembers((btf) => [['type', btf.int('int', 4)]]),
      "map 'm': 'type' is a int, expected a pointer",
    ],
    [
      'points to no array',
      withMembers((btf) => [['type', btf.pointer(btf.int('int', 4))]]),
      "map 'm': 'type' points to a int, expected an array",
    ],
    [
      'says two sizes',
      withMembers((btf) => [
        ['key_size', btf.number(4)],
        ['key', btf.pointer(btf.int('u64', 8))],
      ]),
      "map 'm': its key_size is 4, and 8 as well",
    ],
    [
      'has a key without a size',
      withMembers((btf) => [['key', btf.pointer(btf.add('forward', 'x', 0))]]),
      "'x' (forward) has no size",
    ],
    [
      "has values that it can't have",
      withMembers((btf) => [
        ['type', btf.number(2)],
        ['values', btf.array(btf.pointer(0), 0)],
      ]),
      "map 'm': a map of type array has no 'values'",
    ],
    [
      'has values that are no array',
      withMembers((btf) => [['values', btf.pointer(0)]]),
      "map 'm': 'values' is a pointer, expected an array",
    ],
    [
      'has very many members',
      withMembers((btf) => Array.from({ length: 40 }, () => ['type', btf.number(2)])),
      "map 'm': its definition has 40 members",
    ],
    [
      'is pinned somehow',
      withMembers((btf) => [
        ['type', btf.number(2)],
        ['pinning', btf.number(3)],
      ]),
      "map 'm': its pinning is 3, expected 0 or 1",
    ],
    [
      'is a circle of types',
      defined((btf) => btf.add('typedef', 'a', 1)),
      "type 1 of the types of section '.BTF' leads through more than 32 types",
    ],
    [
      'has a key that is a circle',
      withMembers((btf) => [['key', btf.pointer(btf.array(1, 2))]]),
      'leads through more than 32 types',
    ],
    [
      'has a key of many bytes',
      withMembers((btf) => [['key', btf.pointer(btf.array(btf.array(btf.int('u64', 8), 0xffff_ffff), 0xffff_ffff))]]),
      'more than 4294967295',
    ],
    [
      "names a type that isn't there",
      defined(() => 4000),
      "type 4000 is named in the types of section '.BTF', and there are 2",
    ],
    [
      'is no variable',
      (() => {
        const [elf, btf] = [new ElfWriter(), new BtfWriter()];
        elf.section('.maps', { bytes: new Uint8Array(8), flags: flags.allocated });
        btf.section('.maps', [[btf.int('m', 4), 0, 8]]);
        elf.section('.BTF', { bytes: btf.bytes() });
        return elf.bytes();
      })(),
      "map 'm': type 1 is a int, expected a variable",
    ],
  ])('that %s', (_, damaged, message) => {
    const error = errorOf(() => readElf(damaged));
    expect([error.code, error.message]).toEqual(['encoding', expect.stringContaining(message)]);
  });

  it('can not be in the place of another one', () => {
    const [elf, btf] = [new ElfWriter(), new BtfWriter()];
    elf.section('.maps', { bytes: new Uint8Array(8), flags: flags.allocated });
    const type = btf.struct('', 8, [['type', btf.number(2), 0]]);
    btf.section('.maps', [
      [btf.variable('a', type), 0, 8],
      [btf.variable('b', type), 0, 8],
    ]);
    elf.section('.BTF', { bytes: btf.bytes() });
    expect(errorOf(() => readElf(elf.bytes())).message).toBe("map 'b': it begins at byte 0, where map 'a' does");
  });

  it.each<[readonly number[], string]>([
    [[2, 4, 8, 1], "map 'm': expected a definition of 20 bytes at byte 0 of section 'maps'"],
    [[77, 4, 8, 1, 0], "map 'm': there is no type 77 of maps"],
    [[2, 4, 8, 1, 0, 5], "map 'm': byte 20 of its definition means something that isn't known"],
  ])('without types: %j', (words, message) => {
    expect(errorOf(() => readElf(object({ oldMaps: [{ name: 'm', words }] }))).message).toBe(message);
  });

  it('by types that there are none of', () => {
    const elf = new ElfWriter();
    elf.section('.maps', { bytes: new Uint8Array(8), flags: flags.allocated });
    expect(errorOf(() => readElf(elf.bytes())).message).toContain('the object has none of them: compile it with -g');
  });
});

describe('what the object lacks', () => {
  const calls = (name: string, type: number = relocations.call) => [
    {
      name: 'main',
      section: 'xdp',
      code: type === relocations.call ? 'call pc-1; exit' : 'r1 = 0 ll; exit',
      refers: [{ slot: 0, to: name, type }],
    },
  ];

  it.each<[string, ObjectDescription, string]>([
    [
      'a kfunc',
      { functions: calls('bpf_x'), externs: [{ name: 'bpf_x', section: '.ksyms', isFunction: true }] },
      "'bpf_x' is a function of the kernel's (a kfunc)",
    ],
    [
      'a variable of the kernel',
      { functions: calls('jiffies', 1), externs: [{ name: 'jiffies', section: '.ksyms' }] },
      "'jiffies' is a variable of the kernel's (.ksyms)",
    ],
    [
      'a setting',
      { functions: calls('CONFIG_HZ', 1), externs: [{ name: 'CONFIG_HZ', section: '.kconfig' }] },
      "'CONFIG_HZ' is a setting of the kernel (.kconfig)",
    ],
    ['a function', { functions: calls('foo'), externs: [{ name: 'foo' }] }, "'foo' is defined nowhere in the object"],
    [
      'a place for data',
      { functions: calls('other', 1), data: { other: new Uint8Array(4) } },
      "'other' is in section 'other', which is neither of maps nor of global data (.data, .rodata, .bss)",
    ],
  ])('such as %s', (_, description, message) => {
    const [program] = readElf(object(description)).programs;
    const error = errorOf(() => program!.program);
    expect([error.code, error.pc, error.message]).toEqual(['unsupported', 0, expect.stringContaining(message)]);
    expect(error.place).toMatchObject({ source: 'xdp+0x0' });
    expect(program!.unresolved).toHaveLength(1);
  });

  it.each<[number, string, string]>([
    [0, '0:1', "the offset of 'task.pid'"],
    [1, '0:1', "the size of 'task.pid'"],
    [2, '0:0:1', "whether there is 'task.pair.b'"],
    [0, '0:2:3', "the offset of 'task.list.[3]'"],
    [0, '0:9', "the offset of 'task.[9]'"],
    [8, '0', "whether there is 'task'"],
    [9, '0', "the size of 'task'"],
    [7, '0', "the kernel's number of 'task'"],
    [10, '1', "whether there is 'colour.green'"],
    [11, '0', "the value of 'colour.red'"],
    [11, '7', "the value of 'colour.[7]'"],
    [40, '0', "something (40) of 'task'"],
  ])('since it depends on the kernel (kind %i, path %s)', (kind, path, what) => {
    const description: ObjectDescription = {
      functions: [{ name: 'main', section: 'kprobe/f', code: 'r1 = 4; r0 = 0; exit' }],
      lines: { 'kprobe/f': [{ offset: 0, file: 't.c', text: '  pid = task->pid;', line: 7, column: 15 }] },
      open: (btf) => {
        const int = btf.int('int', 4);
        const pair = btf.struct('pair', 8, [
          ['a', int, 0],
          ['b', int, 32],
        ]);
        const task = btf.struct('task', 32, [
          ['pair', pair, 0],
          ['pid', int, 64],
          ['list', btf.array(int, 4), 128],
        ]);
        const colour = btf.enum('colour', [
          ['red', 1],
          ['green', 2],
        ]);
        return { 'kprobe/f': [{ offset: 8, kind, type: kind === 10 || kind === 11 ? colour : task, path }] };
      },
    };
    const [program] = readElf(object(description)).programs;
    expect(program!.unresolved).toHaveLength(1);
    expect(program!.unresolved[0]).toMatchObject({
      code: 'unsupported',
      pc: 1,
      message: `${what} depends on the kernel's types (CO-RE), and none are given (kernelTypes, --kernel-types)`,
      place: { name: 't.c', line: 7, source: '  pid = task->pid;', start: 14, end: 17 },
    });
  });

  it('is nothing where it is the number of a type in the object itself', () => {
    const open = (btf: BtfWriter) => ({ xdp: [{ offset: 0, kind: 6, type: btf.int('int', 4), path: '0' }] });
    const [program] = readElf(
      object({ functions: [{ name: 'f', section: 'xdp', code: 'r1 = 1; exit' }], lines: {}, open }),
    ).programs;
    expect(program!.unresolved).toEqual([]);
  });

  it('leaves the other programs of an object whole', () => {
    const functions = [...calls('foo'), { name: 'fine', section: 'tc', code: 'r0 = 0; exit' }];
    const [, fine] = readElf(object({ functions, externs: [{ name: 'foo' }] })).programs;
    expect(fine!.program.toString()).toBe('r0 = 0\nexit');
  });

  it('is an address that data holds', () => {
    const elf = new ElfWriter();
    const code = Uint8Array.from(Buffer.from(`${'1801'.padEnd(32, '0')}9500000000000000`, 'hex'));
    const xdp = elf.section('xdp', { bytes: code, flags: flags.allocated | flags.executable });
    const data = elf.section('.data', { bytes: new Uint8Array(16), flags: flags.allocated | flags.write });
    const table = elf.symbol('table', { section: data, type: 1 });
    elf.symbol('main', { section: xdp, size: 24 });
    elf.relocate(xdp, { offset: 0, symbol: table, type: relocations.wide });
    elf.relocate(data, { offset: 8, symbol: table, type: relocations.data64 });
    const [program] = readElf(elf.bytes()).programs;
    expect(errorOf(() => program!.program).message).toBe(
      "byte 8 of section '.data' is the address of 'table', which data can't hold",
    );
  });
});

describe('what leads nowhere', () => {
  const read = (functions: readonly FunctionDescription[]) => errorOf(() => readElf(object({ functions })));

  it('is told of calls and of jumps', () => {
    const inside = [{ name: 'f', section: 'xdp', code: 'call pc+0; exit' }];
    expect(read(inside).message).toBe("a call leads to byte 8 of section 'xdp', where no function begins");
    const functions = ['goto pc+2; exit', 'r0 = 0; exit'].map((code, index) => ({
      name: `f${index}`,
      section: 'xdp',
      code,
    }));
    expect(read(functions).message).toBe("a jump of function 'f0' leads out of it");
  });

  it('is told of functions that overlap', () => {
    const elf = new ElfWriter();
    const xdp = elf.section('xdp', { bytes: new Uint8Array(32), flags: flags.allocated | flags.executable });
    elf.symbol('one', { section: xdp, size: 24 });
    elf.symbol('two', { section: xdp, value: 16, size: 16 });
    expect(errorOf(() => readElf(elf.bytes())).message).toBe("functions 'one' and 'two' of section 'xdp' overlap");
  });
});

describe('what is too much', () => {
  it('is not gone through byte by byte', () => {
    const [elf, btf] = [new ElfWriter(), new BtfWriter()];
    elf.section('.maps', { type: types.nobits, size: 2 ** 50, flags: flags.allocated });
    const type = btf.struct('', 8, [
      ['type', btf.number(3), 0],
      ['values', btf.array(btf.pointer(0), 0), 0],
    ]);
    btf.section('.maps', [
      [btf.variable('a', type), 0, 8],
      [btf.variable('b', type), 0xffff_0000, 8],
    ]);
    elf.section('.BTF', { bytes: btf.bytes() });
    expect(readElf(elf.bytes()).maps).toHaveLength(2);
  });

  it('is refused before it takes memory', () => {
    const huge = object({ data: { '.bss': 2 ** 40 } });
    expect(errorOf(() => readElf(huge))).toMatchObject({
      code: 'limit',
      message: expect.stringContaining("section '.bss' takes 1099511627776 bytes"),
    });
    const long: FunctionDescription = { name: 'long', section: '.text', code: `${'r0 = 0; '.repeat(20_000)}exit` };
    const many = Array.from({ length: 60 }, (_, index): FunctionDescription => {
      return {
        name: `p${index}`,
        section: 'xdp',
        code: 'call pc-1; exit',
        refers: [{ slot: 0, to: 'long', type: relocations.call }],
      };
    });
    const error = errorOf(() => readElf(object({ functions: [long, ...many] })));
    expect(error).toMatchObject({
      code: 'limit',
      message: 'the programs of the object have more than 1000000 instructions in all',
    });
  });
});
