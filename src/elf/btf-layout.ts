// How types lie in a section of BTF.
//
//   header, 24 bytes or more   0: magic   4: its bytes   8: types, and how many bytes   16: names, and how many bytes
//   type, 12 bytes, and more   0: name    4: kind flag, kind, count of its parts       8: size, or another type

import { BpfError } from '../base/error.js';
import type { Part } from './part.js';

/** By number, with how many bytes stand behind each: for the type itself, and for each of its parts. */
export const kinds = [
  ['void', 0, 0],
  ['int', 4, 0],
  ['pointer', 0, 0],
  ['array', 12, 0],
  ['struct', 0, 12],
  ['union', 0, 12],
  ['enum', 0, 8],
  ['forward', 0, 0],
  ['typedef', 0, 0],
  ['volatile', 0, 0],
  ['const', 0, 0],
  ['restrict', 0, 0],
  ['function', 0, 0],
  ['prototype', 0, 8],
  ['variable', 4, 0],
  ['section', 0, 12],
  ['float', 0, 0],
  ['tag', 4, 0],
  ['type-tag', 0, 0],
  ['enum64', 0, 12],
] as const;

export type Kind = (typeof kinds)[number][0];

const magic = 0xeb9f;
const headerBytes = 24;
export const typeBytes = 12;

/** The header's bytes. */
export function btfHeader(section: Part): number {
  if (section.u16(0) !== magic) {
    throw new BpfError('encoding', `expected ${section.name} to begin with 0x${magic.toString(16)}, as BTF does`);
  }
  if (section.u8(2) !== 1)
    throw new BpfError('unsupported', `${section.name} is of version ${section.u8(2)}, expected 1`);
  const bytes = section.u32(4);
  if (bytes < headerBytes) {
    throw new BpfError(
      'encoding',
      `expected a header of ${headerBytes} bytes at least in ${section.name}, found ${bytes}`,
    );
  }
  section.part(0, bytes, `the header of ${section.name}`);
  return bytes;
}

/** Where each type begins; there is none of number 0. @throws BpfError 'unsupported' when one is of an unknown kind */
export function startsOf(types: Part): number[] {
  const starts = [0];
  for (let at = 0; at < types.size; ) {
    const info = types.u32(at + 4);
    const kind = kinds[(info >> 24) & 0x1f];
    if (kind === undefined || kind[0] === 'void') {
      throw new BpfError(
        'unsupported',
        `type ${starts.length} of ${types.name} is of kind ${(info >> 24) & 0x1f}, which isn't known`,
      );
    }
    starts.push(at);
    const bytes = typeBytes + kind[1] + kind[2] * (info & 0xffff);
    at += types.part(at, bytes, `type ${starts.length - 1}`).size;
  }
  return starts;
}
