// What every engine offers: one interface, so that all of them run the same suites and none is special.

import { BpfError } from '../base/error.js';

/** Who executes: the oracle, machine code, the classic machine itself, JavaScript made of a classic program, or the running Linux. */
export const engineNames = ['interpreter', 'jit', 'classic', 'javascript', 'kernel'] as const;
export type EngineName = (typeof engineNames)[number];

/** Why a run ended early. A verified program never traps, except with `budget` where its loops have no proved bound. */
export const trapCodes = [
  'out-of-bounds',
  'uninitialised',
  'budget',
  'bad-call',
  'bad-instruction',
  'stack-overflow',
] as const;
export type TrapCode = (typeof trapCodes)[number];

export interface Trap {
  readonly code: TrapCode;
  /** Slot of the instruction that could not be carried out. */
  readonly pc: number;
}

/** The answer of one run: r0, cut to the bits of the environment's result; 0 after a trap. */
export interface Outcome {
  readonly result: bigint;
  readonly trap?: Trap;
}

/** Many packets in one buffer; n is the length of `offsets`. */
export interface Packets {
  /** The bytes of all packets. */
  readonly data: Uint8Array;
  /** Byte offset of each packet in `data`, n entries. */
  readonly offsets: Uint32Array;
  /** How many bytes of each packet are there, n entries. */
  readonly captured: Uint32Array;
  /** How long each packet was on the wire, n entries; never less than `captured`. */
  readonly lengths: Uint32Array;
}

/** Packets `start` to `end`, which is not among them. */
export function partOf({ data, offsets, captured, lengths }: Packets, start: number, end: number): Packets {
  return {
    data,
    offsets: offsets.subarray(start, end),
    captured: captured.subarray(start, end),
    lengths: lengths.subarray(start, end),
  };
}

/** A program made ready to run on one engine. */
export interface Executable {
  readonly engine: EngineName;
  /** Runs once. `data` may be changed where the environment allows it; `length` is the length on the wire. */
  run(data: Uint8Array, length: number): Outcome;
  /** Runs once, for environments with a 32-bit result: the verdict as an unsigned number, 0 after a trap. */
  verdict(data: Uint8Array, length: number): number;
  /** Writes a verdict a packet, and returns how many are not 0. */
  runBatch(packets: Packets, verdicts: Uint32Array): number;
  /** Walks over the records of a capture and filters them in the same pass (base/records.ts), where the engine can. */
  readonly scan?:
    | ((data: Uint8Array, state: Uint32Array, index: Uint32Array, interfaces: Uint32Array) => void)
    | undefined;
  /** How many bytes of machine code it holds, if any. */
  readonly codeBytes?: number | undefined;
  /** Gives back what the engine holds; nothing may be run afterwards. */
  close(): void;
}

/**
 * `runBatch` for an engine that runs one packet at a time.
 * @param least how many bytes each packet has to have
 * @throws BpfError 'range' when a packet lies outside the buffer, has too few bytes, or was shorter on the wire than what
 * was captured
 */
export function batchByOne(
  verdict: Executable['verdict'],
  packets: Packets,
  verdicts: Uint32Array,
  least: number,
): number {
  const { data, offsets, captured, lengths } = packets;
  let matches = 0;
  for (let i = 0; i < offsets.length; i++) {
    const start = offsets[i]!;
    const end = start + captured[i]!;
    if (end > data.length || captured[i]! < least || lengths[i]! < captured[i]!) throw wrongPacket(packets, i, least);
    const value = verdict(data.subarray(start, end), lengths[i]!);
    verdicts[i] = value;
    if (value !== 0) matches++;
  }
  return matches;
}

/** @throws BpfError 'range' at the first packet that `batchByOne` would refuse */
export function checkPlaces(packets: Packets, least: number): void {
  const { data, offsets, captured, lengths } = packets;
  for (let i = 0; i < offsets.length; i++) {
    const isInside = offsets[i]! + captured[i]! <= data.length;
    if (!isInside || captured[i]! < least || lengths[i]! < captured[i]!) throw wrongPacket(packets, i, least);
  }
}

/**
 * What is wrong with a packet of a batch.
 * @param first the number of the first packet in the whole of which this is a part
 */
export function wrongPacket(packets: Packets, packet: number, least: number, first = 0): BpfError {
  const { data, offsets, captured } = packets;
  const name = `packet ${first + packet}`;
  const end = offsets[packet]! + captured[packet]!;
  if (end > data.length) {
    return new BpfError('range', `${name} ends at byte ${end} of a buffer of ${data.length}`);
  }
  if (captured[packet]! < least) {
    return new BpfError('range', `expected at least ${least} bytes in ${name}, got ${captured[packet]}`);
  }
  return new BpfError('range', `${name} was shorter on the wire than what was captured`);
}
