// What every part of the code generator shares: where the headers are at this point of the expression, and the tests of
// bytes in them.
//
// The expression is walked from left to right, once: `vlan`, `mpls`, `pppoes`, `geneve` and `vxlan` move the headers for
// all that follows, in and out of parentheses, as they do in libpcap.

import { BpfError, type ErrorCode, type Span } from '../../base/error.js';
import { type Link, linkOf } from '../../base/link.js';
import { nearest } from '../../base/nearest.js';
import { cellCount } from '../../classic/rows.js';
import { always, and, type Condition, never, not, type Test } from '../condition.js';
import type { Dialect } from '../dialect.js';
import { layoutOf, type Row, unset } from '../layout.js';
import { firstToken, readable } from '../lex.js';
import { type NameKind, type Names, type NameTables, namesOf } from '../names.js';
import { type Load, type NumberSet, type Value, Values, type Variable } from '../value.js';

/** A place in the packet: a constant, plus a variable where what stands before it varies in length. */
export interface Offset {
  readonly base: Variable | undefined;
  readonly constant: number;
}

/** An address and the bits of it that count. */
export interface Masked<T> {
  readonly address: T;
  readonly mask: T;
}

interface AddressSet {
  /** What is compared of an address. */
  readonly mask: number;
  readonly set: NumberSet;
}

/** What an offset is relative to. */
export type Place =
  | 'packet'
  | 'header'
  | 'previous-header'
  | 'type'
  | 'llc'
  | 'network'
  | 'network-plain'
  | 'ipv4-transport'
  | 'ipv6-transport';

export interface Warning extends Span {
  readonly message: string;
}

export interface Settings {
  readonly source: string;
  readonly link: Link;
  readonly netmask: number | undefined;
  readonly names: Names | NameTables | undefined;
  /** Whether the packets may come from another system. */
  readonly savefile: boolean;
  readonly dialect: Dialect;
  /** Whether identifiers in a row are looked for together. */
  readonly lists: boolean;
}

const ipv6HeaderLength = 40;

/** Keeps the time of a compilation within seconds, whatever is asked. */
const testLimit = 100_000;

export class Generator {
  readonly values = new Values();
  readonly warnings: Warning[] = [];
  readonly settings: Settings;
  /** The primitive that is being generated. */
  span: Span = { start: 0, end: 0 };

  link: Link;
  row: Row;
  header: Offset;
  type: Offset;
  payload: Offset;
  /** Offsets of the network header in the payload, and of that behind an 802.2 header without SNAP. */
  network: number;
  plain: number;
  previous: { readonly row: Row; readonly header: Offset };
  /** MPLS labels passed so far. */
  labels = 0;
  /** The header may be missing: what carries it says at run time whether it is there. */
  encapsulated = false;

  /** Whether the user has been told of an identifier without a qualifier. */
  notedInherited = false;

  /** The outermost headers, and the variables that hold what varies of them. */
  readonly outer: { readonly row: Row; readonly header: Variable | undefined; readonly payload: Variable | undefined };
  /** The variables that something reads. */
  readonly used = new Set<Variable>();
  #scratch: Variable | undefined;
  /** What a walk over IPv6 extension headers sets, and where the transport header of either IP is. */
  walk: { readonly next: Variable; readonly at: Variable } | undefined;
  transport: Variable | undefined;

  #names: Names | undefined;
  readonly #addressSets = new Map<readonly Masked<number>[], AddressSet>();
  #tests = 0;

  constructor(settings: Settings) {
    this.settings = settings;
    this.link = settings.link;
    this.row = layoutOf(this.link.name);
    const { row } = this;
    const header = row.radio === undefined ? undefined : this.fresh();
    const payload = row.variable ? this.fresh() : undefined;
    this.outer = { row, header, payload };
    this.header = { base: header, constant: row.header ?? 0 };
    this.payload = { base: payload, constant: row.payload };
    this.type = { base: undefined, constant: row.type };
    this.network = row.network;
    this.plain = row.plain;
    this.previous = { row, header: this.header };
  }

