// Instructions that wait for the kernel's types, completed.

import { altered, type Insn, type Size, wideNumber, wideValue } from '../ebpf/insn.js';
import type { Btf } from './btf.js';
import type { Open } from './core.js';
import { type Answer, KernelTypes } from './core-resolve.js';
import type { Completed } from './link.js';

/** What completes the instructions of an object. @throws BpfError 'encoding' when the kernel's types are none */
export function completer(btf: Btf | undefined, types: Uint8Array | undefined): (insn: Insn, open: Open) => Completed {
  const kernel = types && new KernelTypes(types);
  return (insn, open) => {
    if (kernel === undefined || btf === undefined) {
      return {
        insn,
        unresolved: `${open.what} depends on the kernel's types (CO-RE), and none are given (kernelTypes, --kernel-types)`,
      };
    }
    return completed(insn, open, kernel.answer(btf, open));
  };
}

function completed(insn: Insn, { what }: Open, answer: ReturnType<KernelTypes['answer']>): Completed {
  if (answer === 'absent') return { insn: absentCall, absent: what };
  if (answer === 'differs')
    return { insn, unresolved: `${what} is not the same in all types of the kernel that are called so` };
  if (answer === 'unasked') return { insn, unresolved: `${what} isn't compared (CO-RE)` };
  const done = patched(insn, answer);
  return done === undefined ? { insn, unresolved: `${what} can't be written into this instruction` } : { insn: done };
}

/** A call that no kernel knows: where a kernel lacks something, no path may come by what needs it. libbpf's number. */
export const absentCall: Insn = { kind: 'call-helper', helper: 0xbad2310 };

/** The instruction with the answer in it; undefined where it holds something else than the compiler is said to have left. */
export function patched(insn: Insn, answer: Answer): Insn | undefined {
  const { value, own } = answer;
  const was = heldBy(insn);
  if (was === undefined || (own !== undefined && was !== BigInt.asIntN(64, own))) return undefined;
  switch (insn.kind) {
    case 'wide':
      return wideNumber(insn.dst, BigInt.asUintN(64, value));
    case 'alu':
      return value === BigInt.asIntN(32, value) ? altered(insn, { src: { imm: Number(value) } }) : undefined;
    case 'load':
    case 'store':
      return atOffset(insn, answer);
    default:
      return undefined;
  }
}

function heldBy(insn: Insn): bigint | undefined {
  switch (insn.kind) {
    case 'wide':
      return BigInt.asIntN(64, wideValue(insn));
    case 'alu':
      return 'imm' in insn.src ? BigInt(insn.src.imm) : undefined;
    case 'load':
    case 'store':
      return BigInt(insn.off);
    default:
      return undefined;
  }
}

const sizes: readonly number[] = [1, 2, 4, 8];

/** A member that has another size in the kernel is loaded in that size, which a sign or a structure doesn't allow. */
function atOffset(insn: Extract<Insn, { kind: 'load' | 'store' }>, { value, bytes }: Answer): Insn | undefined {
  const off = Number(value);
  if (off > 0x7fff) return undefined;
  if (bytes === undefined || bytes.kernel === bytes.own) return altered(insn, { off });
  const isSigned = insn.kind === 'load' && insn.signed;
  if (isSigned || insn.size !== bytes.own || !sizes.includes(bytes.kernel)) return undefined;
  return altered(insn, { off, size: bytes.kernel as Size });
}
