// What depends on the kernel's types, where these are given.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Program } from '../src/ebpf/program.js';
import { type ObjectProgram, readElf } from '../src/elf/read.js';
import { environment } from '../src/env/lookup.js';
import { verify } from '../src/verify/verify.js';
import { BtfWriter } from './btf-writer.js';
import { object } from './objects.js';

const kinds = {
  ...{ offset: 0, size: 1, exists: 2, signed: 3, shiftLeft: 4, shiftRight: 5, kernelType: 7 },
  ...{ typeExists: 8, typeSize: 9, valueExists: 10, value: 11, typeMatches: 12 },
} as const;

/** What the object thinks; numbers of its types by their names. */
function ownTypes(btf: BtfWriter): Readonly<Record<string, number>> {
  const [int, u64, u8] = [btf.int('int', 4), btf.int('u64', 8), btf.int('u8', 1)];
  const pair = btf.struct('pair', 8, [
    ['a', int, 0],
    ['b', int, 32],
  ]);
  const task = btf.struct('task', 32, [
    ['pid', int, 0],
    ['pair', pair, 32],
    ['list', btf.array(int, 4), 96],
    ['big', u64, 192],
    ['gone', u8, 0],
    ['flag', int, 0],
    ['other', btf.pointer(int), 0],
  ]);
  const old = btf.struct('task___old', 4, [['pid', int, 0]]);
  const colour = btf.enum('colour', [
    ['red', 1],
    ['green___x', 2],
    ['blue', 3],
  ]);
  const pid = btf.add('typedef', 'pid_t', int);
  return {
    task,
    old,
    colour,
    pid,
    missing: btf.struct('missing', 4, [['a', int, 0]]),
    twice: btf.struct('twice', 4, [['a', int, 0]]),
  };
}

/** What the kernel has: members lie elsewhere, some in structures without a name, one is a bit field. */
function kernelTypes(order: 'little' | 'big' = 'little'): Uint8Array {
  const btf = new BtfWriter();
  const [int, u64] = [btf.int('int', 4), btf.int('u64', 8)];
  const signed = btf.add('int', 'long', 8, [(1 << 24) | 64]);
  const pair = btf.struct('pair', 16, [
    ['b', int, 0],
    ['a', int, 64],
  ]);
  const inside = btf.struct('', 16, [['list', btf.array(int, 8), 32]]);
  const either = btf.add('union', '', 40, [btf.texts.add(''), inside, 0], 1);
  const member = (name: string, type: number, bit: number, bits = 0) => [btf.texts.add(name), type, bit | (bits << 24)];
  const members = [
    ...member('', either, 128),
    ...member('pid', btf.add('const', '', btf.add('typedef', 'pid_t', int)), 64),
    ...member('pair', pair, 512),
    ...member('big', signed, 1024),
    ...member('flag', int, 1100, 3),
    ...member('other', u64, 0),
  ];
  btf.add('struct', 'task', 200, members, 6 | 0x8000_0000);
  btf.enum('colour', [
    ['green', 20],
    ['red', 10],
  ]);
  btf.struct('twice', 4, [['a', int, 0]]);
  btf.struct('twice', 8, [['a', int, 32]]);
  return btf.bytes(order);
}

const kernel = kernelTypes();

/** @param slot of the instruction that waits */
function read(code: string, kind: number, type: string, path: string, types?: Uint8Array, slot = 0): ObjectProgram {
  const bytes = object({
    functions: [{ name: 'f', section: 'kprobe/f', code: `${code}; exit` }],
    lines: {},
    open: (btf) => ({ 'kprobe/f': [{ offset: 8 * slot, kind, type: ownTypes(btf)[type]!, path }] }),
  });
  return readElf(bytes, { kernelTypes: types }).programs[0]!;
}

