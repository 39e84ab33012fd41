// Definitions of maps that define none: by types, and without them.

import { describe, expect, it } from 'vitest';
import { readElf } from '../src/elf/read.js';
import { BtfWriter } from './btf-writer.js';
import { errorOf } from './elf-damage.js';
import { ElfWriter, flags, types } from './elf-writer.js';
import { object } from './objects.js';

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
});
