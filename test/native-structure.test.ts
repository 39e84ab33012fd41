// What machine code is refused of: the native part looks at the structure of what it is given again, whoever has looked before.

import { describe, expect, it } from 'vitest';
import { native } from '../lib/native.js';
import { fromHex } from '../src/base/hex.js';
import { nativeMissing } from '../src/run/native.js';

const none = new Uint8Array();
const { addon } = native;

const plain = {
  input: 'memory',
  packetLoads: false,
  packetAccess: 'none',
  networkHeader: 0,
  isWritable: true,
} as const;
const nowhere = new Uint32Array();
const context = { bytes: 0, lengths: nowhere, protocols: nowhere, starts: nowhere, ends: nowhere };

function compiled(program: unknown, options: object = {}): unknown {
  const world = addon!.environment({ ...plain, context });
  return Reflect.apply(addon!.compile, addon, [program, world, options]);
}

/** Of bytes, each slot with nothing left uninitialised. */
function unproved(hex: string, options: object = {}): unknown {
  const wire = fromHex(hex.replaceAll(' ', ''));
  return compiled(wire, { uninitialised: new Uint8Array(Math.ceil(wire.length / 8)), ...options });
}

function lowered(hex: string, tables: readonly Uint32Array[] = []): unknown {
  return compiled(addon!.prove(fromHex(hex.replaceAll(' ', '')), none, none), { tables });
}

const exit = '9500000000000000';
const unknown = 'unknown instruction';
const register = 'expected a register from r0 to r10';
const map = 'a reference to a map leads nowhere';
const kind = "a wide load of this kind can't be run here";
const away = 'a jump leaves the program';

/** The bytes of the first instruction, an exit follows; what is said, and of which slot. */
const wrong: readonly (readonly [what: string, hex: string, message: string, pc: number])[] = [
  ['no bytes', '', 'expected a whole number of instructions of 8 bytes', 0],
  ['half an instruction', '95000000', 'expected a whole number of instructions of 8 bytes', 0],
  ['an operation of arithmetic that is none', 'e700000000000000', unknown, 0],
  ['an addition at an offset', '0700010000000000', unknown, 0],
  ['a move of a constant with a sign', 'b700080000000000', unknown, 0],
  ['a move of 7 bits', 'bf21070000000000', unknown, 0],
  ['a move of 32 bits to 32 bits', 'bc21200000000000', unknown, 0],
  ['a cast of 32 bits', 'bc21010000000000', unknown, 0],
  ['a negation with a register', '8f10000000000000', unknown, 0],
  ['a swap of 8 bits', 'd700000008000000', unknown, 0],
  ['a swap of 64 bits from a register', 'df00000010000000', unknown, 0],
  ['a jump that is none', 'f500000000000000', unknown, 0],
  ['a jump by a register', '0d00000000000000', unknown, 0],
  ['a call of a fourth kind', '8530000001000000', unknown, 0],
  ['a call of 32 bits', '8600000001000000', unknown, 0],
  ['an exit of 32 bits', '9600000000000000', unknown, 0],
  ['an exit with a register', '9d00000000000000', unknown, 0],
  ['a may_goto of 32 bits', 'e600000000000000', unknown, 0],
  ['a may_goto with a register', 'ed00000000000000', unknown, 0],
  ['a wide load of a seventh source', '1870000000000000 0000000000000000', unknown, 0],
  ['a wide load of 32 bits', '0000000000000000', unknown, 0],
  ['a packet load of 64 bits', '3800000000000000', unknown, 0],
  ['a packet load of 64 bits by a register', '5800000000000000', unknown, 0],
  ['a packet load of no mode', '6000000000000000', unknown, 0],
  ['a load of 64 bits with a sign', '9910000000000000', unknown, 0],
  ['a load of no mode', '2110000000000000', unknown, 0],
  ['a store of no mode', '2200000000000000', unknown, 0],
  ['an atomic operation with a constant', 'c200000000000000', unknown, 0],
  ['an atomic operation that is none', 'db1000000f000000', unknown, 0],
  ['an atomic addition of one byte', 'd310000000000000', unknown, 0],
  ['an exchange that fetches nothing', 'db100000e0000000', unknown, 0],
  ['a guard', 'f500010001000000', unknown, 0],
  ['a lookup', 'f410000000000000', unknown, 0],
  ['a wide load at the end', `${exit} 1800000000000000`, 'a wide load lacks its second half', 1],
  [
    'a wide load with an opcode in its second half',
    `1800000000000000 ${exit}`,
    'the second half of a wide load has an opcode',
    0,
  ],
  ['a register beyond r10 that is written', 'b70b000000000000', register, 0],
  ['a register beyond r10 that is read', '7bb1000000000000', register, 0],
  ['r10, written', 'b70a000000000000', "r10 can't be written", 0],
  ['a map that is not there', '1850000000000000 0000000000000000', map, 0],
  ["a map's value that is not there", '1860000000000000 0000000000000000', map, 0],
  ['a map with a number below 0', '18500000ffffffff 0000000000000000', map, 0],
  ['a map by its file descriptor', '1810000000000000 0000000000000000', kind, 0],
  ["a map's value by its file descriptor", '1820000000000000 0000000000000000', kind, 0],
  ['a variable of the kernel', '1830000000000000 0000000000000000', kind, 0],
  ['the address of a function', '1840000000000000 0000000000000000', kind, 0],
  ['a jump behind the end', '0500010000000000', away, 0],
  ['a jump before the start', '1500feff00000000', away, 0],
  ['a long jump behind the end', '0600000001000000', away, 0],
  ['a may_goto behind the end', 'e500010000000000', away, 0],
  ['a call behind the end', '8510000001000000', away, 0],
  ['a jump into a wide load', '0500010000000000 1800000000000000 0000000000000000', 'a jump leads into a wide load', 0],
];

