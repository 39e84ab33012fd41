// Classic instructions to what they say and back, and to bytes and back. The wire is that of `struct sock_filter`, little-endian:
//
// byte  0-1    2     3     4-7
//       code   jt    jf    k

import { BpfError } from '../base/error.js';
import type { ClassicInsn, ClassicOperand, ClassicRegister, ClassicSize, Operation } from './insn.js';
import {
  alu,
  classes,
  control,
  extensionBase,
  extensions,
  fromX,
  jump,
  modes,
  moves,
  names,
  returns,
  sizes,
  unary,
} from './rows.js';

/** Bytes of one instruction. */
export const insnBytes = 8;

type Decoder = (insn: ClassicInsn) => Operation;

const allSizes = [4, 2, 1] as const satisfies readonly ClassicSize[];
const loadClass = { a: classes.ld, x: classes.ldx } as const;
const storeClass = { a: classes.st, x: classes.stx } as const;

const extensionAt = new Map(names(extensions).map((name) => [extensionBase + extensions[name].offset, name]));

const decoders: ReadonlyMap<number, Decoder> = new Map([
  ...(['a', 'x'] as const).flatMap(registerDecoders),
  ...allSizes.flatMap(packetDecoders),
  [classes.ldx | modes.msh | sizes[1].code, ({ k }) => ({ kind: 'header-length', k })],
  ...names(alu).flatMap((op) =>
    bothOperands(classes.alu | (alu[op].code << 4), (operand) => () => ({ kind: 'alu', op, operand })),
  ),
  [classes.alu | (unary.neg << 4), () => ({ kind: 'neg' })],
  ...names(jump).flatMap((op) =>
    bothOperands(classes.jmp | (jump[op].code << 4), (operand) => ({ jt, jf }) => ({
      kind: 'jump',
      op,
      operand,
      jt,
      jf,
    })),
  ),
  [classes.jmp | (control.goto << 4), ({ k }) => ({ kind: 'goto', off: k | 0 })],
  [classes.ret | returns.k, ({ k }) => ({ kind: 'return', value: { k } })],
  [classes.ret | returns.a, () => ({ kind: 'return', value: 'a' })],
  [classes.misc | moves.tax, () => ({ kind: 'tax' })],
  [classes.misc | moves.txa, () => ({ kind: 'txa' })],
] satisfies [number, Decoder][]);

function registerDecoders(register: ClassicRegister): [number, Decoder][] {
  const load = loadClass[register];
  return [
    [load | modes.imm, ({ k }) => ({ kind: 'constant', to: register, value: k })],
    [load | modes.len, () => ({ kind: 'length', to: register })],
    [load | modes.mem, ({ k }) => ({ kind: 'load-cell', to: register, cell: k })],
    [storeClass[register], ({ k }) => ({ kind: 'store-cell', from: register, cell: k })],
  ];
}

function packetDecoders(size: ClassicSize): [number, Decoder][] {
  const code = classes.ld | sizes[size].code;
  return [
    [code | modes.abs, ({ k }) => absolute(size, k)],
    [code | modes.ind, ({ k }) => ({ kind: 'packet', size, indexed: true, k })],
  ];
}

function absolute(size: ClassicSize, k: number): Operation {
  const name = extensionAt.get(k);
  return name === undefined ? { kind: 'packet', size, indexed: false, k } : { kind: 'extension', name, size };
}

function bothOperands(code: number, decoder: (operand: ClassicOperand) => Decoder): [number, Decoder][] {
  return [
    [code, (insn) => decoder({ k: insn.k })(insn)],
    [code | fromX, decoder('x')],
  ];
}

/** What the instruction says; undefined for a code that no machine knows. */
export function operation(insn: ClassicInsn): Operation | undefined {
  return decoders.get(insn.code)?.(insn);
}

/** The instruction that says it, with 0 in the fields that it leaves unused. */
export function insnOf(op: Operation): ClassicInsn {
  switch (op.kind) {
    case 'constant':
      return plain(loadClass[op.to] | modes.imm, op.value);
    case 'length':
      return plain(loadClass[op.to] | modes.len);
    case 'load-cell':
      return plain(loadClass[op.to] | modes.mem, op.cell);
    case 'store-cell':
      return plain(storeClass[op.from], op.cell);
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

/** @throws BpfError 'encoding' when the bytes are no whole number of instructions */
export function decode(bytes: Uint8Array): ClassicInsn[] {
  if (bytes.length % insnBytes !== 0) {
    throw new BpfError(
      'encoding',
      `expected ${insnBytes} bytes for each classic instruction, found ${bytes.length} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / insnBytes }, (_, pc) => ({
    code: view.getUint16(pc * insnBytes, true),
    jt: view.getUint8(pc * insnBytes + 2),
    jf: view.getUint8(pc * insnBytes + 3),
    k: view.getUint32(pc * insnBytes + 4, true),
  }));
}
