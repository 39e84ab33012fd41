// Holds what the verifier claimed against what happens: a run is followed through the trace of the walk, and at each
// instruction the machine must lie inside what was known there. Where the walk was covered by a stored state the run goes
// on from that state's node, which must hold it too: without the numbers that nothing relied on.

import * as scalar from '../src/abstract/scalar.js';
import { Word } from '../src/abstract/word.js';
import type { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import type { Moment } from '../src/run/execution.js';
import { bases, frameBytes, frameLimit, mapStride } from '../src/run/memory.js';
import { type LooseNumbers, looseNumbers } from '../src/verify/loose.js';
import { type Claim, claimOf, holds, spilledBytes } from '../src/verify/ranges.js';
import { byteKind, byteKinds, isSpill, type Slot, slotSize } from '../src/verify/slot.js';
import type { TraceNode } from '../src/verify/trace.js';
import { isPacketPointer, type Value } from '../src/verify/value.js';
import { explored, type VerifyOptions } from '../src/verify/verify.js';

/** All that was claimed of a program. */
export class Claims {
  readonly #program: Program;
  readonly #nodes: readonly TraceNode[];
  readonly #loose: LooseNumbers;
  readonly #claims = new Map<TraceNode, readonly Claim[]>();

  /** @throws VerifyError when the program is refused */
  constructor(program: Program, environment: Environment, options: VerifyOptions = {}) {
    const { trace } = explored(program, environment, { ...options, ranges: true });
    this.#program = program;
    this.#nodes = trace?.nodes ?? [];
    this.#loose = looseNumbers(program.insns, this.#nodes);
  }

  /** Follows a run on an input of so many bytes. */
  follow(length: number): Follower {
    return new Follower(this.#program, this.#nodes.slice(0, 1), (node) => this.#of(node), length);
  }

  /** What a node says of each frame. */
  #of(node: TraceNode): readonly Claim[] {
    const known = this.#claims.get(node);
    if (known !== undefined) return known;
    const claims = node.state.frames.map((_, depth) => claimOf(node, this.#loose, depth));
    this.#claims.set(node, claims);
    return claims;
  }
}

export class Follower {
  readonly #program: Program;
  readonly #claimsOf: (node: TraceNode) => readonly Claim[];
  readonly #length: number;
  /** Nodes that the run may be at; several where two ways on lead to one instruction. */
  #nodes: readonly TraceNode[];
  /** How many instructions were held against what was claimed of them. */
  steps = 0;
  /** The first thing that happened otherwise than was claimed. */
  violation: string | undefined;

  constructor(
    program: Program,
    nodes: readonly TraceNode[],
    claimsOf: (node: TraceNode) => readonly Claim[],
    length: number,
  ) {
    this.#program = program;
    this.#nodes = nodes;
    this.#claimsOf = claimsOf;
    this.#length = length;
  }

  readonly watch = (moment: Moment): void => {
    if (this.violation !== undefined) return;
    const here = this.#nodes.filter(({ pc }) => pc === moment.pc);
    const wrong = here.map((node) => this.#wrongAt(node, moment));
    const held = here.filter((_, index) => wrong[index] === undefined);
    if (held.length === 0) {
      this.violation = `${moment.pc}: ${wrong[0] ?? 'nobody walked here'}`;
      return;
    }
    this.steps++;
    this.#nodes = held.flatMap((node) => node.cover?.node.next ?? node.next);
  };

  /** What lies outside of what was known at a node, and at the one that covers it. */
  #wrongAt(node: TraceNode, moment: Moment): string | undefined {
    const wrong = wrongIn(this.#claimsOf(node), moment, this.#program, this.#length);
    if (wrong !== undefined || node.cover === undefined) return wrong;
    return wrongIn(this.#claimsOf(node.cover.node), moment, this.#program, this.#length);
  }
}

/** The first thing that is otherwise than claimed, in words. */
function wrongIn(claims: readonly Claim[], moment: Moment, program: Program, length: number): string | undefined {
  if (claims.length !== moment.frames) return `${claims.length} functions on their way, not ${moment.frames}`;
  const halves = new Int32Array(moment.registers.buffer, moment.registers.byteOffset, 22);
  const { registers } = claims.at(-1)!;
  for (let register = 0; register < 11; register++) {
    const concrete = new Word(halves[2 * register]!, halves[2 * register + 1]!);
    if (!mayBe(registers[register]!, concrete, program, length)) return `r${register} is ${shown(concrete)}`;
  }
  for (const { slots, depth } of claims) {
    for (const [index, slot] of slots.entries()) {
      if (slot.bytes !== 0 && !slotMayBe(slot, bytesAt(depth, index, moment), program, length)) {
        return `fp-${slotSize * (index + 1)} of frame ${depth} is ${bytesAt(depth, index, moment)}`;
      }
    }
  }
  return undefined;
}

function shown(word: Word): string {
  return `0x${((BigInt(word.hi >>> 0) << 32n) | BigInt(word.lo >>> 0)).toString(16)}`;
}

/** Address behind the stack of a frame. */
function framePointer(depth: number): bigint {
  return bases.stack + BigInt(frameBytes * (frameLimit - depth));
}

function bytesAt(depth: number, slot: number, { memory }: Moment): Uint8Array {
  const bytes = memory.bytes(framePointer(depth) - BigInt(slotSize * (slot + 1)), slotSize);
  if (bytes === undefined) throw new Error('the stack of each frame that is on its way can be read');
  return bytes;
}

function slotMayBe(slot: Slot, bytes: Uint8Array, program: Program, length: number): boolean {
  for (let byte = 0; byte < slotSize; byte++) {
    if (byteKind(slot, byte) === byteKinds.zero && bytes[byte] !== 0) return false;
  }
  const size = ([8, 4, 2, 1] as const).find((size) => holds(slot, size));
  if (!isSpill(slot) || size === undefined) return true;
  const whole = new Uint8Array(slotSize);
  whole.set(bytes.subarray(0, size));
  const [low, high] = new Int32Array(whole.buffer);
  return mayBe(spilledBytes(slot, size), new Word(low!, high!), program, length);
}

/** Whether a value is among those that are known of. */
function mayBe(known: Value, concrete: Word, program: Program, length: number): boolean {
  if (known.kind === 'uninitialised') return true;
  if (known.kind === 'scalar') return scalar.contains(known.scalar, concrete);
  if ((concrete.lo | concrete.hi) === 0) return known.nullable;
  return addressMayBe(known, BigInt(concrete.hi) * 0x1_0000_0000n + BigInt(concrete.lo >>> 0), program, length);
}

function addressMayBe(known: Value, address: bigint, program: Program, length: number): boolean {
  const base = baseOf(known, address, program, length);
  const varying = address - base - BigInt(known.offset);
  const isWithin = scalar.contains(known.scalar, new Word(Number(BigInt.asIntN(32, varying)), Number(varying >> 32n)));
  if (!isWithin || !isPacketPointer(known) || known.extent <= 0) return isWithin;
  // As many bytes as were proved to be there from the varying part on are in the packet.
  return base + varying + BigInt(known.extent) <= bases.data + BigInt(length);
}

function indexOf(map: Value['map'], maps: Program['maps']): number {
  return maps.findIndex((each) => Object.is(each, map));
}

/** Where what an address leads to begins. */
function baseOf({ kind, frame, map }: Value, address: bigint, { maps }: Program, length: number): bigint {
  switch (kind) {
    case 'memory':
    case 'packet':
    case 'packet-meta':
      return bases.data;
    case 'packet-end':
      return bases.data + BigInt(length);
    case 'context':
      return bases.context;
    case 'stack':
      return framePointer(frame);
    case 'map':
      return bases.mapReferences + BigInt(indexOf(map, maps)) * mapStride;
    case 'map-value': {
      const start = bases.mapValues + BigInt(indexOf(map, maps)) * mapStride;
      const stride = BigInt((map?.valueSize ?? 0) + 7) & ~7n;
      return address < start ? start : address - ((address - start) % stride);
    }
    default:
      throw new Error(`no program here has an address of kind ${kind}`);
  }
}
