// Damaged tables of symbols, and relocations that are about nothing.

import { describe, expect, it } from 'vitest';
import { readElf } from '../src/elf/read.js';
import { changed, type Damage, errorOf, header, isTold } from './elf-damage.js';

describe('a damaged object', () => {
  it.each<Damage>([
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
  ])('of %s', isTold);

  it('tells the instruction of what is wrong with it', () => {
    const error = errorOf(() => readElf(changed((f, at) => f.u32(at('.relxdp', 24), 1))));
    expect(error.message).toBe("a relocation that names 'helper' is for a wide load, and in 'main' is none there");
    expect(error.place).toMatchObject({ name: 'a.c', line: 1, source: 'x' });
  });
});
