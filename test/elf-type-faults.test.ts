// Damaged type information (.BTF), and lines of the source (.BTF.ext) that are not to be read.

import { describe, it } from 'vitest';
import { changed, type Damage, isTold } from './elf-damage.js';

describe('a damaged object', () => {
  it.each<Damage>([
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
  ])('of %s', isTold);
});
