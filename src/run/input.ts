// What a program of an environment sees of one input: regions of memory, the arguments, the packet.

import type { Environment, Field } from '../env/environment.js';
import { bases, type Region, region } from './memory.js';

export interface Input {
  readonly regions: readonly Region[];
  /** r1, r2 … at the start. */
  readonly arguments: readonly bigint[];
  readonly packet: Packet | undefined;
}

/** @param length the packet's length on the wire; where the input is no packet, that of `data` */
export function inputOf(environment: Environment, data: Uint8Array, length: number): Input {
  const regions: Region[] = [];
  const addresses: bigint[] = [];
  for (const argument of environment.arguments) {
    if (argument === 'length') {
      addresses.push(BigInt(data.length));
      continue;
    }
    const isData = argument === 'data';
    const bytes = isData ? data : contextImage(environment, data, length);
    regions.push(region(bases[argument], bytes, isData || isWritable(environment)));
    addresses.push(bases[argument]);
  }
  const packet = environment.packetLoads ? new Packet(data, networkOffset(environment)) : undefined;
  return { regions, arguments: addresses, packet };
}

// ---- packets ---------------------------------------------------------------------------------------------------------

/** Linux's bases of negative offsets, linux/filter.h: from the network header, from the link header. */
const networkBase = -0x10_0000;
const linkBase = -0x20_0000;
const ethernetHeader = 14;

/** The bytes that packet loads reach. */
export class Packet {
  readonly #view: DataView;
  readonly #network: number;

  /** @param network where the network header starts */
  constructor(data: Uint8Array, network: number) {
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#network = network;
  }

  /** The big-endian number at a signed 32-bit offset, or undefined where not all of it is there. */
  load(offset: number, size: 1 | 2 | 4): number | undefined {
    const at = this.#resolve(offset);
    if (at < 0 || at + size > this.#view.byteLength) return undefined;
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #resolve(offset: number): number {
    if (offset >= 0) return offset;
    if (offset >= networkBase) return this.#network + offset - networkBase;
    return offset >= linkBase ? this.#network - ethernetHeader + offset - linkBase : -1;
  }
}

/** `packet` begins with a link header; what a socket filter sees begins behind it. */
function networkOffset(environment: Environment): number {
  return environment.name === 'packet' ? ethernetHeader : 0;
}

// ---- contexts --------------------------------------------------------------------------------------------------------

function contextImage(environment: Environment, data: Uint8Array, length: number): Uint8Array {
  if (!environment.packetLoads) return data;
  const size = Math.max(0, ...environment.fields.map((field) => field.offset + field.size));
  const image = new DataView(new ArrayBuffer(size));
  for (const field of environment.fields) writeField(image, field, metadata(field.name, data, length));
  return new Uint8Array(image.buffer);
}

function writeField(image: DataView, { offset, size }: Field, value: number): void {
  if (size === 1) image.setUint8(offset, value);
  else if (size === 2) image.setUint16(offset, value, true);
  else image.setUint32(offset, value, true);
}

function metadata(field: string, data: Uint8Array, length: number): number {
  switch (field) {
    case 'len':
      return length;
    case 'protocol':
      return etherType(data);
    default:
      return 0;
  }
}

const eth802_3 = 0x0001;
const eth802_2 = 0x0004;

/** What Linux's eth_type_trans takes for the protocol of a frame, in network order in the low half of a u32. */
function etherType(data: Uint8Array): number {
  if (data.length < ethernetHeader) return 0;
  const type = (data[12]! << 8) | data[13]!;
  const protocol = type >= 0x0600 ? type : data[14] === 0xff && data[15] === 0xff ? eth802_3 : eth802_2;
  return ((protocol & 0xff) << 8) | (protocol >> 8);
}

function isWritable(environment: Environment): boolean {
  return environment.fields.some((field) => field.write.length > 0);
}
