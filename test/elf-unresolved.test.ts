// What a whole object doesn't say of its programs, since only a running kernel, or nobody, does: each place is told with the reason.

import { describe, expect, it } from 'vitest';
import { readElf } from '../src/elf/read.js';
import type { BtfWriter } from './btf-writer.js';
import { errorOf } from './elf-damage.js';
import { ElfWriter, flags } from './elf-writer.js';
import { type ObjectDescription, object, relocations } from './objects.js';

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
    [
      'a function',
      { functions: calls('foo'), externs: [{ name: 'foo' }] },
      "'foo' is defined nowhere in the object, and programs have no library",
    ],
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
