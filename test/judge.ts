// The running kernel's verifier, asked for nothing but its verdict (native/judge.c): quick enough for thousands of programs.

import { type MapSpec, mapTypes } from '../src/ebpf/map.js';
import type { Program } from '../src/ebpf/program.js';
import { kernelMissing } from '../src/run/kernel.js';
import { graphOf } from '../src/verify/graph.js';
import { functionType, functionTypes } from './btf.js';
import { compiled } from './compiled.js';

interface Native {
  /** A descriptor, or -errno. */
  createMap(type: number, keySize: number, valueSize: number, maxEntries: number, flags: number, inner: number): number;
  /** 0, or the errno; with room for it, the verifier's log. */
  load(
    type: number,
    insns: Uint8Array,
    maps: Int32Array,
    log: Uint8Array,
    license: Uint8Array,
    flags: number,
    attach: number,
    types: number,
    functions: Int32Array,
  ): number;
  /** A descriptor, or -errno. */
  loadTypes(btf: Uint8Array): number;
}

const native = kernelMissing() ?? compiled<Native>('judge');

/** Why there is no judge here; undefined where there is. */
export const judgeMissing = typeof native === 'string' ? native : undefined;

const noLog = new Uint8Array(0);
const logBytes = 1 << 20;
/** The same room serves every log. */
let room: Uint8Array | undefined;
const outOfRoom = 28;
/** What Linux answers where it finds itself in a state that its authors excluded; its log says 'verifier bug'. */
const badAddress = 14;
/** What `load` answers where Linux comes to no end. */
const endless = 62;

/** `lost`: Linux's verifier gave up on itself, or comes to no end, and says nothing of the program. */
export type Verdict = 'accepted' | 'refused' | 'lost';

/** How a program is loaded: its licence (default GPL), its flags, and its `enum bpf_attach_type`. */
export interface Manner {
  readonly license?: string;
  readonly flags?: number;
  readonly attach?: number | undefined;
  /** Whether type information describes the program's functions, as static ones. */
  readonly functionTypes?: boolean;
}

/** Linux's verdicts on programs that use some maps. */
export class Judge {
  readonly #maps: Int32Array;

  /** @throws Error where `judgeMissing` says why, or Linux makes no such map */
  constructor(maps: readonly MapSpec[]) {
    this.#maps = Int32Array.from(maps.map(createdMap));
  }

  /** @param type of `enum bpf_prog_type` (linux/bpf.h) */
  verdict(type: number, program: Program, manner: Manner = {}): Verdict {
    const error = this.#load(type, program, noLog, manner);
    if (error === 0) return 'accepted';
    return error === badAddress || error === endless ? 'lost' : 'refused';
  }

  /** What Linux says of a program while it looks at it; without its end where that is long. */
  log(type: number, program: Program, manner: Manner = {}): string {
    room ??= new Uint8Array(logBytes);
    const log = room;
    log[0] = 0;
    const error = this.#load(type, program, log, manner);
    const text = Buffer.from(log.buffer).toString('latin1', 0, log.indexOf(0));
    return error === outOfRoom ? `${text}\n(and more)` : text;
  }

  #load(type: number, program: Program, log: Uint8Array, manner: Manner): number {
    const { license = 'GPL', flags = 0, attach = 0, functionTypes = false } = manner;
    const ended = Buffer.from(`${license}\0`);
    const functions = functionTypes ? graphOf(program.insns).functions : [];
    const info = Int32Array.from(functions.flatMap((entry, index) => [entry, functionType(index)]));
    const types = functionTypes ? loadedTypes(functions.length) : 0;
    return present().load(type, program.encode(), this.#maps, log, ended, flags, attach, types, info);
  }
}

const typesLoaded = new Map<number, number>();

/** The descriptor of type information of so many functions. */
function loadedTypes(count: number): number {
  const known = typesLoaded.get(count) ?? present().loadTypes(functionTypes(count));
  if (known < 0) throw new Error(`Linux takes no such type information: error ${-known}`);
  typesLoaded.set(count, known);
  return known;
}

function present(): Native {
  if (typeof native === 'string') throw new Error(native);
  return native;
}

function createdMap({ name, type, keySize, valueSize, maxEntries, flags = 0, inner }: MapSpec): number {
  const innerMap = inner === undefined ? 0 : createdMap({ ...inner, name: `one in ${name}` });
  const map = present().createMap(mapTypes[type], keySize, valueSize, maxEntries, flags, innerMap);
  if (map < 0) throw new Error(`Linux makes no map '${name}': error ${-map}`);
  return map;
}
