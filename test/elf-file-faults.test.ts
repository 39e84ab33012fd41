// Files that are no whole objects, or objects of another kind; sections that lie where they can't, and their names.

import { describe, expect, it } from 'vitest';
import { readElf } from '../src/elf/read.js';
import { bytes, changed, type Damage, header, isTold } from './elf-damage.js';

describe('a damaged object', () => {
  it("is one that is read where it isn't damaged", () => {
    expect(readElf(bytes).programs[0]!.program.length).toBe(6);
  });

  it.each<Damage>([
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
  ])('of %s', isTold);
});
