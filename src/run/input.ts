// What a program of an environment sees of one input: regions of memory, the arguments, the packet.

import { etherType, loadPacket } from '../classic/packet.js';
import { contextSource, type Environment } from '../env/environment.js';
import { bases, type Region, region } from './memory.js';
import { hasPacket, type Known, packetContext } from './packet-context.js';

export interface Input {
  readonly regions: readonly Region[];
  /** r1, r2 … at the start. */
  readonly arguments: readonly bigint[];
  /** The bytes that packet loads and the helpers of filters reach; undefined where the environment has none. */
  readonly packet: Uint8Array | undefined;
  /** All that can be read from the packet's first byte on. */
  readonly readable: Uint8Array;
  /** A packet load: `offset` is unsigned; undefined where not all of the number is there. */
  load(offset: number, size: 1 | 2 | 4): number | undefined;
}

/**
 * @param length the packet's length on the wire; where the input is no packet, that of `data`
 * @param behind how many of the bytes are not the packet's own
 */
export function inputOf(environment: Environment, readable: Uint8Array, length: number, behind = 0): Input {
  const data = behind === 0 ? readable : readable.subarray(0, readable.length - behind);
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
  if (packetAccess !== 'none') regions.push(region(bases.data, data, packetAccess !== 'read'));
  const load: Input['load'] = (offset, size) =>
    packetLoads ? loadPacket(data, offset, size, networkHeader) : undefined;
  return { regions, arguments: values, packet: hasPacket(environment) ? data : undefined, readable, load };
}

/** A packet's context is made of what is known of it. Every other context is the input itself. */
function context(environment: Environment, data: Uint8Array, length: number): Uint8Array {
  if (contextSource(environment) === 'input') return data;
  const { bytes, known } = packetContext(environment);
  const image = new DataView(new ArrayBuffer(bytes));
  for (const [offset, value] of known) image.setUint32(offset, numberOf(value, data, length), true);
  return new Uint8Array(image.buffer);
}

function numberOf(known: Known, data: Uint8Array, length: number): number {
  switch (known) {
    case 'length':
      return length;
    case 'protocol':
      return inNetworkOrder(etherType(data));
    case 'start':
      return Number(bases.data);
    case 'end':
      return Number(bases.data) + data.length;
  }
}

/** A protocol as the context has it, in the low half of a u32. */
function inNetworkOrder(protocol: number): number {
  return ((protocol & 0xff) << 8) | (protocol >> 8);
}

function isWritable(environment: Environment): boolean {
  return environment.fields.some((field) => field.write.length > 0);
}
