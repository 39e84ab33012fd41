// Every form that an instruction can take, once, as an example: dst is r1, src is r2, a constant is 5. docs/isa.md is
// printed from this list, and tests that want every instruction go through it.

import type { Insn, Operand, Size, WideSource } from './insn.js';
import { type AluName, type AtomicName, alu, atomic, type Group, type JumpName, jump, wideSources } from './rows.js';

export interface Form {
  readonly insn: Insn;
  /** Its conformance group in RFC 9669, section 2.4: `base32`, `packet` …; `linux` for what only Linux knows. */
  readonly group: string;
  /** What it does, in a few words. */
  readonly about: string;
}

export interface Section {
  readonly title: string;
  readonly about: string;
  readonly forms: readonly Form[];
}

const operands: readonly Operand[] = [{ imm: 5 }, { reg: 2 }];
const widths = [64, 32] as const;
const sizes: readonly Size[] = [1, 2, 4, 8];

export const sections: readonly Section[] = [
  ...widths.map((width) => ({
    title: `Arithmetic of ${width} bits`,
    about:
      width === 64
        ? 'dst = dst operation src. A constant is sign-extended to 64 bits. All results are cut to 64 bits.'
        : 'The low halves of dst and src are the operands; the upper half of dst becomes 0.',
    forms: arithmetic(width),
  })),
  {
    title: 'Byte order',
    about: 'The low bits of dst, in little-endian, big-endian or reversed order; what is above them becomes 0.',
    forms: swaps(),
  },
  {
    title: 'Constants of 64 bits',
    about:
      'They take two slots: the second one holds the upper half in its imm, and nothing else. No jump may lead there.',
    forms: wides(),
  },
  {
    title: 'Memory',
    about:
      'The address is a register and a signed offset of 16 bits. Numbers are little-endian; no alignment is asked for.',
    forms: accesses(),
  },
  {
    title: 'Atomic operations',
    about:
      'old is what memory at dst + off held; what is named becomes its new value. The forms with fetch give old to src.',
    forms: atomics(),
  },
  {
    title: 'Ordered loads and stores',
    about: "Linux's own, from 6.15 on. They share the opcodes of the atomic operations.",
    forms: orderedAccesses(),
  },
  {
    title: 'Packet loads',
    about:
      'Historical. r6 must hold the context. r0 = the number at that offset of the packet, from network byte order; where not all of it is there, the function is left with r0 = 0, as by exit. From -0x100000 on an offset counts from the network header, from -0x200000 on from the link header.',
    forms: packetLoads(),
  },
  ...widths.map((width) => ({
    title: `Jumps on ${width} bits`,
    about: `Where the comparison holds, off slots are skipped, counted from the next one. ${width === 64 ? 'A constant is sign-extended, for unsigned comparisons too.' : 'The low halves are compared.'}`,
    forms: jumps(width),
  })),
  {
    title: 'Jumps, calls and exit',
    about: 'What a helper does is not a matter of the instruction set.',
    forms: control(),
  },
];

export const forms: readonly Form[] = sections.flatMap((section) => section.forms);

// ---- arithmetic ------------------------------------------------------------------------------------------------------

function arithmetic(width: 32 | 64): Form[] {
  const rows = Object.keys(alu) as AluName[];
  return [
    ...rows.flatMap((op) =>
      operands.map((src): Form => {
        const { about, group } = alu[op];
        return { insn: { kind: 'alu', op, width, dst: 1, src }, group: sized(group, width), about };
      }),
    ),
    { insn: { kind: 'neg', width, dst: 1 }, group: sized('base', width), about: 'negation' },
    ...([8, 16, 32] as const)
      .filter((bits) => bits < width)
      .map((bits): Form => {
        const about = `the low ${bits} bits of src, sign-extended to ${width}`;
        return { insn: { kind: 'movsx', width, bits, dst: 1, src: 2 }, group: sized('base', width), about };
      }),
    ...(width === 64 ? casts() : []),
  ];
}

function casts(): Form[] {
  const about = (from: number, to: number) => `src, from address space ${from} to ${to} of an arena`;
  return [
    { insn: { kind: 'addr-space-cast', dst: 1, src: 2, imm: 1 }, group: 'linux', about: about(1, 0) },
    { insn: { kind: 'addr-space-cast', dst: 1, src: 2, imm: 0x10000 }, group: 'linux', about: about(0, 1) },
  ];
}

function swaps(): Form[] {
  const abouts = { le: 'little-endian: cut only', be: 'big-endian', bswap: 'reversed' } as const;
  return (['le', 'be', 'bswap'] as const).flatMap((order) =>
    ([16, 32, 64] as const).map((bits): Form => {
      const group = sized('base', bits === 64 ? 64 : 32);
      return { insn: { kind: 'swap', order, bits, dst: 1 }, group, about: `${bits} bits, ${abouts[order]}` };
    }),
  );
}

// ---- memory ----------------------------------------------------------------------------------------------------------

