// Type information in BTF (Documentation/bpf/btf.rst): the types of an object, numbered from 1; 0 is void.
// How they lie in their section is drawn in btf-layout.ts.

import { BpfError } from '../base/error.js';
import { btfHeader, type Kind, kinds, startsOf, typeBytes } from './btf-layout.js';
import type { Part } from './part.js';

export interface BtfType {
  readonly id: number;
  readonly kind: Kind;
  /** Where its name is; `Btf.name` reads it. */
  readonly nameAt: number;
  /** How many bytes it takes, or the type that it refers to. */
  readonly sizeOrType: number;
  readonly count: number;
  readonly kindFlag: boolean;
  /** Where what stands behind it begins. */
  readonly at: number;
}

export interface Member {
  readonly name: string;
  readonly type: number;
  /** In bits, from the start of the structure. */
  readonly bitOffset: number;
  /** 0 where it is no bit field, or its type says how wide it is. */
  readonly bits: number;
}

export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
}

/** What a section of the object has in it. */
export interface Placed {
  readonly variable: BtfType;
  readonly offset: number;
  readonly size: number;
}

const signedInt = 1 << 24;
/** How many types may be gone through to the end of one, as typedefs and such; the figure of libbpf. */
const deepest = 32;
const [largestSize, pointerBytes] = [0xffff_ffff, 8];

const transparent: readonly Kind[] = ['typedef', 'volatile', 'const', 'restrict', 'type-tag'];
const sized: readonly Kind[] = ['int', 'struct', 'union', 'enum', 'float', 'section', 'enum64'];

const voidType: BtfType = { id: 0, kind: 'void', nameAt: 0, sizeOrType: 0, count: 0, kindFlag: false, at: 0 };

export class Btf {
  readonly #types: Part;
  readonly #names: Part;
  /** Where each type begins; that of void is not used. */
  readonly #starts: readonly number[];
  readonly #members = new Map<number, readonly Member[]>();

  /** @throws BpfError 'encoding' when the section has no such types, 'unsupported' when one is of an unknown kind */
  constructor(section: Part) {
    const header = btfHeader(section);
    const types = [section.u32(8), section.u32(12)] as const;
    const names = [section.u32(16), section.u32(20)] as const;
    this.#types = section.part(header + types[0], types[1], `the types of ${section.name}`);
    this.#names = section.part(header + names[0], names[1], `the names of ${section.name}`);
    this.#starts = startsOf(this.#types);
  }

  /** Of types, void included. */
  get count(): number {
    return this.#starts.length;
  }

  /** @throws BpfError 'encoding' when there is no such type */
  type(id: number): BtfType {
    if (id === 0) return voidType;
    const start = this.#starts[id];
    if (start === undefined) {
      throw new BpfError('encoding', `type ${id} is named in ${this.#types.name}, and there are ${this.count - 1}`);
    }
    const info = this.#types.u32(start + 4);
    return {
      id,
      kind: kinds[(info >> 24) & 0x1f]![0],
      nameAt: this.#types.u32(start),
      sizeOrType: this.#types.u32(start + 8),
      count: info & 0xffff,
      kindFlag: info >>> 31 === 1,
      at: start + typeBytes,
    };
  }

  /** Empty where it has none. */
  name({ id, nameAt }: BtfType): string {
    return this.text(nameAt, `the name of type ${id}`);
  }

  /** A name, or another text, that the object refers to by its offset. */
  text(at: number, what: string): string {
    return this.#names.text(at, what);
  }

  /** A line of the source, cut where it is very long. */
  line(at: number): string {
    return this.#names.line(at, 'a line of the source');
  }

  /** The type behind names and qualifiers. @throws BpfError 'encoding' when there is no end to them */
  bare(id: number): BtfType {
    let type = this.type(id);
    for (let depth = 0; transparent.includes(type.kind); depth++) {
      if (depth === deepest) throw this.#endless(id);
      type = this.type(type.sizeOrType);
    }
    return type;
  }