describe.skipIf(nativeMissing() !== undefined)('machine code', () => {
  it.each([...wrong])('is refused of %s', (_, hex, message, pc) => {
    const isWhole = hex.length >= 16 && !hex.endsWith('1800000000000000');
    expect(() => unproved(isWhole ? hex + exit : hex)).toThrow(expect.objectContaining({ message, pc }));
  });

  it('is listed for another processor, and not made for it', () => {
    const other = process.arch === 'x64' ? 'arm64' : 'x64';
    expect(() => unproved(exit, { processor: other })).toThrow('no machine code can be made for this system');
    expect(compiled(addon!.prove(fromHex(exit), none, none), {})).toBeTypeOf('object');
  });

  it('is made of a million instructions at the most', () => {
    const wire = Buffer.alloc(8 * 1_000_001, fromHex(exit));
    const one = { uninitialised: new Uint8Array(1) };
    expect(() => compiled(wire, one)).toThrow('expected at most 1000000 instructions');
    expect(() => compiled(wire.subarray(8), one)).toThrow('expected a byte for each slot');
  });

  it('is refused where there are not as many bytes as slots', () => {
    const wire = fromHex(exit);
    const load = fromHex(`7911000000000000${exit}`);
    const prove = (bytes: Uint8Array, facts: number, parts: readonly number[]) =>
      compiled(addon!.prove(bytes, new Uint8Array(facts), Uint8Array.from(parts)));
    expect(() => unproved(exit, { uninitialised: new Uint8Array(2) })).toThrow('expected a byte for each slot');
    expect(() => prove(wire, 2, [])).toThrow('expected facts of each slot');
    expect(() => prove(wire, 1, [0, 0])).toThrow('expected a part of the packet for each slot');
    expect(() => prove(load, 2, [5, 0])).toThrow(
      expect.objectContaining({ message: 'expected a load of a part of the packet', pc: 0 }),
    );
    expect(() => prove(load, 2, [1, 1])).toThrow(
      expect.objectContaining({ message: 'expected a load of a part of the packet', pc: 1 }),
    );
  });

  const guard = 'f500010001000000';
  const slots = (ways: number, bits: number, count: number) =>
    Uint32Array.of(ways, bits, 0, 0, ...new Uint32Array(count));
  const wrongTables = 'expected tables of 2^bits slots a way';
  const wrongLowered: readonly (readonly [what: string, hex: string, message: string, pc: number, Uint32Array[]])[] = [
    ['a guard with a register', `fd00010001000000 ${exit}${exit}`, unknown, 0, []],
    ['a guard of 32 bits', `f600010001000000 ${exit}${exit}`, unknown, 0, []],
    ['a guard that leads back', `f500ffff01000000 ${exit}`, 'expected a guard that leads on', 0, []],
    ['a second guard', `${guard} ${guard} ${exit}${exit}`, 'expected the guard at the start', 1, []],
    ['a call of a function', `8510000000000000 ${exit}`, 'a lowered program calls no function of its own', 0, []],
    ['a comparison with r11', `ec1000000b000000 ${exit}`, unknown, 0, []],
    ['a comparison with a register below r0', `ec100000ffffffff ${exit}`, unknown, 0, []],
    ['a comparison that is none', `e4100f0001000000 ${exit}`, unknown, 0, []],
    ['an addition of 32 bits at an offset', `0400010000000000 ${exit}`, unknown, 0, []],
    ['a lookup of 64 bits', `f710000000000000 ${exit}`, unknown, 0, []],
    ['a load of no mode', `2110000000000000 ${exit}`, unknown, 0, []],
    ['a lookup without its table', `b410000000000000 f410000000000000 ${exit}`, 'a lookup has no table', 1, []],
    [
      'a lookup in a table below 0',
      `b410000000000000 f4100000ffffffff ${exit}`,
      'a lookup has no table',
      1,
      [slots(1, 1, 2)],
    ],
    ['a table of no ways', exit, wrongTables, 0, [slots(0, 1, 0)]],
    ['a table of three ways', exit, wrongTables, 0, [slots(3, 1, 6)]],
    ['a table of no bits', exit, wrongTables, 0, [slots(1, 0, 1)]],
    ['a table of 25 bits', exit, wrongTables, 0, [slots(1, 25, 2)]],
    ['a table with a slot too few', exit, wrongTables, 0, [slots(2, 1, 3)]],
  ];
  it.each([...wrongLowered])('is refused of a lowered program with %s', (_, hex, message, pc, tables) => {
    expect(() => lowered(hex, tables)).toThrow(expect.objectContaining({ message, pc }));
  });

  it('takes arrays of no other kind than it wants', () => {
    const bytes = new Uint8Array(24) as Uint8Array;
    expect(() => Reflect.apply(lowered, undefined, [exit, [bytes]])).toThrow('expected a Uint32Array');
    expect(() => lowered(exit, [Uint32Array.of(1, 1, 0)])).toThrow('expected tables with a head');
    expect(() => compiled(new Uint32Array(2), { uninitialised: new Uint8Array(1) })).toThrow('expected a Uint8Array');
    expect(() => unproved(exit, { uninitialised: new Uint32Array(1) })).toThrow('expected a Uint8Array');
    expect(() => unproved(exit, { maps: [new Uint32Array(64)] })).toThrow('expected a Uint8Array');
    expect(() => unproved(exit, { maps: [new Uint8Array(7)] })).toThrow('expected the buffer of a map');
    expect(() => Reflect.apply(addon!.prove, addon, [bytes, bytes, nowhere])).toThrow('expected a Uint8Array');
    expect(() => compiled('program')).toThrow('expected a proof, or bytes and what they leave uninitialised');
    expect(() => compiled(fromHex(exit))).toThrow('expected a proof, or bytes and what they leave uninitialised');
  });

  it.each([
    ['another input', { input: 'disk' }, "expected input to be 'packet', 'context' or 'memory'"],
    ['another access', { packetAccess: 'all' }, "expected packetAccess to be 'none', 'read' or 'write'"],
    ['a field behind the context', { lengths: Uint32Array.of(61) }, 'expected a context whose fields lie inside of it'],
    ['a field at the end', { ends: Uint32Array.of(0xffff_ffff) }, 'expected a context whose fields lie inside of it'],
    ['too large a context', { bytes: (1 << 20) + 1 }, 'expected a context whose fields lie inside of it'],
    ['fields that are bytes', { starts: new Uint8Array(4) }, 'expected a Uint32Array'],
  ])('is made for no environment with %s', (_, changes, message) => {
    const options = { ...plain, input: 'packet', context: { ...context, bytes: 64, ...changes }, ...changes };
    expect(() => Reflect.apply(addon!.environment, addon, [options])).toThrow(message);
  });
});
