// What a helper is given: each of r1 to r5 must be what the prototype wants, and memory must be there.

import * as scalar from '../abstract/scalar.js';
import type { Word } from '../abstract/word.js';
import * as word from '../abstract/word.js';
import { unreachable } from '../base/error.js';
import type { Register } from '../ebpf/insn.js';
import type { Helper, HelperArgument } from '../env/helper.js';
import type { Analysis } from './analysis.js';
import { type DynptrPlace, destroyDynptr, dynptrAt, dynptrPlace, placeDynptr, removeDynptr } from './dynptr.js';
import { checkMapHelper, hasConstantKeys } from './map.js';
import { checkHelperMemory, constantKey, type MemoryUse } from './memory.js';
import { relyOn } from './precision.js';
import { acquire } from './reference.js';
import { refuse } from './refusal.js';
import { readable } from './registers.js';
import { slotSize } from './slot.js';
import type { State } from './state.js';
import { isAtStart, isNull, type Kind, type MapShape, type Value } from './value.js';

/** What the arguments of a call say together. */
export interface Call {
  readonly helper: Helper;
  map: MapShape | undefined;
  mapId: number;
  /** The key, where it is an array's and known. */
  key: Word | undefined;
  /** The acquired object that one of the arguments leads to; 0 for none. */
  reference: number;
  /** It is given back by this call. */
  releases: boolean;
  /** The function that is called back: its first slot. */
  callback: number;
  /** The dynptr among the arguments. */
  dynptr: Value | undefined;
  /** A constant number of bytes that was asked for. */
  constant: number;
  /** The most that a size can be. */
  sizeLimit: Word | undefined;
}

const memoryKinds: readonly Kind[] = ['stack', 'packet', 'packet-meta', 'map-key', 'map-value', 'memory'];
const sockCommonKinds: readonly Kind[] = ['sock-common', 'socket', 'tcp-sock', 'xdp-sock'];
const sockKinds: readonly Kind[] = [...sockCommonKinds, 'kernel-sock'];
const sizeLimit = 2 ** 29;

export function checkArguments(analysis: Analysis, state: State, helper: Helper): Call {
  const call: Call = {
    helper,
    map: undefined,
    mapId: 0,
    key: undefined,
    reference: 0,
    releases: false,
    callback: -1,
    dynptr: undefined,
    constant: 0,
    sizeLimit: undefined,
  };
  for (let index = 0; index < helper.arguments.length; index++) {
    new Argument(analysis, state, call, (index + 1) as Register).check(helper.arguments[index]!);
  }
  return call;
}

/** One argument of one call. */
class Argument {
  readonly #analysis: Analysis;
  readonly #state: State;
  readonly #call: Call;
  readonly #register: Register;
  readonly #value: Value;

  constructor(analysis: Analysis, state: State, call: Call, register: Register) {
    this.#analysis = analysis;
    this.#state = state;
    this.#call = call;
    this.#register = register;
    this.#value = readable(state, register);
  }

  check(wanted: HelperArgument): void {
    if (wanted === 'any') return;
    this.#checkPacketAllowed();
    this.#noteReference();
    this.#checkKind(wanted);
  }

  #checkKind(wanted: HelperArgument): void {
    switch (wanted) {
      case 'any':
        break;
      case 'context':
      case 'context?':
        this.#is('the context', ['context'], wanted === 'context?');
        break;
      case 'map':
        this.#map();
        break;
      case 'key':
        this.#key();
        break;
      case 'value':
      case 'value?':
        this.#mapValue('read', wanted === 'value?');
        break;
      case 'value-out':
        this.#mapValue('write', false);
        break;
      case 'in':
      case 'in?':
      case 'out':
      case 'out?':
      case 'inout':
        this.#memory(wanted.endsWith('?'));
        break;
      case 'size':
      case 'size0':
        this.#size(wanted === 'size0');
        break;
      case 'out-u64':
        this.#fixed('write', 8, true);
        break;
      case 'inout-u32':
        this.#fixed('write', 4, true);
        break;
      case 'in-20':
        this.#fixed('read', 20, false);
        break;
      case 'in-40':
        this.#fixed('read', 40, false);
        break;
      case 'constant':
        this.#constant();
        break;
      case 'zero':
        if (!this.#isNull()) this.#refuse('the constant 0');
        break;
      case 'socket':
      case 'socket?':
        this.#is('a full socket', ['socket'], wanted === 'socket?');
        break;
      case 'sock-common':
        this.#is('a socket', sockCommonKinds, false);
        break;
      case 'sock':
      case 'sock?':
        this.#is('a socket', sockKinds, wanted === 'sock?');
        break;
      case 'sock-released':
        this.#released('a socket', sockKinds);
        break;
      case 'record-released':
        this.#released('a record of a ring buffer', ['memory']);
        break;
      case 'map-memory':
        this.#isKind("memory of a map's value", ['map-value'], false);
        break;
      case 'dynptr-out':
        this.#newDynptr(0);
        break;
      case 'dynptr-reserved':
        this.#newDynptr(acquire(this.#analysis, this.#state));
        break;
      case 'dynptr':
        this.#call.dynptr = this.#dynptr();
        break;
      case 'dynptr-released':
        this.#releasedDynptr();
        break;
      case 'callback':
        this.#is('a function', ['function'], false);
        this.#call.callback = this.#value.extent;
        break;
      case 'stack?':
        if (!this.#isNull()) this.#isKind('an address in the stack, or 0', ['stack'], false);
        break;
      case 'string':
        this.#string();
        break;
      case 'typed':
        this.#refuse('something that only a program with type information has');
        break;
      default:
        unreachable(wanted);
    }
  }

  get #name(): string {
    return `r${this.#register}`;
  }

