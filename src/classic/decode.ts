// Bytes to classic instructions, and instructions to what they say. The wire is that of `struct sock_filter`, little-endian:
//
// byte  0-1    2     3     4-7
//       code   jt    jf    k

import { BpfError } from '../base/error.js';
import {
  type ClassicInsn,
  type ClassicOperand,
  type ClassicRegister,
  type ClassicSize,
  insnBytes,
  type Operation,
} from './insn.js';
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
  names,
  returns,
  sizes,
  storeClasses,
  unary,
} from './rows.js';

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

/** What the instruction says; undefined for a code that no machine knows. */
export function operation(insn: ClassicInsn): Operation | undefined {
  return decoders.get(insn.code)?.(insn);
}

type Decoder = (insn: ClassicInsn) => Operation;

const allSizes = [4, 2, 1] as const satisfies readonly ClassicSize[];

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
  const load = loadClasses[register];
  return [
    [load | modes.imm, ({ k }) => ({ kind: 'constant', to: register, value: k })],
    [load | modes.len, () => ({ kind: 'length', to: register })],
    [load | modes.mem, ({ k }) => ({ kind: 'load-cell', to: register, cell: k })],
    [storeClasses[register], ({ k }) => ({ kind: 'store-cell', from: register, cell: k })],
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
