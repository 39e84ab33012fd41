// An event filter to an internal program.
//
//   text ─ parse ▸ tree ─ simplify ▸ condition ─ generate ▸ program

import { BpfError } from '../base/error.js';
import type { Program } from '../ebpf/program.js';
import type { Environment } from '../env/environment.js';
import { event, eventPrefix } from '../env/event.js';
import type { Expression } from './ast.js';
import type { EventFormat } from './format.js';
import { generate } from './generate/generate.js';
import { type ParseOptions, parseEventFilter } from './parse.js';
import type { EventWarning } from './reading.js';
import { asksPrefix } from './record.js';

export interface CompiledEvent {
  /** Returns 1 where a record matches, else 0. */
  readonly program: Program;
  /** What it is verified in: the context is the record. */
  readonly environment: Environment;
  /** Whether the context begins with 24 bytes of what records don't hold (`comm`, `cpu`), since the filter asks for it. */
  readonly hasPrefix: boolean;
  readonly expression: Expression;
  /** What may mean something else than it seems. */
  readonly warnings: readonly EventWarning[];
}

/** The furthest byte that is reached by an instruction's offset. */
const reach = 0x7fff;

/**
 * Compiles a filter over the records of an event.
 * @throws BpfError with the place of the mistake in `filter`
 */
export function compileEvent(filter: string, format: EventFormat, options: ParseOptions = {}): CompiledEvent {
  const { expression, warnings } = parseEventFilter(filter, format, options);
  const hasPrefix = asksPrefix(expression);
  const size = format.size + (hasPrefix ? eventPrefix.size : 0);
  if (size > reach) throw new BpfError('limit', `expected records of at most ${reach} bytes, found ${size}`);
  return { program: generate(expression, format), environment: event(size), hasPrefix, expression, warnings };
}
