// What a program of an environment sees of one input: regions of memory, the arguments, the packet.

import { etherType } from '../classic/packet.js';
import type { Environment } from '../env/environment.js';
import { skbBytes, skbLayout } from '../env/skb.js';
import { bases, type Region, region } from './memory.js';

export interface Input {
  readonly regions: readonly Region[];
  /** r1, r2 … at the start. */
  readonly arguments: readonly bigint[];
  /** The bytes that packet loads reach; undefined where the environment has none. */
  readonly packet: Uint8Array | undefined;
}

/** @param length the packet's length on the wire; where the input is no packet, that of `data` */
export function inputOf(environment: Environment, data: Uint8Array, length: number): Input {
  const regions: Region[] = [];
  const values: bigint[] = [];
  for (const argument of environment.arguments) {
    if (argument === 'length') {
      values.push(BigInt(data.length));
      continue;
    }
    const isData = argument === 'data';
    const bytes = isData ? data : context(environment, data, length);
    regions.push(region(bases[argument], bytes, isData || isWritable(environment)));
    values.push(bases[argument]);
  }
  return { regions, arguments: values, packet: environment.packetLoads ? data : undefined };
}

/** A packet's context is made of what is known of it; every other one is the input itself. */
function context(environment: Environment, data: Uint8Array, length: number): Uint8Array {
  if (!environment.packetLoads) return data;
  const skb = new DataView(new ArrayBuffer(skbBytes));
  skb.setUint32(skbLayout.len.offset, length, true);
  skb.setUint16(skbLayout.protocol.offset, etherType(data)); // in network order, in the low half of a u32
  return new Uint8Array(skb.buffer);
}

function isWritable(environment: Environment): boolean {
  return environment.fields.some((field) => field.write.length > 0);
}