  /** What follows is for this part of the text. A span of its own, since programs keep it: a node would stay with all its tree. */
  begin({ start, end }: Span): void {
    this.span = { start, end };
  }

  /** What follows is about a header of the link type `name` at `header`. */
  enter(name: string, header: Offset): void {
    this.previous = { row: this.row, header: this.header };
    this.link = linkOf(name);
    this.row = layoutOf(name);
    this.header = header;
    this.encapsulated = false;
  }

  /** Looks names up; made for the first one, since most filters have none. */
  get names(): Names {
    this.#names ??= namesOf(this.settings.names);
    return this.#names;
  }

  get extended(): boolean {
    return this.settings.dialect === 'extended';
  }

  /** Generates a condition that may move the headers, and moves them back. */
  scoped(condition: () => Condition): Condition {
    const { link, row, header, type, payload, network, plain, previous, labels, encapsulated } = this;
    const made = condition();
    Object.assign(this, { link, row, header, type, payload, network, plain, previous, labels, encapsulated });
    return made;
  }

  /** Whether the link type says nothing of what it carries. */
  get typeless(): boolean {
    return this.type.constant === unset;
  }

  load(place: Place, offset: number, size: 1 | 2 | 4): Load {
    switch (place) {
      case 'packet':
        return this.values.load(size, offset);
      case 'header':
        return this.#from(this.header, offset, size);
      case 'previous-header':
        return this.#from(this.previous.header, offset, size);
      case 'type':
        return this.#from(this.type, offset, size);
      case 'llc':
        return this.#from(this.payload, offset, size);
      case 'network':
        return this.#from(this.payload, this.network + offset, size);
      case 'network-plain':
        return this.#from(this.payload, this.plain + offset, size);
      case 'ipv4-transport':
        return this.values.load(size, this.payload.constant + this.network + offset, this.ipv4HeaderLength());
      case 'ipv6-transport':
        return this.#from(this.payload, this.network + ipv6HeaderLength + offset, size);
    }
  }

