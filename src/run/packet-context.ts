// What the context of a packet holds on every engine: what is known of a packet that has no device, and 0 elsewhere.

import { contextSource, type Environment, type Field } from '../env/environment.js';
import { skbBytes } from '../env/skb.js';

/** The values that are known of a packet. */
export type Known =
  /** how long it was on the wire */
  | 'length'
  /** its protocol as Linux finds it in a frame, in network order in the low half */
  | 'protocol'
  /** the address of its first byte, and the one behind its last */
  | 'start'
  | 'end';

export interface PacketContext {
  /** How many bytes a program sees. */
  readonly bytes: number;
  /** The fields that are known, of 32 bits: byte offset and value. */
  readonly known: readonly (readonly [offset: number, Known])[];
}

/** Whether helpers of packets have one. */
export function hasPacket(environment: Environment): boolean {
  return environment.packetLoads || contextSource(environment) === 'packet';
}

/** Of an environment whose context describes a packet. */
export function packetContext(environment: Environment): PacketContext {
  const known = environment.fields.flatMap((field) => {
    const value = knownOf(field, environment);
    return value === undefined ? [] : [[field.offset, value] as const];
  });
  return { bytes: contextBytes(environment), known };
}

/** `struct __sk_buff` has one size for everybody; of other contexts the last field is the end. */
function contextBytes({ packetLoads, fields }: Environment): number {
  return packetLoads ? skbBytes : Math.max(0, ...fields.map(({ offset, size }) => offset + size));
}

function knownOf({ name, yields }: Field, { networkHeader }: Environment): Known | undefined {
  switch (yields) {
    case 'packet':
    case 'packet-meta':
      return 'start';
    case 'packet-end':
      return 'end';
    default:
      if (name === 'len') return 'length';
      return name === 'protocol' && networkHeader > 0 ? 'protocol' : undefined;
  }
}

/** Where the native part has the packet's addresses, of 64 bits each: behind the fields. */
export function addressesOffset({ bytes }: PacketContext): number {
  return Math.ceil(bytes / 8) * 8;
}

/**
 * Leads a verified program's loads of the packet's addresses to where they are whole, as Linux rewrites them: their fields
 * have room for half of one.
 * @param wire the program's encoding, which is changed
 * @param loads slots of the loads that yield addresses
 */
export function withWholeAddresses(wire: Uint8Array, context: PacketContext, loads: readonly number[]): void {
  const view = new DataView(wire.buffer, wire.byteOffset);
  const known = new Map(context.known);
  for (const pc of loads) {
    // byte  0       1        2-3   4-7
    //       opcode  src|dst  off   imm
    const value = known.get(view.getInt16(8 * pc + 2, true));
    if (value !== 'start' && value !== 'end') continue;
    view.setUint8(8 * pc, loadOf8Bytes);
    view.setInt16(8 * pc + 2, addressesOffset(context) + (value === 'start' ? 0 : 8), true);
  }
}

/** The opcode of `r0 = *(u64 *)(r1 + 0)`. */
const loadOf8Bytes = 0x79;
