// The bytes of a program: 8 bytes an instruction, little-endian (RFC 9669, section 3.1).
//
// byte  0       1        2-3   4-7
//       opcode  src|dst  off   imm        (dst is the low half of byte 1; off and imm are signed)

import { BpfError } from '../base/error.js';

/** The five fields of a slot, before anybody asks what they mean. */
export interface Fields {
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
}

/** The fields with their place in the program. */
export interface Slot extends Fields {
  readonly pc: number;
}

export const slotBytes = 8;

/** @throws BpfError 'encoding' when the bytes are no whole number of slots */
export function readSlots(bytes: Uint8Array): Slot[] {
  if (bytes.length === 0) throw new BpfError('encoding', 'expected a program, found no bytes');
  if (bytes.length % slotBytes !== 0) {
    throw new BpfError('encoding', `expected instructions of ${slotBytes} bytes, found ${bytes.length} bytes in all`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / slotBytes }, (_, pc) => readSlot(view, pc));
}

function readSlot(view: DataView, pc: number): Slot {
  const at = pc * slotBytes;
  const registers = view.getUint8(at + 1);
  return {
    opcode: view.getUint8(at),
    dst: registers & 0xf,
    src: registers >> 4,
    off: view.getInt16(at + 2, true),
    imm: view.getInt32(at + 4, true),
    pc,
  };
}

/** Byte by byte: a DataView takes as long to make as a small program to write. */
export function writeSlot(
  bytes: Uint8Array,
  at: number,
  opcode: number,
  dst: number,
  src: number,
  off: number,
  imm: number,
): void {
  bytes[at] = opcode;
  bytes[at + 1] = (src << 4) | dst;
  bytes[at + 2] = off;
  bytes[at + 3] = off >> 8;
  bytes[at + 4] = imm;
  bytes[at + 5] = imm >> 8;
  bytes[at + 6] = imm >> 16;
  bytes[at + 7] = imm >> 24;
}