  #refuse(wanted: string): never {
    const { kind, nullable } = this.#value;
    const found = nullable ? `a ${kind} address that may be null` : `a ${kind}`;
    return refuse(`${this.#call.helper.name} wants ${wanted} in ${this.#name}, which is ${found}`);
  }

  #checkPacketAllowed(): void {
    const { kind } = this.#value;
    if (kind !== 'packet' && kind !== 'packet-meta') return;
    const { packetAccess } = this.#analysis.environment;
    const { helper } = this.#call;
    const allowed = packetAccess === 'buffer' || (packetAccess !== 'none' && helper.traits.packet === true);
    if (!allowed) refuse(`${helper.name} doesn't take addresses in the packet (${this.#name})`);
  }

  #noteReference(): void {
    const { reference } = this.#value;
    if (reference === 0) return;
    if (this.#call.reference !== 0) refuse(`${this.#call.helper.name} is given two acquired objects`);
    this.#call.reference = reference;
  }

  /** Whether it is 0 where an address is wanted: then that is relied on. */
  #isNull(): boolean {
    if (!isNull(this.#value)) return false;
    relyOn(this.#analysis, this.#state, this.#register);
    return true;
  }

  /** An address of one of the kinds, at its very start. */
  #is(wanted: string, kinds: readonly Kind[], mayBeNull: boolean): void {
    if (mayBeNull && this.#isNull()) return;
    this.#isKind(wanted, kinds, mayBeNull);
    if (!isAtStart(this.#value)) {
      refuse(`${this.#call.helper.name} wants ${wanted} in ${this.#name}, and not an address inside it`);
    }
  }

  #isKind(wanted: string, kinds: readonly Kind[], mayBeNull: boolean): void {
    const { kind, nullable } = this.#value;
    if (!kinds.includes(kind) || (nullable && !mayBeNull)) this.#refuse(wanted);
  }

  #map(): void {
    this.#is('a map', ['map'], false);
    this.#call.map = this.#value.map;
    this.#call.mapId = this.#value.mapId;
    checkMapHelper(this.#value.map!, this.#call.helper.name, this.#analysis.environment.name);
  }

  #givenMap(): MapShape {
    const { map, helper } = this.#call;
    return map ?? refuse(`${helper.name} needs a map before ${this.#name}`);
  }

  #key(): void {
    const map = this.#givenMap();
    this.#isKind('the address of a key', memoryKinds, false);
    this.#access('read', map.keySize, false);
    if (hasConstantKeys(map)) this.#call.key = constantKey(this.#analysis, this.#state, this.#value, map.keySize);
  }

  /** Socket maps take sockets for values. */
  #mapValue(use: MemoryUse, mayBeNull: boolean): void {
    const map = this.#givenMap();
    if (map.type === 'sockmap' || map.type === 'sockhash') {
      this.#is('a socket', sockKinds, mayBeNull);
    } else if (!mayBeNull || !this.#isNull()) {
      this.#isKind('the address of a value', memoryKinds, mayBeNull);
      this.#access(use, map.valueSize, false);
    }
  }

  /** How much of the memory is used is said, and checked, by the size that follows. */
  #memory(mayBeNull: boolean): void {
    if (mayBeNull && this.#isNull()) return;
    this.#isKind('the address of memory', memoryKinds, mayBeNull);
  }

  #size(mayBeZero: boolean): void {
    if (this.#value.kind !== 'scalar') this.#refuse('a size');
    const { smin, umin, umax } = this.#value.scalar;
    this.#call.sizeLimit = umax;
    if (word.isNegative(smin))
      refuse(`the size in ${this.#name} may be negative; compare it with 0, or mask it, first`);
    if (word.isZero(umin) && !mayBeZero)
      refuse(`the size in ${this.#name} may be 0, which ${this.#call.helper.name} doesn't allow`);
    if (word.toNumber(umax) >= sizeLimit)
      refuse(`the size in ${this.#name} has no upper bound; compare it with a constant first`);
    relyOn(this.#analysis, this.#state, this.#register);
    const memory = new Argument(this.#analysis, this.#state, this.#call, (this.#register - 1) as Register);
    const kind = this.#call.helper.arguments[this.#register - 2];
    const use = kind === 'in' || kind === 'in?' ? 'read' : 'write';
    memory.#access(use, word.toNumber(umax), mayBeZero);
  }

  #access(use: MemoryUse, size: number, mayBeEmpty: boolean): void {
    if (size === 0 && mayBeEmpty && this.#isNull()) return;
    if (size === 0 && !mayBeEmpty) refuse(`${this.#call.helper.name} is given no bytes in ${this.#name}`);
    checkHelperMemory(this.#analysis, this.#state, { name: this.#name, address: this.#value, off: 0, size }, use);
  }

  #fixed(use: MemoryUse, size: number, aligned: boolean): void {
    this.#isKind(`the address of ${size} bytes`, memoryKinds, false);
    this.#access(use, size, false);
    if (!aligned) return;
    const least = (this.#value.offset + this.#value.scalar.bits.value.lo) % size;
    if (least !== 0 || this.#value.scalar.bits.mask.lo % size !== 0)
      refuse(`the address in ${this.#name} is not a multiple of ${size}`);
  }

  #constant(): void {
    const known = this.#value.kind === 'scalar' ? scalar.known(this.#value.scalar) : undefined;
    if (known === undefined) this.#refuse('a constant');
    relyOn(this.#analysis, this.#state, this.#register);
    // Linux keeps the low half of it.
    this.#call.constant = known.lo >>> 0;
  }

  #released(wanted: string, kinds: readonly Kind[]): void {
    if (this.#value.kind === 'memory' && this.#value.mapId !== 0) this.#refuse(`${wanted}, and not part of a dynptr`);
    this.#is(wanted, kinds, false);
    if (this.#value.reference === 0)
      refuse(`${this.#call.helper.name} is given ${wanted} in ${this.#name} that was not acquired`);
    this.#call.releases = true;
  }

  #dynptrPlace(): DynptrPlace {
    return dynptrPlace(this.#state, this.#name, this.#value);
  }

  /** In the stack, or what a function was called with. */
  #dynptr(): Value {
    if (this.#value.kind !== 'dynptr') return dynptrAt(this.#dynptrPlace(), this.#name);
    if (!isAtStart(this.#value)) this.#refuse('a dynptr, and not an address inside it');
    return this.#value;
  }

  #newDynptr(reference: number): void {
    const place = this.#dynptrPlace();
    this.#analysis.touch(place.frame.entry, slotSize * (place.slot + 1));
    destroyDynptr(this.#state, place.frame, place.slot);
    destroyDynptr(this.#state, place.frame, place.slot - 1);
    placeDynptr(place, this.#analysis.newId(), reference);
  }

  #releasedDynptr(): void {
    const place = this.#dynptrPlace();
    const { reference } = dynptrAt(place, this.#name);
    if (reference === 0) refuse(`${this.#call.helper.name} wants a dynptr of a reserved record in ${this.#name}`);
    removeDynptr(this.#state, place);
    this.#call.reference = reference;
    this.#call.releases = true;
  }

  #string(): void {
    this.#isKind('a string in a read-only map', ['map-value'], false);
    const { map, offset, scalar: varying } = this.#value;
    const content = map?.entries?.[0]?.value;
    const isFixed = content !== undefined && map !== undefined && ((map.flags ?? 0) & 0x80) !== 0;
    if (!isFixed || !scalar.isConstant(varying)) this.#refuse('a string in a read-only map');
    const start = offset + word.toNumber(varying.bits.value);
    if (start < 0 || content.indexOf(0, start) < 0) refuse(`the string in ${this.#name} has no end`);
  }
}
