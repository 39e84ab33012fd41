// An instruction of the classic machine: as its bytes hold it (`ClassicInsn`), and what it says (`Operation`).
//
// byte  0-1    2     3     4-7          `struct sock_filter` of linux/filter.h, `struct bpf_insn` of pcap/bpf.h
//       code   jt    jf    k
//
// The machine has two 32-bit registers, A (arithmetic, results of loads) and X (index), and 16 scratch cells M[0] to M[15].

import type { AluName, ExtensionName, JumpName } from './rows.js';

/** Bytes of one instruction. */
export const insnBytes = 8;

export interface ClassicInsn {
  /** class | size or operation | mode or source; 0 to 65535, of which only the low byte is used. */
  readonly code: number;
  /** How many instructions a conditional jump skips when its test holds, 0 to 255. */
  readonly jt: number;
  /** How many it skips when the test fails, 0 to 255. */
  readonly jf: number;
  /** Operand, 0 to 2^32-1. */
  readonly k: number;
}

export type ClassicRegister = 'a' | 'x';
/** Bytes of the packet that a load reads. */
export type ClassicSize = 1 | 2 | 4;
/** Second operand: X, or a constant from 0 to 2^32-1. */
export type ClassicOperand = 'x' | { readonly k: number };

/** What an instruction says. The fields that its code leaves unused are not in it. */
export type Operation =
  /** register = value */
  | { readonly kind: 'constant'; readonly to: ClassicRegister; readonly value: number }
  /** register = the packet's length on the wire */
  | { readonly kind: 'length'; readonly to: ClassicRegister }
  /** register = M[cell] */
  | { readonly kind: 'load-cell'; readonly to: ClassicRegister; readonly cell: number }
  /** M[cell] = register */
  | { readonly kind: 'store-cell'; readonly from: ClassicRegister; readonly cell: number }
  /** A = the packet's bytes at k (indexed: at X + k), from network byte order; beyond the packet the program ends with 0 */
  | { readonly kind: 'packet'; readonly size: ClassicSize; readonly indexed: boolean; readonly k: number }
  /** X = 4 * (the packet's byte at k & 0xf): the length of an IPv4 header */
  | { readonly kind: 'header-length'; readonly k: number }
  /** A = what Linux knows of the packet; `size` is that of the packet load whose negative offset it takes */
  | { readonly kind: 'extension'; readonly name: ExtensionName; readonly size: ClassicSize }
  /** A = A op operand; a division by X = 0 ends the program with 0 */
  | { readonly kind: 'alu'; readonly op: AluName; readonly operand: ClassicOperand }
  /** A = -A */
  | { readonly kind: 'neg' }
  /** pc += (A op operand) ? jt : jf */
  | {
      readonly kind: 'jump';
      readonly op: JumpName;
      readonly operand: ClassicOperand;
      readonly jt: number;
      readonly jf: number;
    }
  /** pc += off; a negative one makes a loop, which Linux refuses and libpcap's `protochain` needs */
  | { readonly kind: 'goto'; readonly off: number }
  /** Ends with A, or with a constant. */
  | { readonly kind: 'return'; readonly value: 'a' | { readonly k: number } }
  /** X = A */
  | { readonly kind: 'tax' }
  /** A = X */
  | { readonly kind: 'txa' };
