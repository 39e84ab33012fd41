// Seeded random programs that the verifier accepts more often than not: what they do is bounded by masks, comparisons and
// shifts, at times not quite. They branch, loop, call functions, spill and fill, move addresses by numbers, and reach
// plain memory, packets and the values of maps.
//
//   r0 to r7   numbers, at the start of every piece       r8   the address of the data, or of the packet
//   r9         the context, or the address of the data    fp-8 to fp-64 hold what is spilled, fp-136 on what pieces need

import type { Insn, Operand, Register, Width } from '../src/ebpf/insn.js';
import type { MapSpec } from '../src/ebpf/map.js';
import { Program } from '../src/ebpf/program.js';
import { type AtomicName, atomic } from '../src/ebpf/rows.js';
import type { AccessSize, Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';
import { InsnWriter } from './insn-writer.js';
import { aluNames, generator, interesting, jumpNames } from './verify-programs.js';

/** How many bytes of input there are in the world `memory`. */
const inputSize = 64;

/** What programs are made for. */
export const worlds = {
  memory: environment('memory', { size: inputSize }),
  packet: environment('packet'),
  xdp: environment('xdp'),
} as const satisfies Record<string, Environment>;

export type World = keyof typeof worlds;

/** The map that programs look up values in. */
export const table: MapSpec = { name: 'table', type: 'array', keySize: 4, valueSize: 32, maxEntries: 4 };

export type Draw = (n: number) => number;

/** Writes a piece of its own: it may use r0 to r5, and the stack below what the others need. */
export type Extra = (out: InsnWriter, draw: Draw) => void;

/** What programs may do besides what all do. */
interface Permissions {
  /** Whether they use `table`, the first of their maps. */
  readonly maps: boolean;
  readonly extra?: Extra;
}

export function safeProgram(seed: number, world: World, permissions: Permissions): Program {
  return new Writer(generator(seed), world, permissions).program();
}

/** An input of a world: of packets the length varies. */
export function randomInput(draw: Draw, world: World): Uint8Array {
  const extreme = [0, 0xff, 0x7f, 0x80];
  const length = world === 'memory' ? inputSize : draw(80);
  return Uint8Array.from({ length }, () => (draw(3) === 0 ? extreme[draw(4)]! : draw(256)));
}

const atomicNames = Object.keys(atomic) as AtomicName[];
const sizes: readonly AccessSize[] = [1, 2, 4, 8];
const widths: readonly Width[] = [32, 64];

/** Where loops count, keys stand, and addresses are kept. */
const offsets = { counter: -136, key: -144, pointer: -152, copy: -160 } as const;
/** More loops than this take the verifier too long. */
const loopLimit = 2;

class Writer {
  readonly #draw: Draw;
  readonly #world: World;
  readonly #permissions: Permissions;
  readonly #out = new InsnWriter();
  /** Calls whose function isn't written yet. */
  readonly #calls: number[] = [];
  #inFunction = false;
  #usesMap = false;
  #loops = 0;

  constructor(draw: Draw, world: World, permissions: Permissions) {
    this.#draw = draw;
    this.#world = world;
    this.#permissions = permissions;
  }

  program(): Program {
    this.#begin();
    // Many small programs find more than few large ones.
    this.#block(0, this.#draw(4) === 0 ? 4 + this.#draw(14) : 2 + this.#draw(7));
    this.#end();
    for (const call of this.#calls) {
      this.#out.aim(call, this.#out.next);
      this.#function();
    }
    return new Program(this.#out.insns, { maps: this.#usesMap ? [table] : [] });
  }

  /** Numbers come from the input, where it may be read at once, or from constants. */
  #begin(): void {
    this.#out.mov(9, { reg: 1 });
    if (this.#world === 'packet') this.#out.mov(6, { reg: 1 });
    if (this.#world === 'xdp') this.#out.load(4, 8, 9, 0);
    else this.#out.mov(8, { reg: 9 });
    for (const register of numbers) {
      if (this.#world === 'packet' && register === 6) continue;
      if (this.#world === 'memory' && this.#draw(4) > 0) {
        this.#out.load(this.#pick(sizes), register, 9, 8 * this.#draw(inputSize / 8));
      } else this.#out.mov(register, { imm: this.#constant() });
    }
  }

  #end(): void {
    this.#out.mov(0, { reg: this.#number() });
    this.#out.push({ kind: 'exit', off: 0 });
  }

  /** A function of numbers, and of an address in its caller's stack in r1. */
  #function(): void {
    this.#inFunction = true;
    this.#accessSlot(1, -8 * (1 + this.#draw(4)));
    for (const register of numbers) {
      if (register !== 2 && register !== 3) this.#out.mov(register, { imm: this.#constant() });
    }
    this.#block(1, 1 + this.#draw(6));
    this.#end();
  }

  #block(depth: number, count: number): void {
    for (let i = 0; i < count; i++) this.#piece(depth);
  }

  #piece(depth: number): void {
    const plain = [this.#compute, this.#compute, this.#compute, this.#copy, this.#change, this.#spill, this.#fill];
    const reaching = this.#inFunction ? [this.#reachStack] : [this.#reachStack, ...this.#outer()];
    const branching = depth < 3 ? [this.#branch, this.#branch, this.#branch] : [];
    const all = [...plain, this.#fill, this.#spill, this.#atomic, ...reaching, ...branching];
    if (depth === 0 && this.#loops < loopLimit && this.#draw(10) === 0) this.#loop();
    else this.#pick(all).call(this, depth);
  }

  /** What needs the input, a map, or a call. */
  #outer(): ((depth: number) => void)[] {
    const own = {
      memory: [this.#reachMemory, this.#reachByCopy],
      packet: [this.#loadPacket],
      xdp: [this.#reachPacket, this.#reachPacket],
    };
    const mapped = this.#permissions.maps ? [this.#lookUp] : [];
    const extra = this.#permissions.extra === undefined ? [] : [this.#foreign, this.#foreign, this.#foreign];
    const calls = this.#calls.length < 2 ? [this.#callFunction] : [];
    return [
      ...own[this.#world],
      ...mapped,
      ...extra,
      ...calls,
      this.#savePointer,
      this.#reachByLink,
      this.#reachByLink,
    ];
  }

  // ---- numbers -----------------------------------------------------------------------------------------------------------

  #compute(): void {
    const [op, width] = [this.#pick(aluNames), this.#pick(widths)];
    const isShift = op === 'lsh' || op === 'rsh' || op === 'arsh';
    const imm = isShift ? this.#draw(width) : this.#constant() || 1;
    this.#out.alu(op, width, this.#target(), this.#draw(2) === 0 ? { imm } : { reg: this.#number() });
  }

  /** A copy is linked to what it was copied from; so is one with a constant added. */
  #copy(): void {
    const [dst, src] = [this.#target(), this.#number()];
    this.#out.mov(dst, { reg: src });
    if (this.#draw(3) === 0) this.#out.alu(this.#pick(['add', 'add', 'sub']), 64, dst, { imm: this.#draw(96) - 32 });
  }

  #change(): void {
    const [dst, src] = [this.#target(), this.#number()];
    const width = this.#pick(widths);
    const bits = this.#pick(width === 64 ? ([8, 16, 32] as const) : ([8, 16] as const));
    const [order, swapped] = [this.#pick(['le', 'be', 'bswap'] as const), this.#pick([16, 32, 64] as const)];
    const insns: Insn[] = [
      { kind: 'neg', width, dst },
      { kind: 'movsx', width, bits, dst, src },
      { kind: 'swap', order, bits: swapped, dst },
    ];
    this.#out.push(this.#pick(insns));
  }

  #branch(depth: number): void {
    const past = this.#out.jump(this.#pick(jumpNames), this.#pick(widths), this.#number(), this.#operand());
    this.#block(depth + 1, 1 + this.#draw(3));
    if (this.#draw(3) > 0) {
      past();
      return;
    }
    const end = this.#out.goto();
    past();
    this.#block(depth + 1, 1 + this.#draw(3));
    end();
  }

  #loop(): void {
    this.#loops++;
    const { counter } = offsets;
    this.#out.store(4, 10, counter, { imm: 0 });
    const start = this.#out.next;
    this.#block(2, 1 + this.#draw(3));
    const register = this.#target();
    this.#out.load(4, register, 10, counter);
    this.#out.alu('add', this.#pick(widths), register, { imm: 1 });
    this.#out.store(4, 10, counter, { reg: register });
    const [op, width] = [this.#pick(['lt', 'slt', 'ne'] as const), this.#pick(widths)];
    this.#out.jump(op, width, register, { imm: 1 + this.#draw(4) })(start);
  }

  // ---- the stack ---------------------------------------------------------------------------------------------------------

  #spill(): void {
    const size = this.#pick(sizes);
    this.#out.store(size, 10, this.#stackOffset(size), this.#operand());
  }

  #fill(): void {
    const size = this.#pick(sizes);
    this.#out.load(size, this.#target(), 10, this.#stackOffset(size), this.#draw(4) === 0);
  }

  #atomic(): void {
    const op = this.#pick(atomicNames);
    const fetch = atomic[op].fetch === 'always' || this.#draw(2) === 0;
    const [size, src] = [this.#pick([4, 8] as const), this.#target()];
    if (op === 'cmpxchg' && this.#draw(2) === 0) this.#out.mov(0, { imm: this.#constant() });
    this.#out.push({ kind: 'atomic', op, fetch, size, dst: 10, src, off: -8 * (1 + this.#draw(8)) });
  }

  #reachStack(): void {
    const [index, pointer] = [this.#target(), this.#other()];
    if (index === pointer) return;
    const end = this.#bound(index, this.#pick([1, 3, 6]));
    this.#accessSlots(index, pointer, this.#pick([-64, -56]));
    this.#rejoin(end, pointer);
  }

  /** The slot of a number, counted from the one at `first`. */
  #accessSlots(index: Register, pointer: Register, first: number): void {
    this.#out.alu('lsh', 64, index, { imm: 3 });
    this.#out.mov(pointer, { reg: 10 });
    this.#out.alu('add', 64, pointer, { reg: index });
    this.#accessSlot(pointer, first);
  }

  #savePointer(): void {
    const dst = this.#target();
    this.#out.store(8, 10, offsets.pointer, { reg: 8 });
    this.#out.load(8, dst, 10, offsets.pointer);
    if (this.#world === 'memory') this.#out.load(1, dst, dst, this.#draw(inputSize));
    else this.#out.mov(dst, { imm: 3 });
  }

  // ---- memory, packets, maps, functions ----------------------------------------------------------------------------------

  /** An access of the input at an offset that something bounds. */
  #reachMemory(): void {
    const [index, pointer] = [this.#target(), this.#other()];
    if (index === pointer) return;
    const limit = this.#pick([7, 15, 31, 48]);
    const end = this.#bound(index, limit);
    this.#out.mov(pointer, { reg: 8 });
    this.#out.alu('add', 64, pointer, { reg: index });
    this.#access(pointer, this.#draw(inputSize - limit - 7), 8);
    this.#rejoin(end, pointer);
  }

  /** What is learnt of a number in a register is learnt of its copy in the stack, through which memory is reached. */
  #reachByCopy(): void {
    const [index, pointer] = [this.#target(), this.#other()];
    if (index === pointer) return;
    this.#out.store(8, 10, offsets.copy, { reg: index });
    if (this.#draw(2) === 0) this.#branch(2);
    const beyond = this.#out.jump('gt', 64, index, { imm: 15 });
    this.#out.load(8, pointer, 10, offsets.copy);
    this.#out.alu('add', 64, pointer, { reg: 8 });
    this.#access(pointer, this.#draw(inputSize - 22), 8);
    this.#rejoin(beyond, pointer);
  }

  /** A comparison bounds a number, a copy of it reaches memory; on a second way there the two may be no copies. */
  #reachByLink(): void {
    const [compared, index, pointer] = [this.#target(), this.#target(), this.#other()];
    if (compared === index || compared === pointer || index === pointer) return;
    this.#unknown(compared);
    this.#unknown(pointer);
    const second = this.#out.jump('set', 64, pointer, { imm: 1 << this.#draw(3) });
    const distance = this.#draw(2) * this.#draw(4);
    this.#copyOf(index, compared, distance);
    const joint = this.#out.goto();
    second();
    this.#otherWay(index, compared, distance);
    joint();
    const beyond = this.#out.jump('gt', 64, compared, { imm: 7 - distance });
    if (this.#world === 'memory' && !this.#inFunction) {
      this.#out.mov(pointer, { reg: 8 });
      this.#out.alu('add', 64, pointer, { reg: index });
      this.#access(pointer, this.#draw(2) === 0 ? inputSize - 15 : this.#draw(inputSize - 15), 8);
    } else {
      this.#accessSlots(index, pointer, -64);
    }
    this.#rejoin(beyond, pointer);
  }

  #copyOf(dst: Register, src: Register, distance: number): void {
    this.#out.mov(dst, { reg: src });
    if (distance > 0) this.#out.alu('add', 64, dst, { imm: distance });
  }

  #otherWay(index: Register, compared: Register, distance: number): void {
    const way = this.#draw(8);
    if (way === 0) this.#out.mov(index, { imm: this.#draw(8) });
    else if (way < 3) {
      this.#unknown(index);
      this.#out.alu('xor', 64, index, { imm: this.#draw(16) });
    } else {
      if (way === 3) this.#out.mov(compared, { imm: this.#draw(8) });
      this.#copyOf(index, compared, distance);
    }
  }

  /** A number of which little is known, another for each input where that can be. */
  #unknown(register: Register): void {
    if (this.#inFunction) this.#out.mov(register, { reg: this.#number() });
    else if (this.#world === 'memory')
      this.#out.load(this.#pick([1, 8, 8]), register, 9, 8 * this.#draw(inputSize / 8));
    else this.#out.load(4, register, 9, this.#world === 'packet' ? 0 : 12);
    if (this.#draw(4) > 0) this.#out.alu('and', 64, register, { imm: 15 });
  }

  #foreign(): void {
    this.#permissions.extra?.(this.#out, this.#draw);
    this.#renew();
    this.#out.mov(0, { imm: this.#constant() });
  }

  #loadPacket(): void {
    const src = this.#draw(2) === 0 ? undefined : this.#number();
    const back = this.#target();
    if (this.#draw(2) === 0) this.#out.store(8, 10, -8, { reg: 7 });
    this.#out.push({ kind: 'packet', size: this.#pick([1, 2, 4] as const), src, imm: this.#draw(40) });
    this.#renew();
    this.#out.mov(back, { reg: 0 });
  }

  /** What a comparison with the end of the packet allows. */
  #reachPacket(): void {
    const [start, pointer, end] = [1, 2, 3] as const;
    const size = 8 + this.#draw(16);
    this.#out.load(4, start, 9, 0);
    this.#out.load(4, end, 9, 4);
    const out = this.#draw(2) === 0 ? this.#bound(4, this.#pick([7, 15, 31])) : undefined;
    if (out !== undefined) this.#out.alu('add', 64, start, { reg: 4 });
    this.#out.mov(pointer, { reg: start });
    this.#out.alu('add', 64, pointer, { imm: size });
    const [op, a, b] = this.#pick([
      ['gt', pointer, end],
      ['ge', pointer, end],
      ['lt', end, pointer],
    ] as const);
    const beyond = this.#out.jump(op, 64, a, { reg: b });
    this.#access(start, this.#draw(size - 7), 8);
    beyond();
    out?.();
    this.#renew();
  }

  #lookUp(): void {
    this.#usesMap = true;
    const index = this.#target();
    this.#out.store(4, 10, offsets.key, this.#draw(2) === 0 ? { reg: index } : { imm: this.#draw(5) });
    this.#out.place(2, offsets.key);
    this.#out.map(1, 0);
    this.#out.helper(1);
    const missing = this.#out.jump('eq', 64, 0, { imm: 0 });
    this.#out.mov(1, { reg: this.#kept() });
    const end = this.#bound(1, this.#pick([7, 15]));
    this.#out.alu('add', 64, 0, { reg: 1 });
    this.#access(0, this.#draw(9), 8);
    missing();
    end?.();
    this.#renew();
    this.#out.mov(0, { imm: this.#constant() });
  }

  #callFunction(): void {
    this.#out.store(8, 10, -8 * (1 + this.#draw(4)), this.#operand());
    this.#out.place(1, -8 * this.#draw(4));
    this.#calls.push(this.#out.next);
    this.#out.push({ kind: 'call-local', off: 0 });
    this.#renew();
  }

  /** r1 to r5 are numbers again, after a call or where they held addresses. */
  #renew(): void {
    for (const register of [1, 2, 3, 4, 5] as const) {
      const imm = { imm: this.#constant() };
      this.#out.mov(register, this.#draw(2) === 0 ? { reg: this.#kept() } : imm);
    }
  }

  /** @returns what aims the jump of a comparison at the end of the piece; undefined where there is none */
  #bound(register: Register, limit: number): (() => void) | undefined {
    const loose = this.#draw(16) === 0 ? limit + 8 : limit;
    const bits = Math.ceil(Math.log2(limit + 1));
    switch (this.#draw(5)) {
      case 0:
      case 1:
        this.#out.alu('and', this.#pick(widths), register, { imm: loose });
        return undefined;
      case 2:
        this.#out.alu('rsh', 64, register, { imm: 64 - bits });
        if (2 ** bits > limit + 1) this.#out.alu('and', 64, register, { imm: limit });
        return undefined;
      case 3: {
        const width = this.#pick(widths);
        if (width === 32) this.#out.alu('mov', 32, register, { reg: register });
        return this.#out.jump('gt', width, register, { imm: loose });
      }
      default: {
        const [low, high] = [
          this.#out.jump('slt', 64, register, { imm: 0 }),
          this.#out.jump('sgt', 64, register, { imm: loose }),
        ];
        return () => {
          low();
          high();
        };
      }
    }
  }

  /** Where the paths of a piece meet again the register that held an address is a number on all of them. */
  #rejoin(end: (() => void) | undefined, pointer: Register): void {
    end?.();
    this.#out.mov(pointer, { imm: this.#constant() });
  }

  /** Loads or stores through a register, at one of the offsets from `off` on for which `room` bytes are there. */
  #access(pointer: Register, off: number, room: number): void {
    const size = this.#pick(sizes);
    const at = off + this.#draw(room - size + 1);
    if (this.#draw(3) === 0) this.#out.store(size, pointer, at, { imm: this.#constant() });
    this.#out.load(size, pointer, pointer, at, this.#draw(4) === 0);
  }

  /** The same in a slot of the stack, aligned. */
  #accessSlot(pointer: Register, slot: number): void {
    const size = this.#pick(sizes);
    const at = slot + size * this.#draw(8 / size);
    if (this.#draw(3) === 0) this.#out.store(size, pointer, at, { imm: this.#constant() });
    this.#out.load(size, pointer, pointer, at, this.#draw(4) === 0);
  }

  // ---- choices -----------------------------------------------------------------------------------------------------------

  /** A register that holds a number. */
  #number(): Register {
    const register = this.#pick(numbers);
    return register === 6 && this.#world === 'packet' && !this.#inFunction ? 7 : register;
  }

  /** One that holds a number over calls. */
  #kept(): Register {
    return this.#world === 'packet' ? 7 : this.#pick([6, 7] as const);
  }

  /** One that may be written. */
  #target(): Register {
    return this.#number();
  }

  /** One that may hold an address for the time of a piece. */
  #other(): Register {
    return this.#pick([0, 1, 2, 3, 4, 5] as const);
  }

  #operand(): Operand {
    return this.#draw(3) === 0 ? { reg: this.#number() } : { imm: this.#constant() };
  }

  /** Accesses of the stack are aligned, but for a few that are refused. */
  #stackOffset(size: AccessSize): number {
    const slot = -8 * (1 + this.#draw(8));
    if (this.#draw(100) === 0) return slot + this.#draw(8);
    return this.#draw(4) === 0 ? slot + size * this.#draw(8 / size) : slot;
  }

  #constant(): number {
    return this.#draw(3) > 0 ? this.#pick(interesting) : this.#draw(0x100000) - 0x80000;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#draw(items.length)]!;
  }
}

const numbers: readonly Register[] = [0, 1, 2, 3, 4, 5, 6, 7];
