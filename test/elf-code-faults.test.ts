// Functions that are none, calls and jumps that lead nowhere, and more code than is read.

import { describe, expect, it } from 'vitest';
import { readElf } from '../src/elf/read.js';
import { changed, type Damage, errorOf, isTold } from './elf-damage.js';
import { ElfWriter, flags } from './elf-writer.js';
import { type FunctionDescription, object, relocations } from './objects.js';

describe('a damaged object', () => {
  it.each<Damage>([
    [
      'an unknown opcode',
      changed((f, at) => f.u8(at('xdp', 24), 0xff)),
      'encoding',
      "byte 24 of section 'xdp', in function 'main': unknown opcode 0xff",
    ],
    [
      'a helper whose address is in a register',
      changed((f, at) => {
        f.u8(at('xdp', 24), 0x8d);
        f.u32(at('xdp', 28), 3);
      }),
      'encoding',
      "byte 24 of section 'xdp', in function 'main': a call through a register, as compilers leave it that are not to optimize (-O2)",
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
  ])('of %s', isTold);
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
