// Seeded random programs for Linux's program types: the safe ones, with pieces between that use what the type's tables allow.
// They read and write the context, reach the packet from it, look up values, reserve records, look for sockets, and call
// every helper with what its prototype asks for; now and then with something else.
//
//   fp-168   the address of the context        fp-256 to fp-177   memory for helpers

import type { Operand, Register } from '../src/ebpf/insn.js';
import type { MapSpec, MapType } from '../src/ebpf/map.js';
import { Program } from '../src/ebpf/program.js';
import type { AccessSize, Environment, Field } from '../src/env/environment.js';
import type { Helper, HelperArgument } from '../src/env/helper.js';
import { InsnWriter } from './insn-writer.js';
import { type Draw, safeProgram, table, type World } from './safe-programs.js';
import { randomMemoryProgram } from './verify-programs.js';

/** The maps of every program; `table` is the one that safe programs know, and `box` their memory where they have no other. */
export const linuxMaps: readonly MapSpec[] = [
  table,
  map('box', 'array', 4, 64, 1),
  map('hash', 'hash', 8, 16, 8),
  map('lru', 'lru_hash', 4, 8, 8),
  map('percpu', 'percpu_array', 4, 24, 4),
  map('percpu_hash', 'percpu_hash', 4, 8, 4),
  map('prefixes', 'lpm_trie', 8, 4, 4, 1),
  map('queue', 'queue', 0, 8, 4),
  map('stack', 'stack', 0, 12, 4),
  map('bloom', 'bloom_filter', 0, 8, 4),
  map('records', 'ringbuf', 0, 0, 4096),
  map('programs', 'prog_array', 4, 4, 2),
  map('events', 'perf_event_array', 4, 4, 2),
  map('stacks', 'stack_trace', 4, 64, 2),
  map('groups', 'cgroup_array', 4, 4, 1),
  map('devices', 'devmap', 4, 4, 2),
  map('sockets', 'sockmap', 4, 4, 2),
  map('sockets_by_key', 'sockhash', 4, 4, 2),
];

function map(name: string, type: MapType, keySize: number, valueSize: number, maxEntries: number, flags = 0): MapSpec {
  return { name, type, keySize, valueSize, maxEntries, flags };
}

const slots = { key: -144, context: -168, buffer: -256 } as const;
const bufferBytes = 80;

/** A program of a type; in the world `memory` its memory is the value of `box`. */
export function linuxProgram(seed: number, world: World, environment: Environment): Program {
  const start = new InsnWriter();
  start.store(8, 10, slots.context, { reg: 1 });
  if (world === 'memory') openBox(start);
  const { insns } = world === 'memory' && seed % 8 === 0 ? randomMemoryProgram(seed) : inside(seed, world, environment);
  return new Program([...start.insns, ...insns], { maps: linuxMaps });
}

function inside(seed: number, world: World, environment: Environment): Program {
  return safeProgram(seed, world, { maps: true, extra: (out, draw) => new Piece(environment, out, draw).write() });
}

/** r1 = the address of the only value of `box` */
function openBox(out: InsnWriter): void {
  out.store(4, 10, slots.key, { imm: 0 });
  out.place(2, slots.key);
  out.map(1, 1);
  out.helper(1);
  const found = out.jump('ne', 64, 0, { imm: 0 });
  out.mov(0, { imm: 0 });
  out.push({ kind: 'exit', off: 0 });
  found();
  out.mov(1, { reg: 0 });
}

/** Helpers that are for maps of few types. */
const mapsFor: Readonly<Record<string, readonly string[]>> = {
  tail_call: ['programs'],
  perf_event_read: ['events'],
  perf_event_read_value: ['events'],
  perf_event_output: ['events'],
  get_stackid: ['stacks'],
  skb_under_cgroup: ['groups'],
  current_task_under_cgroup: ['groups'],
  redirect_map: ['devices'],
  map_push_elem: ['queue', 'stack', 'bloom'],
  map_pop_elem: ['queue', 'stack'],
  map_peek_elem: ['queue', 'stack', 'bloom'],
  map_lookup_percpu_elem: ['percpu', 'percpu_hash'],
  ringbuf_output: ['records'],
  ringbuf_reserve: ['records'],
  ringbuf_query: ['records'],
  sk_redirect_map: ['sockets'],
  msg_redirect_map: ['sockets'],
  sock_map_update: ['sockets'],
  sk_redirect_hash: ['sockets_by_key'],
  msg_redirect_hash: ['sockets_by_key'],
  sock_hash_update: ['sockets_by_key'],
};
const keyed = ['table', 'box', 'hash', 'lru', 'percpu', 'percpu_hash', 'prefixes'];
const found = ['table', 'hash', 'lru', 'percpu', 'percpu_hash', 'prefixes'];

