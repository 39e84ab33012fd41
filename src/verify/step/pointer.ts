// Arithmetic on addresses: a number may be added or subtracted, and the sum must stay far from where it could wrap.
//
// Whether the address may be used is asked where it is used: here only the offset is kept.

import * as arithmetic from '../../abstract/arithmetic.js';
import * as scalar from '../../abstract/scalar.js';
import { Draft, type Scalar } from '../../abstract/scalar.js';
import * as word from '../../abstract/word.js';
import type { Register } from '../../ebpf/insn.js';
import type { AluName } from '../../ebpf/rows.js';
import type { Analysis } from '../analysis.js';
import { refuse } from '../refusal.js';
import { changed, isPacketPointer, isPointer, type Value, withOffset, withScalar } from '../value.js';

/** Offsets at least this far from 0 are refused, so that a sum of several can't wrap; Linux's figure. */
const offsetLimit = 2 ** 29;

/** One of `left` and `right` is a pointer, the other a number. */
export function movePointer(
  analysis: Analysis,
  { op, dst }: { op: AluName; dst: Register },
  left: Value,
  right: Value,
): Value {
  const [pointer, distance] = isPointer(left) ? [left, right.scalar] : [right, left.scalar];
  checkMovable(op, dst, pointer, distance);
  checkDistance(distance, pointer);
  checkOffset(pointer);
  const moved = op === 'add' ? sum(analysis, pointer, distance) : difference(analysis, dst, pointer, distance, left);
  checkOffset(moved);
  return moved;
}

function checkMovable(op: AluName, dst: Register, pointer: Value, distance: Scalar): void {
  if (pointer.nullable) {
    refuse(`r${dst}: arithmetic on a ${pointer.kind} address that may be null; compare it with 0 first`);
  }
  if (op !== 'add' && op !== 'sub') refuse(`r${dst}: ${op} on an address; only a number may be added or subtracted`);
  if (!isMovable(op, pointer, distance)) refuse(`r${dst}: arithmetic on a ${pointer.kind} address is not allowed`);
}

function isMovable(op: AluName, pointer: Value, distance: Scalar): boolean {
  switch (pointer.kind) {
    case 'context':
    case 'map-key':
    case 'map-value':
    case 'stack':
    case 'packet':
    case 'packet-meta':
    case 'memory':
    case 'trace-buffer':
    case 'dynptr':
      return true;
    case 'flow-keys':
      return scalar.isConstant(distance);
    case 'map': {
      const known = scalar.known(distance);
      return op === 'add' && known !== undefined && word.isZero(known);
    }
    case 'uninitialised':
    case 'scalar':
    case 'packet-end':
    case 'socket':
    case 'sock-common':
    case 'tcp-sock':
    case 'xdp-sock':
    case 'kernel-sock':
    case 'function':
    case 'typed':
      return false;
  }
}

function checkDistance(distance: Scalar, pointer: Value): void {
  const known = scalar.known(distance);
  const smin = word.toNumber(distance.smin);
  if (known !== undefined && isFar(word.toNumber(known))) {
    refuse(`adding ${word.toSigned(known)} to a ${pointer.kind} address goes too far`);
  }
  if (word.equal(distance.smin, word.signedMin)) {
    refuse(`the number added to a ${pointer.kind} address has no lower bound; compare it with a constant first`);
  }
  if (isFar(smin)) refuse(`the number added to a ${pointer.kind} address may be ${smin}, which goes too far`);
}

function checkOffset(pointer: Value): void {
  if (isFar(pointer.offset)) refuse(`offset ${pointer.offset} from a ${pointer.kind} address goes too far`);
  checkDistance(pointer.scalar, pointer);
}

function isFar(distance: number): boolean {
  return distance >= offsetLimit || distance <= -offsetLimit;
}

function sum(analysis: Analysis, pointer: Value, distance: Scalar): Value {
  const known = scalar.known(distance);
  if (known !== undefined) return withOffset(pointer, pointer.offset + word.toNumber(known));
  const moved = withScalar(pointer, offsetOf(arithmetic.add(64, pointer.scalar, distance)));
  // Nothing is known of the distance to the packet's end any more.
  return isPacketPointer(pointer) ? changed(moved, { id: analysis.newId(), extent: 0 }) : moved;
}

function difference(analysis: Analysis, dst: Register, pointer: Value, distance: Scalar, left: Value): Value {
  if (left !== pointer) refuse(`r${dst}: an address can't be subtracted from a number`);
  if (pointer.kind === 'stack')
    refuse(`r${dst}: nothing can be subtracted from a stack address; add a negative number`);
  const known = scalar.known(distance);
  if (known !== undefined) return withOffset(pointer, pointer.offset - word.toNumber(known));
  const moved = withScalar(pointer, offsetOf(arithmetic.sub(64, pointer.scalar, distance)));
  if (!isPacketPointer(pointer)) return moved;
  // Going back leaves what was proved behind the address true; going on doesn't.
  const extent = word.isNegative(distance.smin) ? 0 : pointer.extent;
  return changed(moved, { id: analysis.newId(), extent });
}

/** Addresses have 64 bits: the bounds of the low half of an offset mean nothing. */
function offsetOf(varying: Scalar): Scalar {
  const draft = new Draft(varying);
  scalar.forget32(draft);
  scalar.reduce(draft);
  return draft;
}
