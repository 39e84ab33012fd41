// What an instruction is to say to the classic instruction, and instructions to bytes. `decode.ts` has the layout.

import { type ClassicInsn, type ClassicOperand, insnBytes, type Operation } from './insn.js';
import {
  alu,
  classes,
  control,
  extensionBase,
  extensions,
  fromX,
  jump,
  loadClasses,
  modes,
  moves,
  returns,
  sizes,
  storeClasses,
  unary,
} from './rows.js';

/** The bytes of a program. */
export function encode(insns: readonly ClassicInsn[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(insns.length * insnBytes));
  insns.forEach(({ code, jt, jf, k }, pc) => {
    const at = pc * insnBytes;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, true);
  });
  return new Uint8Array(view.buffer);
}

/** The instruction that says it, with 0 in the fields that it leaves unused. */
export function insnOf(op: Operation): ClassicInsn {
  switch (op.kind) {
    case 'constant':
      return plain(loadClasses[op.to] | modes.imm, op.value);
    case 'length':
      return plain(loadClasses[op.to] | modes.len);
    case 'load-cell':
      return plain(loadClasses[op.to] | modes.mem, op.cell);
    case 'store-cell':
      return plain(storeClasses[op.from], op.cell);
    case 'packet':
      return plain(classes.ld | sizes[op.size].code | (op.indexed ? modes.ind : modes.abs), op.k);
    case 'header-length':
      return plain(classes.ldx | modes.msh | sizes[1].code, op.k);
    case 'extension':
      return plain(classes.ld | sizes[op.size].code | modes.abs, extensionBase + extensions[op.name].offset);
    case 'alu':
      return withOperand(classes.alu | (alu[op.op].code << 4), op.operand);
    case 'neg':
      return plain(classes.alu | (unary.neg << 4));
    case 'jump':
      return { ...withOperand(classes.jmp | (jump[op.op].code << 4), op.operand), jt: op.jt, jf: op.jf };
    case 'goto':
      return plain(classes.jmp | (control.goto << 4), op.off >>> 0);
    case 'return':
      return op.value === 'a' ? plain(classes.ret | returns.a) : plain(classes.ret | returns.k, op.value.k);
    case 'tax':
      return plain(classes.misc | moves.tax);
    case 'txa':
      return plain(classes.misc | moves.txa);
  }
}

function plain(code: number, k = 0): ClassicInsn {
  return { code, jt: 0, jf: 0, k };
}

function withOperand(code: number, operand: ClassicOperand): ClassicInsn {
  return operand === 'x' ? plain(code | fromX) : plain(code, operand.k);
}
