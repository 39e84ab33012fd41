// Instructions in the notation of Linux's verifier log (kernel/bpf/disasm.c): r0 = *(u32 *)(r1 +4)

import {
  type InsnOf,
  type InternalInsn,
  type LoweredInsn,
  type Operand,
  type Register,
  type Width,
  wideValue,
} from '../../insn.js';
import { alu, atomic, jump, sizes } from '../../rows.js';
import { printCall, printExit, printReference, signed } from '../operands.js';

export function printLinux(insn: LoweredInsn): string {
  switch (insn.kind) {
    case 'alu':
      return `${name(insn.width, insn.dst)} ${alu[insn.op].sign} ${operand(insn.width, insn.src)}`;
    case 'neg':
      return `${name(insn.width, insn.dst)} = -${name(insn.width, insn.dst)}`;
    case 'movsx':
      return `${name(insn.width, insn.dst)} = (s${insn.bits})${name(insn.width, insn.src)}`;
    case 'swap':
      return `r${insn.dst} = ${insn.order}${insn.bits} r${insn.dst}`;
    case 'addr-space-cast':
      return `r${insn.dst} = addr_space_cast(r${insn.src}, ${insn.imm >> 16}, ${insn.imm & 0xffff})`;
    case 'wide':
      return `r${insn.dst} = ${insn.from === 'imm' ? `0x${wideValue(insn).toString(16)} ll` : printReference(insn)}`;
    case 'wide-end':
      return '';
    case 'load':
    case 'store':
    case 'load-acquire':
    case 'store-release':
    case 'packet':
      return printAccess(insn);
    case 'atomic':
      return printAtomic(insn);
    case 'jump':
      return `if ${comparison(insn)} goto pc${signed(insn.off)}`;
    case 'goto':
      return `${insn.long ? 'gotol' : 'goto'} pc${signed(insn.off)}`;
    case 'may-goto':
      return `may_goto pc${signed(insn.off)}`;
    case 'call-helper':
    case 'call-kfunc':
    case 'call-local':
      return printCall(insn);
    case 'call-register':
      return `callx r${insn.src}`;
    case 'exit':
      return printExit(insn);
    case 'guard':
    case 'raw':
    case 'captured':
    case 'set':
    case 'lookup':
      return printInternal(insn);
  }
}

function printInternal(insn: InternalInsn): string {
  switch (insn.kind) {
    case 'guard':
      return `if readable < ${insn.bytes} goto pc${signed(insn.off)}`;
    case 'raw': {
      const type = insn.size === 1 ? 'u8' : `${insn.order}${8 * insn.size}`;
      return `r${insn.dst} = *(${type} *)raw[${insn.index === undefined ? '' : `r${insn.index} + `}${insn.off}]`;
    }
    case 'captured':
      return `r${insn.dst} = captured`;
    case 'set':
      return `r${insn.dst} = ${comparison({ ...insn, dst: insn.a, src: insn.b })}`;
    case 'lookup':
      return `r${insn.dst} = w${insn.src} in table ${insn.table}`;
  }
}

type Access = InsnOf<'load' | 'store' | 'load-acquire' | 'store-release' | 'packet'>;

function printAccess(insn: Access): string {
  const type = sizes[insn.size].unsigned;
  switch (insn.kind) {
    case 'load':
      return `r${insn.dst} = *(${insn.signed ? sizes[insn.size].signed : type} *)(${address(insn.src, insn.off)})`;
    case 'store':
      return `*(${type} *)(${address(insn.dst, insn.off)}) = ${operand(64, insn.src)}`;
    case 'load-acquire':
      return `r${insn.dst} = load_acquire((${type} *)(${address(insn.src, insn.off)}))`;
    case 'store-release':
      return `store_release((${type} *)(${address(insn.dst, insn.off)}), r${insn.src})`;
    case 'packet':
      return `r0 = *(${type} *)skb[${insn.src === undefined ? '' : `r${insn.src} + `}${insn.imm}]`;
  }
}

function printAtomic({ op, fetch, size, dst, src, off }: InsnOf<'atomic'>): string {
  const pointer = `(${sizes[size].unsigned} *)(${address(dst, off)})`;
  if (!fetch) return `lock *${pointer} ${atomic[op].sign} r${src}`;
  const prefix = size === 8 ? 'atomic64' : 'atomic';
  if (op === 'cmpxchg') return `r0 = ${prefix}_cmpxchg(${pointer}, r0, r${src})`;
  return `r${src} = ${prefix}_${op === 'xchg' ? op : `fetch_${op}`}(${pointer}, r${src})`;
}

function comparison({ op, width, dst, src }: Pick<InsnOf<'jump'>, 'op' | 'width' | 'dst' | 'src'>): string {
  const b = 'reg' in src ? name(width, src.reg) : `0x${(src.imm >>> 0).toString(16)}`;
  return `${name(width, dst)} ${jump[op].sign} ${b}`;
}

function name(width: Width, register: Register): string {
  return `${width === 64 ? 'r' : 'w'}${register}`;
}

function operand(width: Width, src: Operand): string {
  return 'reg' in src ? name(width, src.reg) : String(src.imm);
}

function address(register: Register, off: number): string {
  return `r${register} ${signed(off)}`;
}
