// Every operation of the protocol, by name. One that is known and not built is here as well, so that it is told apart from
// one that is misspelt.

import { BpfError } from '../../base/error.js';
import { assemble } from './assemble.js';
import { check } from './check.js';
import { compile } from './compile.js';
import { disassemble } from './disassemble.js';
import { hello } from './hello.js';
import type { Operation } from './operation.js';
import { run } from './run.js';
import { seccomp } from './seccomp.js';
import { translate } from './translate.js';
import { verify } from './verify.js';

const built: readonly (readonly [name: string, operation: Operation])[] = [
  ['compile', compile],
  ['assemble', assemble],
  ['check', check],
  ['disassemble', disassemble],
  ['translate', translate],
  ['verify', verify],
  ['run', run],
  ['seccomp', seccomp],
];
const known = ['event'];

export const operations: ReadonlyMap<string, Operation> = new Map([
  ['hello', hello(['hello', ...built.map(([name]) => name)])],
  ...built,
  ...known.map((name) => [name, unbuilt(name)] as const),
]);

function unbuilt(name: string): Operation {
  return () => {
    throw new BpfError('unsupported', `the operation '${name}' is not built yet`);
  };
}
