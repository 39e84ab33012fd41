// The words of a filter.

import type { BpfError, Span } from '../base/error.js';

export type TokenKind =
  | 'keyword'
  | 'symbol'
  | 'name'
  | 'number'
  | 'ipv4'
  | 'ipv6'
  | 'mac'
  | 'station'
  /** No word: where the scanner stops. */
  | 'bad'
  | 'end';

/** Tokens of all kinds have the same parts, so that whoever looks at one finds an object of the one shape that V8 knows. */
export interface Token extends Span {
  readonly kind: TokenKind;
  /** What was written; of a keyword or symbol the one that it stands for: `or` for `||`. */
  readonly text: string;
  /** Of a number or station, else 0. */
  readonly value: number;
  /** What is wrong with a bad one. */
  readonly error: BpfError | undefined;
}
