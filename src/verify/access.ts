// Loads and stores through an address: what each kind of address allows.

import * as scalar from '../abstract/scalar.js';
import * as tnum from '../abstract/tnum.js';
import * as word from '../abstract/word.js';
import type { Field } from '../env/environment.js';
import { sockCommonFields, socketFields, tcpSockFields, xdpSockFields } from '../env/linux/sockets.js';
import type { Analysis } from './analysis.js';
import { accessedField, loadContext, loadedNumber, storeContext } from './context.js';
import { checkMapValue, frozenContent } from './map.js';
import { checkPacket, checkPacketWrite } from './packet.js';
import { relyOn } from './precision.js';
import { refuse } from './refusal.js';
import { type Access, checkRegion, constantOffset, type MemoryAccess } from './region.js';
import { extended, fillFromStack, loadStackVarying, stackExtent, storeStack, storeStackVarying } from './stack.js';
import type { State } from './state.js';
import { type Kind, number, type Value } from './value.js';

/** @returns what a load puts into its register */
export function load(analysis: Analysis, state: State, access: MemoryAccess, signed: boolean): Value {
  checkUsable(access);
  checkOneKind(analysis, state, access);
  checkAlignment(analysis, access);
  const { kind } = access.address;
  if (kind === 'context') return loadContext(analysis, state, access, signed);
  if (kind === 'stack') return extended(loadFrame(analysis, state, access), access.size, signed);
  const frozen = checkLoad(access, signed);
  return frozen === undefined ? loadedNumber(access.size, signed) : number(frozen);
}

/** A load that yields a number; returns it where it is known. */
function checkLoad(access: MemoryAccess, signed: boolean) {
  const { address } = access;
  switch (address.kind) {
    case 'memory':
      return checkRegion(access, address.extent);
    case 'map-key':
      return checkRegion(access, address.map!.keySize);
    case 'map-value':
      checkMapValue(access, 'read');
      return frozenContent(access, signed);
    case 'packet':
    case 'packet-meta':
      return checkPacket(access);
    case 'flow-keys':
      return checkRegion(access, flowKeysSize);
    case 'trace-buffer':
      return checkTraceBuffer(access);
    case 'sock-common':
      return checkSocket(access, sockCommonFields);
    case 'socket':
      return checkSocket(access, socketFields);
    case 'tcp-sock':
      return checkSocket(access, tcpSockFields);
    case 'xdp-sock':
      return checkSocket(access, xdpSockFields);
    default:
      return refuse(`${access.name} is a ${address.kind}, which can't be loaded from`);
  }
}

/** Bytes of Linux's `struct bpf_flow_keys`. */
const flowKeysSize = 56;

function checkSocket(access: MemoryAccess, fields: readonly Field[]): undefined {
  accessedField(access.address.kind, fields, { offset: constantOffset(access), size: access.size, use: 'read' });
}

/** How many bytes there are is checked when the program is attached; here only that what is reached is certain. */
function checkTraceBuffer(access: MemoryAccess): undefined {
  const offset = constantOffset(access);
  if (offset < 0) refuse(`${access.name} points ${-offset} bytes before the trace-buffer`);
}

function loadFrame(analysis: Analysis, state: State, access: MemoryAccess): Value {
  const frame = state.frames[access.address.frame]!;
  const extent = stackExtent(access);
  analysis.touch(frame.entry, -extent.min);
  if (extent.min !== extent.max) return loadStackVarying(frame, extent, access.size);
  return fillFromStack(analysis, state, frame, extent.min, access.size);
}

export function store(analysis: Analysis, state: State, access: MemoryAccess, value: Value): void {
  const { address } = access;
  checkUsable(access);
  checkOneKind(analysis, state, access);
  checkAlignment(analysis, access);
  switch (address.kind) {
    case 'context':
      storeContext(analysis, access);
      break;
    case 'stack':
      storeFrame(analysis, state, access, value);
      break;
    case 'memory':
      checkRegion(access, address.extent);
      break;
    case 'map-value':
      checkMapValue(access, 'write');
      break;
    case 'packet':
    case 'packet-meta':
      checkPacketWrite(analysis.environment);
      checkPacket(access);
      break;
    case 'flow-keys':
      checkRegion(access, flowKeysSize);
      break;
    case 'trace-buffer':
      checkTraceBuffer(access);
      break;
    default:
      refuse(`${access.name} is a ${address.kind}, which can't be stored to`);
  }
}

function storeFrame(analysis: Analysis, state: State, access: MemoryAccess, value: Value): void {
  const frame = state.frames[access.address.frame]!;
  const extent = stackExtent(access);
  analysis.touch(frame.entry, -extent.min);
  const isConstant = extent.min === extent.max;
  const reliesOnZero = isConstant
    ? storeStack(state, frame, extent.min, access.size, value)
    : storeStackVarying(state, frame, extent, access.size, value);
  if (reliesOnZero && access.stored !== undefined) relyOn(analysis, state, access.stored);
}

function checkUsable({ name, address }: Access): void {
  if (address.kind === 'scalar') refuse(`${name} is a number, not an address`);
  if (address.nullable) refuse(`${name} is a ${address.kind} address that may be null; compare it with 0 first`);
}

/**
 * Linux writes an access of the context or of a socket anew, for what it really is: an instruction that makes one can't
 * make another.
 */
function checkOneKind(analysis: Analysis, { pc }: State, { name, address }: Access): void {
  const first = analysis.firstKind(pc, address.kind);
  if (first === address.kind || !(isRewritten(first) || isRewritten(address.kind))) return;
  refuse(`${name} is a ${address.kind} on this path and a ${first} on another, which one access can't serve`);
}

function isRewritten(kind: Kind): boolean {
  return ['context', 'socket', 'sock-common', 'tcp-sock', 'xdp-sock'].includes(kind);
}

/** How far a packet's first byte is from a multiple of 4, where all alignments are counted: Linux's NET_IP_ALIGN. */
const packetShift = 2;

/** The stack is kept in slots of 8 bytes, which an access must not straddle; elsewhere the processor doesn't mind. */
function checkAlignment({ rules }: Analysis, { name, address, off, size, aligned }: MemoryAccess): void {
  if (!aligned && !rules.strictAlignment && address.kind !== 'stack') return;
  const isPacket = address.kind === 'packet' || address.kind === 'packet-meta';
  const start = address.offset + off + (isPacket ? packetShift : 0);
  if (address.scalar === scalar.zero && start % size === 0) return;
  const offset = tnum.add(address.scalar.bits, tnum.constant(word.fromNumber(start)));
  if (tnum.isAligned(offset, size)) return;
  refuse(`${name}: an access of ${size} bytes of the ${address.kind} is not at a multiple of ${size}`);
}