describe('what depends on the kernel', () => {
  it.each<[string, keyof typeof kinds, string, string, string]>([
    ['r1 += 0', 'offset', 'task', '0:0', 'r1 += 8'],
    ['r1 = *(u32 *)(r1 +0)', 'offset', 'task', '0:0', 'r1 = *(u32 *)(r1 +8)'],
    ['*(u32 *)(r1 +8) = r2', 'offset', 'task', '0:1:1', '*(u32 *)(r1 +64) = r2'],
    ['r1 = *(u32 *)(r1 +4)', 'offset', 'task', '0:1:0', 'r1 = *(u32 *)(r1 +72)'],
    ['r1 = 20', 'offset', 'task', '0:2:2', 'r1 = 28'],
    ['r1 = 32', 'offset', 'task', '1:0', 'r1 = 208'], // the element behind: the kernel's is longer
    ['r1 = *(u64 *)(r1 +24)', 'offset', 'task', '0:3', 'r1 = *(u64 *)(r1 +128)'],
    ['r1 = *(u32 *)(r1 +0)', 'offset', 'old', '0:0', 'r1 = *(u32 *)(r1 +8)'],
    ['r1 = 0', 'offset', 'task', '0:5', 'r1 = 136'], // the word that the bit field lies in
    ['r1 = 8', 'size', 'task', '0:3', 'r1 = 8'],
    ['r1 = 16', 'size', 'task', '0:2', 'r1 = 32'],
    ['r1 = 1', 'exists', 'task', '0:2', 'r1 = 1'],
    ['r1 = 1', 'exists', 'task', '0:4', 'r1 = 0'],
    ['r1 = 1', 'exists', 'task', '0:2:3', 'r1 = 1'],
    ['r1 = 1', 'exists', 'task', '0:6', 'r1 = 0'], // a pointer there, a number here
    ['r1 = 1', 'exists', 'missing', '0:0', 'r1 = 0'],
    ['r1 = 0', 'signed', 'task', '0:3', 'r1 = 1'],
    ['r1 = 0', 'signed', 'task', '0:0', 'r1 = 0'],
    ['r1 = 0', 'shiftLeft', 'task', '0:5', 'r1 = 49'], // bits 12 to 14 of the word at 136
    ['r1 = 0', 'shiftRight', 'task', '0:5', 'r1 = 61'],
    ['r1 = 1', 'typeExists', 'task', '0', 'r1 = 1'],
    ['r1 = 1', 'typeExists', 'missing', '0', 'r1 = 0'],
    ['r1 = 1', 'typeExists', 'pid', '0', 'r1 = 1'],
    ['r1 = 32', 'typeSize', 'task', '0', 'r1 = 200'],
    ['r1 = 0 ll', 'kernelType', 'pid', '0', 'r1 = 0x8 ll'],
    ['r1 = 1 ll', 'value', 'colour', '0', 'r1 = 0xa ll'],
    ['r1 = 2 ll', 'value', 'colour', '1', 'r1 = 0x14 ll'],
    ['r1 = 1', 'valueExists', 'colour', '1', 'r1 = 1'],
    ['r1 = 1', 'valueExists', 'colour', '2', 'r1 = 0'],
  ])('is written into %s: %s of %s %s', (code, kind, type, path, expected) => {
    for (const types of [kernel, kernelTypes('big')]) {
      const program = read(code, kinds[kind], type, path, types);
      expect([program.unresolved, program.absent]).toEqual([[], []]);
      expect(program.program.toString()).toBe(Program.parse(`${expected}; exit`).toString());
    }
  });

  it.each<[string, keyof typeof kinds, string, string]>([
    ['r1 += 0', 'offset', 'task', '0:4'],
    ['r1 = *(u32 *)(r1 +0)', 'offset', 'missing', '0:0'],
    ['r1 = 4', 'typeSize', 'missing', '0'],
    ['r1 = 3 ll', 'value', 'colour', '2'],
  ])('and is not there makes a call of it that no kernel knows: %s, %s of %s %s', (code, kind, type, path) => {
    const bare = read(code, kinds[kind], type, path, kernel);
    expect(bare.absent).toMatchObject([{ pc: 0 }]);
    expect(bare.program.insns[0]).toEqual({ kind: 'call-helper', helper: 0xbad2310 });
    expect(bare.program.length).toBe(code.endsWith('ll') ? 3 : 2);
    expect(() => verify(bare.program, environment('kprobe'))).toThrow(expect.objectContaining({ pc: 0 }));
    const size = code.endsWith('ll') ? 2 : 1;
    const guarded = read(`r0 = 0; if r0 == 0 goto pc+${size}; ${code}`, kinds[kind], type, path, kernel, 2);
    expect(guarded.absent).toMatchObject([{ pc: 2 }]);
    expect(verify(guarded.program, environment('kprobe')).processed).toBe(3);
  });

  it.each<[string, keyof typeof kinds, string, string, string]>([
    [
      'r1 += 0',
      'offset',
      'twice',
      '0:0',
      "the offset of 'twice.a' is not the same in all types of the kernel that are called so",
    ],
    ['r1 = 1', 'typeMatches', 'task', '0', "whether the kernel has the same 'task' isn't compared (CO-RE)"],
    ['r1 += 5', 'offset', 'task', '0:0', "the offset of 'task.pid' can't be written into this instruction"],
    ['r1 = r2', 'offset', 'task', '0:0', "the offset of 'task.pid' can't be written into this instruction"],
    ['r1 = *(s32 *)(r1 +0)', 'offset', 'task', '0:6', "the offset of 'task.other'"],
  ])('is told where it can not be completed: %s, %s of %s %s', (code, kind, type, path, message) => {
    const program = read(code, kinds[kind], type, path, kernel);
    const told = [...program.unresolved.map((error) => error.message), ...program.absent.map(({ what }) => what)];
    expect(told).toEqual([message]);
  });

  it('is not known without the types', () => {
    expect(read('r1 += 0', kinds.offset, 'task', '0:0').unresolved[0]!.message).toBe(
      "the offset of 'task.pid' depends on the kernel's types (CO-RE), and none are given (kernelTypes, --kernel-types)",
    );
  });

  it('is refused where a path leads out of the types of the object', () => {
    expect(() => read('r1 += 0', kinds.offset, 'task', '0:77', kernel)).toThrow(
      'the path 0:77 leads to nothing in type',
    );
    expect(() => read('r1 = 0', kinds.value, 'colour', '9', kernel)).toThrow('has no value 9');
    for (const path of ['', 'a', '0:', '99999999999']) {
      expect(() => read('r1 += 0', kinds.offset, 'task', path, kernel)).toThrow(
        'expected a path of members as numbers',
      );
    }
  });
});

