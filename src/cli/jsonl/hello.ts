// hello: who answers, and what can be asked.

import { readFileSync } from 'node:fs';
import { native } from '../../../lib/native.js';
import { engines } from '../engines.js';
import { type Operation, operation } from './operation.js';
import { record } from './shape.js';

const { name, version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

/** @param operations the names of the operations that are built */
export function hello(operations: readonly string[]): Operation {
  return operation(record({}, {}), () => ({
    name,
    version,
    protocol: 1,
    operations,
    engines: engines(),
    arch: process.arch,
    native: native.reason ?? true,
  }));
}
