// The whole lane in one call: a tcpdump expression, or a classic program, to a filter that is ready to run.

import type { ClassicProgram } from '../classic/program.js';
import { packet } from '../env/packet.js';
import { compile } from '../filter/compile.js';
import type { CompileOptions } from '../filter/meaning.js';
import { translate } from '../translate/translate.js';
import { type VerifiedProgram, verify } from '../verify/verify.js';
import { classicEngine } from './classic.js';
import type { EngineName, Executable } from './engine.js';
import { fastest } from './fastest.js';
import { Filter } from './filter.js';
import { javascriptEngine } from './javascript.js';
import { ready } from './load.js';

export interface FilterOptions extends CompileOptions {
  /** `auto`, the default, is the fastest way for the program at hand; the other names fall back on nothing. */
  readonly engine?: 'auto' | EngineName | undefined;
}

/**
 * Compiles a tcpdump expression, translates and verifies the program, and loads it.
 *
 *     using web = filter('tcp port 80 and not net 10.0.0.0/8');
 *     if (web.matches(frame)) …
 *
 * @throws BpfError with the place of the mistake in the expression, 'unavailable' when the engine isn't there
 */
export function filter(expression: string, options: FilterOptions = {}): Filter {
  return loadFilter(compile(expression, options).program, options.engine);
}

/**
 * Makes a classic program that filters packets ready to run, on the engine of a name or the fastest way.
 * @throws BpfError 'verify' when it is refused, 'unavailable' when the engine isn't there
 */
export function loadFilter(program: ClassicProgram, engine?: FilterOptions['engine']): Filter {
  return new Filter(readyFilter(program, engine), 32);
}

/** What `loadFilter` puts into a filter. */
export function readyFilter(program: ClassicProgram, engine: FilterOptions['engine'] = 'auto'): Executable {
  if (engine === 'classic') return classicEngine(program);
  if (engine === 'javascript') return javascriptEngine(program);
  return readyProved(program, verify(translate(program), packet), engine);
}

/** @param verified the program, translated and verified */
export function readyProved(
  program: ClassicProgram,
  verified: VerifiedProgram,
  engine: Exclude<FilterOptions['engine'], 'classic' | 'javascript'>,
): Executable {
  return engine === 'auto' ? fastest(program, verified) : ready(verified, { engine });
}
