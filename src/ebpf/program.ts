// A program of the internal machine: an immutable value, the same on every machine.

import { expectBytes, expectObject, expectText, expectWord } from '../base/argument.js';
import type { Origin } from '../base/origin.js';
import { type DecodeOptions, decode } from './decode.js';
import { encode } from './encode.js';
import type { Insn } from './insn.js';
import type { MapSpec } from './map.js';
import { parse } from './parse.js';
import { type Notation, notations, print } from './print.js';

export interface ProgramParts {
  /** What the program's map references are indices into; default none. */
  readonly maps?: readonly MapSpec[] | undefined;
  readonly origin?: Origin | undefined;
}

const noMaps: readonly MapSpec[] = Object.freeze([]);

export class Program {
  /** One item a slot of 8 bytes: a wide load is followed by a `wide-end`, so that jump offsets are index differences. */
  readonly insns: readonly Insn[];
  readonly maps: readonly MapSpec[];
  /** The text that the instructions were made from, with a span for each. */
  readonly origin: Origin | undefined;

  constructor(insns: readonly Insn[], { maps = noMaps, origin }: ProgramParts = {}) {
    this.insns = insns;
    this.maps = maps;
    this.origin = origin;
    freezeInsns(insns);
    freeze(maps);
    if (origin !== undefined) freezeOrigin(origin);
    Object.freeze(this);
  }

  /**
   * @param bytes 8 bytes an instruction, little-endian, as RFC 9669 has it
   * @throws BpfError 'encoding', with the `pc` of the first instruction that isn't one
   */
  static decode(bytes: Uint8Array, options: DecodeOptions & ProgramParts = {}): Program {
    expectBytes(bytes, 'a program');
    expectObject(options, 'the options');
    return new Program(decode(bytes, options), options);
  }

  /**
   * @param text assembly in Linux's notation or that of bpf_conformance, one instruction a line
   * @throws BpfError 'syntax', 'name' or 'range', each with its place
   */
  static parse(text: string, options: Pick<ProgramParts, 'maps'> = {}): Program {
    expectText(text, 'assembly');
    expectObject(options, 'the options');
    const { insns, origin } = parse(text);
    return new Program(insns, { maps: options.maps, origin });
  }

  encode(): Uint8Array {
    return encode(this.insns);
  }

  /** One instruction a line, as `parse` reads it: `r0 = *(u32 *)(r1 +4)`, or `ldxw %r0, [%r1+4]`. */
  toString(notation: Notation = 'linux'): string {
    return print(this.insns, expectWord(notation, notations, 'a notation'));
  }

  /** How many slots of 8 bytes the program has. */
  get length(): number {
    return this.insns.length;
  }
}

/** What a type forbids JavaScript still does; a proof about a program has to hold until the program runs. */
function freeze(value: object): void {
  if (Object.isFrozen(value) || ArrayBuffer.isView(value)) return; // bytes can't be frozen
  Object.freeze(value);
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part);
}

/** The same for instructions, of which there are many: what one has of its own is its operand. */
function freezeInsns(insns: readonly Insn[]): void {
  Object.freeze(insns);
  for (const insn of insns) {
    Object.freeze(insn);
    if ('src' in insn && typeof insn.src === 'object') Object.freeze(insn.src);
  }
}

function freezeOrigin(origin: Origin): void {
  Object.freeze(origin);
  Object.freeze(origin.spans);
  let before: Origin['spans'][number];
  for (const span of origin.spans) {
    if (span !== before && span !== undefined) Object.freeze(span); // mostly several instructions have the same one
    before = span;
  }
}
