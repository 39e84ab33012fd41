// The whole lane in one call: a tcpdump expression to a filter that is ready to run.

import { packet } from '../env/packet.js';
import { compile } from '../filter/compile.js';
import type { CompileOptions } from '../filter/meaning.js';
import { translate } from '../translate/translate.js';
import { verify } from '../verify/verify.js';
import type { Filter } from './filter.js';
import { type LoadOptions, load } from './load.js';

export interface FilterOptions extends CompileOptions, Pick<LoadOptions, 'engine'> {}

/**
 * Compiles a tcpdump expression, translates and verifies the program, and loads it.
 *
 *     using web = filter('tcp port 80 and not net 10.0.0.0/8');
 *     if (web.matches(frame)) …
 *
 * @throws BpfError with the place of the mistake in the expression
 */
export function filter(expression: string, options: FilterOptions = {}): Filter {
  const { program } = compile(expression, options);
  return load(verify(translate(program), packet), { engine: options.engine });
}