describe("the kernel's types", () => {
  it('are bytes, and such types', () => {
    const bytes = object({ functions: [{ name: 'f', section: 'xdp', code: 'exit' }] });
    expect(() => readElf(bytes, { kernelTypes: '/sys/kernel/btf/vmlinux' as never })).toThrow(
      'as a Uint8Array, got string',
    );
    const withTypes = object({ functions: [{ name: 'f', section: 'xdp', code: 'exit' }], lines: {}, open: () => ({}) });
    expect(() => readElf(withTypes, { kernelTypes: new Uint8Array(30) })).toThrow(
      "expected the kernel's types to begin with 0xeb9f",
    );
  });

  const running = '/sys/kernel/btf/vmlinux';
  const skipped = existsSync(running) ? '' : ` (skipped: there is no ${running})`;
  it.skipIf(skipped !== '')(`are those of the running kernel${skipped}`, () => {
    const bytes = object({
      functions: [{ name: 'f', section: 'xdp', code: 'r1 = *(u32 *)(r1 +0); r2 = 1; r0 = 2; exit' }],
      lines: {},
      open: (btf) => {
        const int = btf.int('int', 4);
        const context = btf.struct('xdp_md', 4, [['rx_queue_index', int, 0]]); // which is at 16
        const never = btf.struct('there_is_no_such_structure', 4, [['a', int, 0]]);
        const of = (offset: number, kind: number, type: number, path: string) => ({ offset, kind, type, path });
        return { xdp: [of(0, kinds.offset, context, '0:0'), of(8, kinds.typeExists, never, '0')] };
      },
    });
    const [program] = readElf(bytes, { kernelTypes: readFileSync(running) }).programs;
    expect(program!.program.toString()).toBe('r1 = *(u32 *)(r1 +16)\nr2 = 0\nr0 = 2\nexit');
  });
});