  /** How many bytes a value of the type takes. @throws BpfError 'encoding' when it has no size */
  sizeOf(id: number): number {
    let [type, count] = [this.bare(id), 1];
    for (let depth = 0; type.kind === 'array'; depth++) {
      if (depth === deepest) throw this.#endless(id);
      const { element, length } = this.array(type);
      count *= length;
      type = this.bare(element);
    }
    const size = count * (type.kind === 'pointer' ? pointerBytes : type.sizeOrType);
    if (type.kind !== 'pointer' && !sized.includes(type.kind)) {
      throw new BpfError('encoding', `type ${id} '${this.name(type)}' (${type.kind}) has no size`);
    }
    if (size > largestSize) throw new BpfError('encoding', `type ${id} takes ${size} bytes, more than ${largestSize}`);
    return size;
  }

  /** They are read once. */
  members(type: BtfType): readonly Member[] {
    const known = this.#members.get(type.id) ?? this.#readMembers(type);
    this.#members.set(type.id, known);
    return known;
  }

  #readMembers(type: BtfType): readonly Member[] {
    return this.#parts(type, (at) => {
      const place = this.#types.u32(at + 8);
      return {
        name: this.text(this.#types.u32(at), `the name of a member of type ${type.id}`),
        type: this.#types.u32(at + 4),
        bitOffset: type.kindFlag ? place & 0xff_ffff : place,
        bits: type.kindFlag ? place >>> 24 : 0,
      };
    });
  }

  /** The values of an enumeration, of 32 bits or of 64. */
  enumerators(type: BtfType): readonly Enumerator[] {
    if (type.kind !== 'enum' && type.kind !== 'enum64') return [];
    return this.#parts(type, (at) => ({
      name: this.text(this.#types.u32(at), `the name of a value of type ${type.id}`),
      value: type.kind === 'enum' ? this.#small(type, at + 4) : this.#large(type, at + 4),
    }));
  }

  #small({ kindFlag }: BtfType, at: number): bigint {
    return BigInt(kindFlag ? this.#types.i32(at) : this.#types.u32(at));
  }

  #large({ kindFlag }: BtfType, at: number): bigint {
    const value = (BigInt(this.#types.u32(at + 4)) << 32n) | BigInt(this.#types.u32(at));
    return kindFlag ? BigInt.asIntN(64, value) : value;
  }

  /** Whether a number of the type, or an enumerator, may be negative. */
  isSigned({ kind, kindFlag, at }: BtfType): boolean {
    if (kind === 'int') return (this.#types.u32(at) & signedInt) !== 0;
    return (kind === 'enum' || kind === 'enum64') && kindFlag;
  }

  /** What the types say that a section has in it. */
  placed(section: BtfType): readonly Placed[] {
    return this.#parts(section, (at) => ({
      variable: this.type(this.#types.u32(at)),
      offset: this.#types.u32(at + 4),
      size: this.#types.u32(at + 8),
    }));
  }

  array({ at }: BtfType): { readonly element: number; readonly length: number } {
    return { element: this.#types.u32(at), length: this.#types.u32(at + 8) };
  }

  /** The type of a section, by its name. */
  section(name: string): BtfType | undefined {
    for (let id = 1; id < this.count; id++) {
      const type = this.type(id);
      if (type.kind === 'section' && this.name(type) === name) return type;
    }
    return undefined;
  }

  #parts<T>({ kind, count, at }: BtfType, read: (at: number) => T): T[] {
    const bytes = kinds.find(([name]) => name === kind)![2];
    // What has no parts has no number of them either.
    return Array.from({ length: bytes === 0 ? 0 : count }, (_, index) => read(at + index * bytes));
  }

  #endless(id: number): BpfError {
    return new BpfError('encoding', `type ${id} of ${this.#types.name} leads through more than ${deepest} types`);
  }
}