  #from({ base, constant }: Offset, offset: number, size: 1 | 2 | 4): Load {
    return this.values.load(size, constant + offset, this.read(base));
  }

  /** A variable for what is known only at run time. */
  fresh(): Variable {
    if (this.values.variableCount < cellCount) return this.values.fresh();
    throw this.outOfCells();
  }

  outOfCells(span?: Span): BpfError {
    return this.error('limit', `this needs more than the ${cellCount} scratch cells of the classic machine`, span);
  }

  /** The variable for what is forgotten soon after it has been found out. */
  scratch(): Variable {
    this.#scratch ??= this.fresh();
    return this.#scratch;
  }

  /** A variable that is read from here on, so that it has to be set. */
  read(variable: Variable | undefined): Variable | undefined {
    if (variable !== undefined) this.used.add(variable);
    return variable;
  }

  /** The length of the IPv4 header, plus what varies before it. */
  ipv4HeaderLength(): Value {
    const { values } = this;
    const words = values.alu('and', this.load('network', 0, 1), values.constant(0xf));
    const bytes = values.alu('lsh', words, values.constant(2));
    const base = this.read(this.payload.base);
    return base === undefined ? bytes : values.alu('add', bytes, base);
  }

  test(test: Test): Condition {
    if (++this.#tests > testLimit) throw this.error('limit', `the filter makes more than ${testLimit} tests`);
    return { kind: 'test', test, span: this.span };
  }

  /** `(value & mask) = k` */
  match(value: Value, mask: number, k: number): Condition {
    if (value.kind !== 'alu' || value.operation !== 'and' || value.right.kind !== 'constant') {
      return this.test({ kind: 'match', value, mask: mask >>> 0, equals: k >>> 0 });
    }
    return this.match(value.left, value.right.k & mask, k);
  }

  equal(place: Place, offset: number, size: 1 | 2 | 4, k: number): Condition {
    return this.match(this.load(place, offset, size), 0xffffffff, k);
  }

  /** As `equal` of the bits in `mask`; with no bits nothing is loaded. */
  masked(place: Place, offset: number, size: 1 | 2 | 4, k: number, mask: number): Condition {
    if (mask === 0) return k === 0 ? always : never;
    return this.match(this.load(place, offset, size), mask, k);
  }

  /** Whether the word is one of the addresses, all bits of which count that are in its mask. */
  oneOf(place: Place, offset: number, wanted: readonly Masked<number>[]): Condition {
    const [first] = wanted;
    if (first === undefined) return never;
    if (wanted.length === 1) return this.masked(place, offset, 4, first.address, first.mask);
    const word = this.load(place, offset, 4);
    const { mask, set } = this.#addressSet(wanted, first.mask);
    return this.test({ kind: 'member', value: this.values.alu('and', word, this.values.constant(mask)), set });
  }

  /** Addresses as a set: single numbers under one mask, else ranges. */
  #addressSet(wanted: readonly Masked<number>[], mask: number): AddressSet {
    const known = this.#addressSets.get(wanted);
    if (known !== undefined) return known;
    const uniform = wanted.every((one) => one.mask === mask);
    const ranges = wanted.map(({ address, mask: bits }) => ({
      low: address,
      high: uniform ? address : (address | ~bits) >>> 0,
    }));
    const made = { mask: uniform ? mask : 0xffffffff, set: this.values.set(ranges) };
    this.#addressSets.set(wanted, made);
    return made;
  }

  /** Whether the value is in one of the ranges. */
  within(value: Value, ranges: NumberSet['ranges']): Condition {
    return this.test({ kind: 'member', value, set: this.values.set(ranges) });
  }

  /** Whether any of the bits is set. */
  anyOf(place: Place, offset: number, bits: number): Condition {
    return not(this.match(this.load(place, offset, 1), bits, 0));
  }

  noneOf(place: Place, offset: number, bits: number): Condition {
    return this.match(this.load(place, offset, 1), bits, 0);
  }

  /** `value > k` */
  above(value: Value, k: number): Condition {
    return this.test({ kind: 'above', value, bound: k });
  }

  atMost(place: Place, offset: number, size: 1 | 2 | 4, k: number): Condition {
    return not(this.above(this.load(place, offset, size), k));
  }

  /** `value >= k`; every value is at least 0, if it can be had. */
  atLeast(value: Value, k: number): Condition {
    return k === 0 ? this.match(value, 0, 0) : this.above(value, k - 1);
  }

  /** Bytes of the packet, compared from the last word to the first byte, as libpcap does. */
  bytes(place: Place, offset: number, expected: readonly number[]): Condition {
    const conditions: Condition[] = [];
    for (let end = expected.length; end > 0; ) {
      const size = end >= 4 ? 4 : end >= 2 ? 2 : 1;
      const part = expected.slice(end - size, end).reduce((sum, byte) => sum * 256 + byte, 0);
      conditions.push(this.equal(place, offset + end - size, size, part));
      end -= size;
    }
    const [first = always, ...rest] = conditions;
    return and(first, ...rest);
  }

  warn(message: string, { start, end }: Span = this.span): void {
    this.warnings.push({ message, start, end });
  }

  /** An error at the first token of the span. */
  error(code: ErrorCode, message: string, span: Span = this.span, suggestion?: string): BpfError {
    const { source } = this.settings;
    return new BpfError(code, readable(message), { place: { source, ...firstToken(source, span) }, suggestion });
  }

  /** The name of a kind that is nearest to an unknown one. */
  nearestName(kind: NameKind, name: string): string | undefined {
    return nearest(name, this.names.known?.(kind) ?? []);
  }

  /** Refuses a number that is greater than its field. */
  limit(what: string, value: number, largest: number, span: Span): void {
    if (value > largest) throw this.error('range', `${what} ${value} is greater than its maximum ${largest}`, span);
  }

  /** The error for a word that means nothing on this link type. */
  notHere(what: string, span: Span = this.span): BpfError {
    const { name, description } = this.link;
    return this.error('link', `'${what}' means nothing on link type ${name} (${description})`, span);
  }
}
