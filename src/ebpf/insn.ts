// The instructions of the internal machine (RFC 9669, and what Linux adds), decoded: one closed union.
//
// A program is an array indexed by slots of 8 bytes, so that `pc + 1 + off` is an index into it: a wide load takes two
// slots, and the second holds `{ kind: 'wide-end' }`, which is never executed.

import type { AluName, AtomicName, JumpName } from './rows.js';

/** A register: r0 (result), r1 to r5 (arguments), r6 to r9 (kept over calls), r10 (frame pointer, read-only). */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
/** How many bits an operation works on; one of 32 sets the upper half of its destination to zero. */
export type Width = 32 | 64;
/** Bytes of memory that a load or store touches. */
export type Size = 1 | 2 | 4 | 8;
/** Second operand: a register, or a signed 32-bit constant (sign-extended where the operation has 64 bits). */
export type Operand = { readonly reg: Register } | { readonly imm: number };

export type Insn =
  /** dst = dst op src (mov: dst = src) */
  | { readonly kind: 'alu'; readonly op: AluName; readonly width: Width; readonly dst: Register; readonly src: Operand }
  /** dst = -dst */
  | { readonly kind: 'neg'; readonly width: Width; readonly dst: Register }
  /** dst = the low `bits` of src, sign-extended to `width` */
  | {
      readonly kind: 'movsx';
      readonly width: Width;
      readonly bits: 8 | 16 | 32;
      readonly dst: Register;
      readonly src: Register;
    }
  /** dst = the low `bits` of dst in the named byte order (bswap: reversed), zero-extended */
  | {
      readonly kind: 'swap';
      readonly order: 'le' | 'be' | 'bswap';
      readonly bits: 16 | 32 | 64;
      readonly dst: Register;
    }
  /** dst = a cast of src between the address spaces of an arena; `imm` is (destination << 16 | source) */
  | { readonly kind: 'addr-space-cast'; readonly dst: Register; readonly src: Register; readonly imm: number }
  /** dst = a 64-bit constant, or what it names (`from` says what); `low` and `high` are the two halves as signed 32-bit numbers */
  | {
      readonly kind: 'wide';
      readonly dst: Register;
      readonly from: WideSource;
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: 'wide-end' }
  /** dst = *(size *)(src + off), zero- or sign-extended to 64 bits */
  | {
      readonly kind: 'load';
      readonly size: Size;
      readonly signed: boolean;
      readonly dst: Register;
      readonly src: Register;
      readonly off: number;
    }
  /** *(size *)(dst + off) = src */
  | {
      readonly kind: 'store';
      readonly size: Size;
      readonly dst: Register;
      readonly off: number;
      readonly src: Operand;
    }
  /** One indivisible operation on *(size *)(dst + off) with src; `fetch`: src (cmpxchg: r0) gets the old value. */
  | {
      readonly kind: 'atomic';
      readonly op: AtomicName;
      readonly fetch: boolean;
      readonly size: 4 | 8;
      readonly dst: Register;
      readonly src: Register;
      readonly off: number;
    }
  /** dst = *(size *)(src + off), ordered before everything that follows */
  | {
      readonly kind: 'load-acquire';
      readonly size: Size;
      readonly dst: Register;
      readonly src: Register;
      readonly off: number;
    }
  /** *(size *)(dst + off) = src, ordered after everything that precedes */
  | {
      readonly kind: 'store-release';
      readonly size: Size;
      readonly dst: Register;
      readonly src: Register;
      readonly off: number;
    }
  /** r0 = the packet's bytes at imm (+ src), from network byte order; beyond the packet the program ends with 0 */
  | {
      readonly kind: 'packet';
      readonly size: 1 | 2 | 4;
      /** undefined for an absolute load */
      readonly src: Register | undefined;
      readonly imm: number;
    }
  /** if (dst op src) pc += off */
  | {
      readonly kind: 'jump';
      readonly op: JumpName;
      readonly width: Width;
      readonly dst: Register;
      readonly src: Operand;
      readonly off: number;
    }
  /** pc += off; `long`: encoded with a 32-bit offset (gotol) */
  | { readonly kind: 'goto'; readonly off: number; readonly long: boolean }
  /** if the loop has run too often, pc += off (Linux's may_goto) */
  | { readonly kind: 'may-goto'; readonly off: number }
  /** r0 = helper(r1 … r5), by Linux's number */
  | { readonly kind: 'call-helper'; readonly helper: number }
  /** r0 = helper(r1 … r5), by its number in a kernel's BTF; `off` is an index of modules */
  | { readonly kind: 'call-kfunc'; readonly btf: number; readonly off: number }
  /** r0 = the program's own function at pc + 1 + off */
  | { readonly kind: 'call-local'; readonly off: number }
  /** r0 = helper(r1 … r5) whose number stands in a register (of no standard; refused unless it is asked for) */
  | { readonly kind: 'call-register'; readonly src: Register }
  /** Leaves the function with r0; Linux leaves `off` unchecked, so it is kept. */
  | { readonly kind: 'exit'; readonly off: number };

/**
 * What only lowered programs have: written by the optimizer, read by the loader, the printer and the oracle. No bytes from
 * outside are one of these.
 */
export type InternalInsn =
  /** if fewer than `bytes` bytes can be read from the packet's first one on, pc += off */
  | { readonly kind: 'guard'; readonly bytes: number; readonly off: number }
  /** dst = the bytes at off (+ index) from the packet's first one on, which a guard has found readable; zero-extended */
  | {
      readonly kind: 'raw';
      readonly size: Size;
      readonly order: 'le' | 'be';
      readonly dst: Register;
      readonly index: Register | undefined;
      readonly off: number;
    }
  /** dst = how many bytes of the packet there are */
  | { readonly kind: 'captured'; readonly dst: Register }
  /** dst = a op b ? 1 : 0 */
  | {
      readonly kind: 'set';
      readonly op: JumpName;
      readonly width: Width;
      readonly dst: Register;
      readonly a: Register;
      readonly b: Operand;
    }
  /** dst = the low 32 bits of src are in the table ? 1 : 0 */
  | { readonly kind: 'lookup'; readonly dst: Register; readonly src: Register; readonly table: number };

/** An instruction of a lowered program. */
export type LoweredInsn = Insn | InternalInsn;

/** What the 64 bits of a wide load are: the values of its source-register field, RFC 9669 section 5.4. */
export type WideSource = 'imm' | 'map-fd' | 'map-value' | 'variable' | 'code' | 'map-index' | 'map-index-value';

/** The instructions of one kind. */
export type InsnOf<K extends LoweredInsn['kind']> = Extract<LoweredInsn, { kind: K }>;

/** How many slots of 8 bytes the instruction takes. */
export function slots(insn: Insn): 1 | 2 {
  return insn.kind === 'wide' ? 2 : 1;
}

/** The 64 bits of a wide load as one number. */
export function wideValue({ low, high }: InsnOf<'wide'>): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** A wide load of a 64-bit number. */
export function wideNumber(dst: Register, value: bigint): InsnOf<'wide'> {
  const [low, high] = [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
  return { kind: 'wide', dst, from: 'imm', low, high };
}

/**
 * A copy with some other parts. Not by a spread: each copy that V8 makes so gets a hidden class of its own once it is frozen, and
 * whatever looks at the instructions of a program takes three times as long.
 */
export function altered<Kind extends Insn>(insn: Kind, parts: Partial<Kind>): Kind {
  return Object.assign({}, insn, parts);
}
