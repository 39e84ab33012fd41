// What the context of a packet holds on every engine: what is known of a packet that has no device, and 0 elsewhere.

import type { InsnOf, LoweredInsn } from '../ebpf/insn.js';
import { contextSource, type Environment, type Field } from '../env/environment.js';
import { skbBytes, skbField } from '../env/skb.js';

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

/** Where a context is read, as far as the instruction tells; offsets from the frame pointer are negative. */
export function contextOffset(insn: LoweredInsn): number | undefined {
  return insn.kind === 'load' && insn.off >= 0 ? insn.off : undefined;
}

export function readsContext(insns: readonly LoweredInsn[], offset: number): boolean {
  return insns.some((insn) => contextOffset(insn) === offset);
}

/** Whether a program may ask for a packet's protocol, or for bytes that are counted from its network header. */
export function asksNetwork(insns: readonly LoweredInsn[]): boolean {
  const counts = insns.some((insn) => insn.kind === 'packet' && insn.imm < 0);
  return counts || readsContext(insns, skbField('protocol').offset);
}

/** What machine code takes for a load from the context: the parts of a packet that it has at hand (native/jit/insn.h). */
const parts = { start: 1, end: 2, length: 3, nothing: 4 } as const;

/**
 * Of a verified program, a byte a slot: which part of the packet a load from its context yields, so that it needs none; 0
 * for all other instructions. So an address is whole, of which a field holds half; Linux rewrites such loads as well.
 * @param loads slots of the loads from the context
 */
export function partsLoaded(
  insns: readonly LoweredInsn[],
  environment: Environment,
  loads: readonly number[],
): Uint8Array {
  const bytes = new Uint8Array(insns.length);
  if (loads.length === 0 || contextSource(environment) !== 'packet') return bytes;
  const known = new Map(packetContext(environment).known);
  for (const pc of loads) {
    const insn = insns[pc];
    if (insn?.kind === 'load') bytes[pc] = partOf(insn, environment, known);
  }
  return bytes;
}

/** Fields that a program may write hold what it wrote; a part of a number is not what is at hand. */
function partOf({ off, size }: InsnOf<'load'>, { fields }: Environment, known: ReadonlyMap<number, Known>): number {
  const field = fields.find(({ offset, size }) => off >= offset && off < offset + size);
  if (field === undefined || field.write.length > 0) return 0;
  const value = known.get(field.offset);
  if (value === undefined) return parts.nothing;
  if (value === 'protocol' || off !== field.offset) return 0;
  return value === 'length' && size !== 4 ? 0 : parts[value];
}
