// What the parts of the parser share while they read one filter.

import type { Span } from '../base/error.js';
import type { Cursor } from './cursor.js';
import type { EventFormat } from './format.js';

/** What may mean something else than it seems. */
export interface EventWarning extends Span {
  readonly message: string;
}

/** Where a function lies. */
export interface FunctionRange {
  readonly address: bigint;
  readonly size: bigint;
}

export interface Reading {
  readonly cursor: Cursor;
  readonly format: EventFormat;
  /** How many processors there may be. */
  readonly processors: number;
  /** The function of a name, or the one that an address lies in. */
  readonly functions: ((function_: string | bigint) => FunctionRange | undefined) | undefined;
  readonly warn: (message: string, span: Span) => void;
}
