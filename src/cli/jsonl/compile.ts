// compile: a filter expression to a classic program. Names are those of the request: nothing is looked up on this machine.

import { compile as compileFilter } from '../../filter/compile.js';
import { dialects } from '../../filter/dialect.js';
import { operation } from './operation.js';
import { dictionary, either, list, record, type Shape, text, truth, whole, word } from './shape.js';
import { classicValue } from './values.js';

/** `{ name: value }` or `{ name: [values] }` */
const table = <T>(value: Shape<T>) => dictionary(either(Array.isArray, list(value), value));
const addresses = table(text);
const names = record(
  {},
  { hosts: addresses, ethers: addresses, networks: addresses, services: table(text), protocols: table(whole(0, 255)) },
);

const number = whole(0, 0xffff_ffff);
const link = either((value) => typeof value === 'number', number, text);
const shape = record(
  { filter: text, link },
  { snaplen: number, netmask: text, optimize: truth, dialect: word(dialects), names },
);

export const compile = operation(shape, ({ filter, names = {}, ...options }) => {
  const { program, warnings } = compileFilter(filter, { ...options, names });
  return { classic: classicValue(program), warnings: warnings.length > 0 ? warnings : undefined };
});
