// Every operation of the protocol, by name.

import { assemble } from './assemble.js';
import { check } from './check.js';
import { compile } from './compile.js';
import { disassemble } from './disassemble.js';
import { event } from './event.js';
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
  ['event', event],
  ['seccomp', seccomp],
];

export const operations: ReadonlyMap<string, Operation> = new Map([
  ['hello', hello(['hello', ...built.map(([name]) => name)])],
  ...built,
]);