function wides(): Form[] {
  const abouts: Readonly<Record<WideSource, string>> = {
    imm: 'the constant',
    'map-fd': 'the map of a file descriptor',
    'map-value': "the address in an array's values: a file descriptor, and the offset in the second imm",
    variable: "the address of a kernel's variable, by its BTF number",
    code: 'the address of a function of the program, relative as in a call',
    'map-index': 'the map of an index into the list that the program was loaded with',
    'map-index-value': "the address in an array's values: an index, and the offset in the second imm",
  };
  return (Object.keys(wideSources) as WideSource[]).map((from): Form => {
    const high = from === 'imm' ? 1 : from.endsWith('value') ? 8 : 0;
    return { insn: { kind: 'wide', dst: 1, from, low: 5, high }, group: 'base64', about: abouts[from] };
  });
}

function accesses(): Form[] {
  const width = (size: Size) => (size === 8 ? 64 : 32);
  return [
    ...sizes.map((size): Form => {
      const about = size === 8 ? 'load' : `load ${8 * size} bits, zero-extended`;
      const insn: Insn = { kind: 'load', size, signed: false, dst: 1, src: 2, off: 4 };
      return { insn, group: sized('base', width(size)), about };
    }),
    ...([1, 2, 4] as const).map((size): Form => {
      const insn: Insn = { kind: 'load', size, signed: true, dst: 1, src: 2, off: 4 };
      return { insn, group: 'base32', about: `load ${8 * size} bits, sign-extended` };
    }),
    ...sizes.flatMap((size) =>
      operands.map((src): Form => {
        const about = `store ${size === 8 ? ('imm' in src ? 'the sign-extended constant' : 'all bits') : `the low ${8 * size} bits`}`;
        return { insn: { kind: 'store', size, dst: 1, off: 4, src }, group: sized('base', width(size)), about };
      }),
    ),
  ];
}

function atomics(): Form[] {
  return ([8, 4] as const).flatMap((size) =>
    (Object.keys(atomic) as AtomicName[]).flatMap((op) =>
      (atomic[op].fetch === 'always' ? [true] : [false, true]).map((fetch): Form => {
        const group = sized('atomic', size === 8 ? 64 : 32);
        const about = `${atomic[op].about}${op === 'cmpxchg' ? '; r0 becomes old' : fetch ? '; src becomes old' : ''}`;
        return { insn: { kind: 'atomic', op, fetch, size, dst: 1, src: 2, off: 4 }, group, about };
      }),
    ),
  );
}

function orderedAccesses(): Form[] {
  return sizes.flatMap((size): Form[] => [
    {
      insn: { kind: 'load-acquire', size, dst: 1, src: 2, off: 4 },
      group: 'linux',
      about: `load ${8 * size} bits before all that follows`,
    },
    {
      insn: { kind: 'store-release', size, dst: 1, src: 2, off: 4 },
      group: 'linux',
      about: `store ${8 * size} bits after all that precedes`,
    },
  ]);
}

function packetLoads(): Form[] {
  return ([1, 2, 4] as const).flatMap((size): Form[] => [
    { insn: { kind: 'packet', size, src: undefined, imm: 5 }, group: 'packet', about: `${8 * size} bits at imm` },
    { insn: { kind: 'packet', size, src: 2, imm: 5 }, group: 'packet', about: `${8 * size} bits at src + imm` },
  ]);
}

// ---- jumps -----------------------------------------------------------------------------------------------------------

function jumps(width: 32 | 64): Form[] {
  return (Object.keys(jump) as JumpName[]).flatMap((op) =>
    operands.map((src): Form => {
      const { about } = jump[op];
      return { insn: { kind: 'jump', op, width, dst: 1, src, off: 3 }, group: sized('base', width), about };
    }),
  );
}

function control(): Form[] {
  const limit = '8388608 times in one call of the function';
  return [
    { insn: { kind: 'goto', off: 3, long: false }, group: 'base32', about: 'jump over off slots' },
    { insn: { kind: 'goto', off: 3, long: true }, group: 'base32', about: 'jump over imm slots' },
    {
      insn: { kind: 'may-goto', off: 3 },
      group: 'linux',
      about: `jump over off slots if this, or another one, has gone on ${limit}`,
    },
    { insn: { kind: 'call-helper', helper: 5 }, group: 'base32', about: 'r0 = helper imm of r1 to r5' },
    {
      insn: { kind: 'call-local', off: 3 },
      group: 'base32',
      about: 'call the function imm slots on; r6 to r9 are kept for the caller, r10 is a new frame',
    },
    {
      insn: { kind: 'call-kfunc', btf: 5, off: 0 },
      group: 'base32',
      about: "r0 = the kernel's function with that BTF number; off is an index of modules",
    },
    {
      insn: { kind: 'call-register', src: 2 },
      group: 'none',
      about: 'r0 = the helper whose number is in the register that dst names; in no standard, refused unless asked for',
    },
    { insn: { kind: 'exit', off: 0 }, group: 'base32', about: 'leave the function with r0' },
  ];
}

function sized(group: Group | 'atomic', width: 32 | 64): string {
  return `${group}${width}`;
}
