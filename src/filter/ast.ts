// The tree of a filter expression. Every node has the span of the text that it stands for.
//
// `and` and `or` bind equally and to the left, so a sequence of them is one flat chain, however long it is.

import type { Span } from '../base/error.js';
import type { Direction, Protocol, Type } from './words.js';

export type Expression = Chain | Negation | Scope | Primitive;

/** `first op operand op operand …`, evaluated from left to right. */
export interface Chain extends Span {
  readonly kind: 'chain';
  readonly first: Expression;
  readonly rest: readonly Link[];
}

export interface Link {
  readonly operator: 'and' | 'or';
  readonly operand: Expression;
}

export interface Negation extends Span {
  readonly kind: 'not';
  readonly operand: Expression;
}

/** `vlan { … }`: the head, and what is asked of what its header carries. */
export interface Scope extends Span {
  readonly kind: 'scope';
  readonly head: Primitive;
  readonly body: Expression;
}

/** A word of the text together with its place. */
export interface Word<T extends string = string> extends Span {
  readonly word: T;
}

/** What precedes an identifier: `tcp src port`. At least one part is there. */
export interface Qualifier extends Span {
  readonly protocol: Word<Protocol> | undefined;
  readonly direction: Word<Direction> | undefined;
  readonly type: Word<Type> | undefined;
}

/** What is looked for: `80`, `10.0.0.0/8`, `www.example.org`, `00:11:22:33:44:55`. */
export type Identifier = Span &
  (
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'ipv4'; readonly text: string }
    | { readonly kind: 'ipv4-prefix'; readonly text: string; readonly length: NumberNode; readonly address: Span }
    | { readonly kind: 'ipv4-mask'; readonly text: string; readonly mask: Word; readonly address: Span }
    | { readonly kind: 'ipv6'; readonly text: string; readonly length: NumberNode | undefined; readonly address: Span }
    | { readonly kind: 'mac'; readonly bytes: readonly number[] }
    | { readonly kind: 'station'; readonly value: number }
  );

export interface NumberNode extends Span {
  readonly kind: 'number';
  readonly value: number;
}

export type Relation = '=' | '!=' | '>' | '<' | '>=' | '<=';
export type Operator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

export type Arithmetic = NumberNode | PacketLength | Accessor | Negative | Binary;

/** The packet's length on the wire. */
export interface PacketLength extends Span {
  readonly kind: 'length';
}

/** `tcp[13]`, `ip[2:2]`: bytes of a header in network order. */
export interface Accessor extends Span {
  readonly kind: 'accessor';
  readonly protocol: Word<Protocol>;
  readonly index: Arithmetic;
  readonly size: NumberNode | undefined;
}

export interface Negative extends Span {
  readonly kind: 'negative';
  readonly operand: Arithmetic;
}

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly operator: Operator;
  readonly left: Arithmetic;
  readonly right: Arithmetic;
}

/** Headers that take a number and, all but `pppoed`, move what follows into what they carry. */
export type Encapsulation = 'vlan' | 'mpls' | 'pppoes' | 'geneve' | 'vxlan';

/** A field compared with a number: `vpi > 5`. */
export interface Comparison {
  readonly relation: Relation;
  readonly value: NumberNode;
}

export type Primitive = Span & PrimitiveBody;

export type PrimitiveBody =
  | {
      readonly kind: 'identifier';
      readonly qualifier: Qualifier;
      readonly identifier: Identifier;
      /** The qualifier is that of the identifier before, and not written. */
      readonly inherited?: true;
    }
  | { readonly kind: 'protocol'; readonly protocol: Word<Protocol> }
  | { readonly kind: 'relation'; readonly relation: Relation; readonly left: Arithmetic; readonly right: Arithmetic }
  | {
      readonly kind: 'cast';
      readonly cast: Word<'broadcast' | 'multicast'>;
      readonly protocol: Word<Protocol> | undefined;
    }
  | { readonly kind: 'size'; readonly than: 'less' | 'greater'; readonly value: NumberNode }
  | {
      readonly kind: 'byte';
      readonly index: NumberNode;
      readonly operator: '=' | '<' | '>' | '&' | '|';
      readonly value: NumberNode;
    }
  | { readonly kind: 'direction'; readonly direction: Word<'inbound' | 'outbound'> }
  | { readonly kind: 'ifindex'; readonly keyword: Word; readonly value: NumberNode }
  | {
      readonly kind: 'encapsulation';
      readonly keyword: Word<Encapsulation>;
      readonly number: NumberNode | undefined;
      /** The last of a range of numbers, where there is one. */
      readonly last?: NumberNode;
    }
  | { readonly kind: 'pppoed'; readonly keyword: Word }
  | { readonly kind: 'pf'; readonly field: Word<PfField>; readonly value: Word | NumberNode }
  | {
      readonly kind: 'frame';
      readonly field: Word<'type' | 'subtype' | 'dir'>;
      readonly values: readonly (Word | NumberNode)[];
    }
  | { readonly kind: 'llc'; readonly keyword: Word; readonly type: Word | undefined }
  | { readonly kind: 'circuit'; readonly keyword: Word }
  | { readonly kind: 'circuit-field'; readonly keyword: Word<'vpi' | 'vci'>; readonly values: readonly Comparison[] }
  | { readonly kind: 'signal-unit'; readonly keyword: Word }
  | { readonly kind: 'signal-field'; readonly keyword: Word; readonly values: readonly Comparison[] };

/** Fields of a PF log. */
export type PfField = 'on' | 'rset' | 'rnr' | 'srnr' | 'reason' | 'action';
