// What a program of an environment sees of one input: regions of memory, the arguments, the packet.

import { etherType, loadPacket } from '../classic/packet.js';
import { contextSource, type Environment, type Field } from '../env/environment.js';
import { skbBytes } from '../env/skb.js';
import { bases, type Region, region } from './memory.js';

export interface Input {
  readonly regions: readonly Region[];
  /** r1, r2 … at the start. */
  readonly arguments: readonly bigint[];
  /** The bytes that packet loads and the helpers of filters reach; undefined where the environment has none. */
  readonly packet: Uint8Array | undefined;
  /** A packet load: `offset` is unsigned; undefined where not all of the number is there. */
  load(offset: number, size: 1 | 2 | 4): number | undefined;
}

/** @param length the packet's length on the wire; where the input is no packet, that of `data` */
export function inputOf(environment: Environment, data: Uint8Array, length: number): Input {
  const { packetLoads, packetAccess, networkHeader } = environment;
  const regions: Region[] = [];
  const values: bigint[] = [];
  for (const argument of environment.arguments) {
    if (argument === 'length') values.push(BigInt(data.length));
    else {
      const isData = argument === 'data';
      const bytes = isData ? data : context(environment, data, length);
      regions.push(region(bases[argument], bytes, isData || isWritable(environment)));
      values.push(bases[argument]);
    }
  }
  if (packetAccess !== 'none') regions.push(region(bases.data, data, packetAccess === 'write'));
  const load: Input['load'] = (offset, size) =>
    packetLoads ? loadPacket(data, offset, size, networkHeader) : undefined;
  return { regions, arguments: values, packet: packetLoads ? data : undefined, load };
}

/** A packet's context, made of what is known of it: what isn't known is 0. Every other context is the input itself. */
function context(environment: Environment, data: Uint8Array, length: number): Uint8Array {
  if (contextSource(environment) === 'input') return data;
  const image = new DataView(new ArrayBuffer(contextBytes(environment)));
  for (const field of environment.fields) {
    const value = known(field, environment, data, length);
    if (value !== 0) image.setUint32(field.offset, value, true);
  }
  return new Uint8Array(image.buffer);
}

/** `struct __sk_buff` has one size for everybody; of other contexts the last field is the end. */
function contextBytes({ packetLoads, fields }: Environment): number {
  return packetLoads ? skbBytes : Math.max(0, ...fields.map(({ offset, size }) => offset + size));
}

function known(field: Field, environment: Environment, data: Uint8Array, length: number): number {
  switch (field.yields) {
    case 'packet':
    case 'packet-meta':
      return Number(bases.data);
    case 'packet-end':
      return Number(bases.data) + data.length;
    default:
      if (field.name === 'len') return length;
      return field.name === 'protocol' && environment.networkHeader > 0 ? inNetworkOrder(etherType(data)) : 0;
  }
}

/** A protocol as the context has it, in the low half of a u32. */
function inNetworkOrder(protocol: number): number {
  return ((protocol & 0xff) << 8) | (protocol >> 8);
}

function isWritable(environment: Environment): boolean {
  return environment.fields.some((field) => field.write.length > 0);
}