const sizes: readonly AccessSize[] = [1, 2, 4, 8];
const argumentRegisters = [1, 2, 3, 4, 5] as const;
const lookupTcp = 84;
const releaseSocket = 86;
const reserveRecord = 131;

/** One piece; r0 to r5 are its own. */
class Piece {
  readonly #environment: Environment;
  readonly #out: InsnWriter;
  readonly #draw: Draw;

  constructor(environment: Environment, out: InsnWriter, draw: Draw) {
    this.#environment = environment;
    this.#out = out;
    this.#draw = draw;
  }

  write(): void {
    const { helpers } = this.#environment;
    const packet = this.#field('packet') !== undefined ? [this.#reachPacket, this.#reachPacket] : [];
    const sockets = helpers.has(lookupTcp) ? [this.#lookForSocket] : [];
    const context = this.#environment.fields.length > 0 ? [this.#readContext, this.#writeContext] : [];
    const always = [this.#callHelper, this.#callHelper, this.#lookUp, this.#lookUp, this.#reserve, this.#goRound];
    this.#pick([...always, ...context, ...packet, ...sockets]).call(this);
  }

  // ---- the context and the packet ----------------------------------------------------------------------------------------

  #context(register: Register): void {
    this.#out.load(8, register, 10, slots.context);
  }

  #field(yields: Field['yields']): Field | undefined {
    return this.#environment.fields.find((field) => field.yields === yields);
  }

  /** What is read is spilled, where other pieces may find it. */
  #readContext(): void {
    const field = this.#pick(this.#environment.fields);
    const size = this.#rarely() || field.read.length === 0 ? this.#pick(sizes) : this.#pick(field.read);
    this.#context(1);
    this.#out.load(size, 0, 1, field.offset + this.#placeIn(field, size), this.#rarely());
    if (field.yields.includes('sock')) this.#readSocket(0);
    else if (field.yields === 'scalar') this.#out.store(8, 10, -8 * (1 + this.#draw(8)), { reg: 0 });
  }

  #writeContext(): void {
    const written = this.#environment.fields.filter(({ write }) => write.length > 0);
    if (written.length === 0) return;
    const field = this.#pick(this.#rarely() ? this.#environment.fields : written);
    const size = this.#rarely() || field.write.length === 0 ? this.#pick(sizes) : this.#pick(field.write);
    this.#context(1);
    this.#out.store(size, 1, field.offset + this.#placeIn(field, size), this.#operand());
  }

  /** At a multiple of the size, mostly inside of the field. */
  #placeIn(field: Field, size: AccessSize): number {
    const count = Math.max(1, Math.floor(field.size / size)) + (this.#rarely() ? 1 : 0);
    return field.startOnly === true && !this.#rarely() ? 0 : size * this.#draw(count);
  }

  #readSocket(register: Register): void {
    const none = this.#rarely() ? undefined : this.#out.jump('eq', 64, register, { imm: 0 });
    this.#out.load(4, register, register, 4 * this.#draw(12));
    none?.();
  }

  /** Between the packet's first byte and its end, at a place that a number may move. */
  #reachPacket(): void {
    const [start, end] = [this.#field('packet')!, this.#field('packet-end')!];
    this.#context(5);
    this.#out.load(4, 2, 5, start.offset);
    this.#out.load(4, 3, 5, end.offset);
    if (this.#draw(2) === 0) {
      this.#number(4, this.#pick([7, 31, 255]));
      this.#out.alu('add', 64, 2, { reg: 4 });
    }
    const size = 1 + this.#draw(20);
    this.#out.mov(1, { reg: 2 });
    this.#out.alu('add', 64, 1, { imm: size });
    const beyond = this.#draw(2) === 0 ? this.#jump('gt', 1, 3) : this.#jump('lt', 3, 1);
    if (this.#draw(3) === 0) this.#give(this.#helperWithPacket(), 2, size);
    else this.#access(2, size);
    beyond();
  }

  #jump(op: 'gt' | 'lt', dst: Register, src: Register): () => void {
    return this.#out.jump(this.#rarely() ? 'le' : op, 64, dst, { reg: src });
  }

  /** One that takes bytes of the packet for a key or a value. */
  #helperWithPacket(): Helper {
    const { helpers } = this.#environment;
    return this.#pick([1, 2, 3, 28].map((id) => helpers.get(id) ?? helpers.get(1)!));
  }

  // ---- maps, records, sockets ----------------------------------------------------------------------------------------------

  #lookUp(): void {
    const spec = this.#map(this.#rarely() ? linuxMaps.map(({ name }) => name) : found);
    this.#key(2, spec);
    this.#out.helper(1);
    const none = this.#rarely() ? undefined : this.#out.jump('eq', 64, 0, { imm: 0 });
    this.#pick([this.#useValue, this.#useValueInPart, this.#giveValue]).call(this, spec);
    none?.();
  }

  #useValue({ valueSize }: MapSpec): void {
    this.#access(0, valueSize);
  }

  #useValueInPart({ valueSize }: MapSpec): void {
    this.#number(1, this.#pick([1, 3, 7]));
    this.#out.alu('add', 64, 0, { reg: 1 });
    this.#access(0, valueSize - 7);
  }

  #giveValue({ valueSize }: MapSpec): void {
    this.#give(this.#environment.helpers.get(this.#pick([2, 3]))!, 0, valueSize);
  }

  /** A record that is given back, or not quite. */
  #reserve(): void {
    const size = 1 + this.#draw(32);
    this.#out.map(1, indexOf('records'));
    this.#out.mov(2, { imm: size });
    this.#out.mov(3, { imm: 0 });
    this.#out.helper(reserveRecord);
    const none = this.#rarely() ? undefined : this.#out.jump('eq', 64, 0, { imm: 0 });
    this.#out.mov(4, { reg: 0 });
    this.#access(0, size);
    const kept = this.#rarely() ? this.#out.jump('gt', 64, 7, { imm: this.#draw(300) }) : undefined;
    this.#out.mov(1, { reg: 4 });
    if (this.#rarely()) this.#out.alu('add', 64, 1, { imm: 1 });
    this.#out.mov(2, { imm: 0 });
    this.#out.helper(this.#pick([132, 133]));
    kept?.();
    none?.();
  }

  #lookForSocket(): void {
    this.#fill();
    this.#context(1);
    this.#out.place(2, slots.buffer);
    this.#out.mov(3, { imm: this.#pick([12, 36]) });
    this.#out.mov(4, { imm: -1 });
    this.#out.mov(5, { imm: 0 });
    this.#out.helper(this.#pick([lookupTcp, 85, 99]));
    const none = this.#rarely() ? undefined : this.#out.jump('eq', 64, 0, { imm: 0 });
    this.#out.mov(4, { reg: 0 });
    if (this.#draw(2) === 0) this.#out.load(4, 0, 0, 4 * this.#draw(12));
    const kept = this.#rarely() ? this.#out.jump('gt', 64, 7, { imm: this.#draw(300) }) : undefined;
    this.#out.mov(1, { reg: 4 });
    this.#out.helper(releaseSocket);
    if (this.#rarely()) this.#out.load(4, 0, 4, 4);
    kept?.();
    none?.();
  }

  /** A loop that the machine ends. */
  #goRound(): void {
    this.#out.mov(0, this.#operand());
    const start = this.#out.next;
    this.#out.push({ kind: 'may-goto', off: 0 });
    this.#out.alu(this.#pick(['add', 'xor', 'and', 'mul']), this.#pick([32, 64]), 0, this.#operand());
    if (this.#draw(2) === 0) this.#out.store(8, 10, -8 * (1 + this.#draw(8)), { reg: 0 });
    this.#out.goto()(start);
    this.#out.aim(start, this.#out.next);
  }

  // ---- helpers ---------------------------------------------------------------------------------------------------------------

  #callHelper(): void {
    const all = [...this.#environment.helpers.values()];
    const plain = all.filter(({ arguments: wanted }) => !wanted.includes('typed') && !wanted.includes('string'));
    this.#give(this.#pick(this.#rarely() ? all : plain), undefined, 0);
  }

  /** Calls a helper with what it asks for; `given`, an address of `room` bytes, is one of its arguments where it can be. */
  #give(helper: Helper, given: Register | undefined, room: number): void {
    if (given !== undefined) this.#out.mov(0, { reg: given });
    this.#fill();
    const spec = helper.arguments.includes('map') ? this.#mapOf(helper) : undefined;
    const taken = given === undefined ? -1 : helper.arguments.findIndex((wanted) => addresses.includes(wanted));
    for (const [index, wanted] of helper.arguments.entries()) {
      const register = argumentRegisters[index]!;
      if (index === taken) this.#out.mov(register, { reg: 0 });
      else this.#argument(register, wanted, spec, index - 1 === taken ? room : bufferBytes);
    }
    this.#out.helper(helper.id);
    if (helper.returns === 'scalar') this.#out.store(8, 10, -8 * (1 + this.#draw(8)), { reg: 0 });
  }

  #argument(register: Register, wanted: HelperArgument, spec: MapSpec | undefined, room: number): void {
    if (this.#draw(60) === 0) this.#out.mov(register, this.#operand());
    else if (wanted.endsWith('?') && this.#draw(4) === 0) this.#out.mov(register, { imm: 0 });
    else this.#fitting(register, wanted, spec, room);
  }

  #fitting(register: Register, wanted: HelperArgument, spec: MapSpec | undefined, room: number): void {
    switch (wanted) {
      case 'context':
      case 'context?':
        this.#context(register);
        break;
      case 'map':
        this.#out.map(register, linuxMaps.indexOf(spec!));
        break;
      case 'key':
        this.#keyAt(register, spec!);
        break;
      case 'size':
        this.#size(register, room, 1);
        break;
      case 'size0':
        this.#size(register, room, 0);
        break;
      case 'any':
        this.#out.mov(register, this.#operand());
        break;
      case 'constant':
        this.#out.mov(register, { imm: this.#draw(64) });
        break;
      case 'zero':
        this.#out.mov(register, { imm: 0 });
        break;
      default:
        this.#out.place(register, slots.buffer + (this.#draw(6) === 0 ? this.#draw(24) : 0));
    }
  }

  /** Of the memory before it: a constant, or a number with bounds; mostly no more than there is. */
  #size(register: Register, room: number, least: number): void {
    const most = this.#rarely() ? room + 1 : Math.max(least, Math.min(room, 1 << this.#draw(7)));
    if (this.#draw(2) === 0) {
      this.#out.mov(register, { imm: most });
      return;
    }
    this.#number(register, this.#pick([1, 3, 7, 15]));
    if (least > 0 && !this.#rarely()) this.#out.alu('add', 64, register, { imm: least });
  }

  #mapOf({ name }: Helper): MapSpec {
    const fitting = this.#rarely() ? linuxMaps.map(({ name }) => name) : (mapsFor[name] ?? keyed);
    return linuxMaps[indexOf(this.#pick(fitting))]!;
  }

  /** r1 = one of these maps */
  #map(names: readonly string[]): MapSpec {
    const index = indexOf(this.#pick(names));
    this.#out.map(1, index);
    return linuxMaps[index]!;
  }

  #key(register: Register, spec: MapSpec): void {
    this.#out.store(4, 10, slots.key, this.#draw(2) === 0 ? { imm: this.#draw(5) } : { reg: 7 });
    if (spec.keySize > 4) this.#out.store(4, 10, slots.key + 4, { imm: 0 });
    this.#out.place(register, slots.key);
  }

  /** The registers before are taken: the key stands in memory already. */
  #keyAt(register: Register, { keySize }: MapSpec): void {
    this.#out.place(register, slots.buffer + (this.#rarely() ? bufferBytes - keySize + 1 : 8 * this.#draw(4)));
  }

  /** Writes the memory for helpers, or most of it. */
  #fill(): void {
    const left = this.#rarely() ? this.#draw(bufferBytes / 8) : -1;
    for (let slot = 0; slot < bufferBytes / 8; slot++) {
      if (slot !== left) this.#out.store(8, 10, slots.buffer + 8 * slot, { imm: this.#draw(4) });
    }
  }

  // ---- numbers ---------------------------------------------------------------------------------------------------------------

  /** A number from 0 to `most`, which is one less than a power of 2. */
  #number(register: Register, most: number): void {
    this.#out.mov(register, { reg: 7 });
    this.#out.alu('and', this.#pick([32, 64]), register, { imm: this.#rarely() ? 2 * most + 1 : most });
  }

  /** Loads or stores inside of `room` bytes, or just beyond. */
  #access(pointer: Register, room: number): void {
    const size = this.#pick(sizes);
    const places = Math.max(1, room - size + 1) + (this.#rarely() ? 1 : 0);
    const off = this.#draw(places);
    if (this.#draw(3) === 0) this.#out.store(size, pointer, off, this.#operand());
    else this.#out.load(size, pointer, pointer, off, this.#draw(4) === 0);
  }

  #operand(): Operand {
    return this.#draw(2) === 0 ? { reg: 7 } : { imm: this.#pick([0, 1, 2, 8, 255, -1, 0x7fffffff, this.#draw(5000)]) };
  }

  #rarely(): boolean {
    return this.#draw(24) === 0;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#draw(items.length)]!;
  }
}

/** Arguments that any address of memory will do for. */
const addresses: readonly HelperArgument[] = ['key', 'value', 'value?', 'in', 'in?'];

function indexOf(name: string): number {
  return linuxMaps.findIndex((spec) => spec.name === name);
}
