// What a program may answer.

import * as word from '../abstract/word.js';
import type { Environment } from '../env/environment.js';
import { refuse } from './refusal.js';
import { isScalar, type Value } from './value.js';

export function checkResult({ name, result }: Environment, value: Value): void {
  if (!isScalar(value) && result.mayBeAddress === true) return;
  if (!isScalar(value)) refuse('the program ends with an address in r0, not with a number');
  if (result.range === undefined) return;
  const [min, max] = result.range;
  const { smin, smax } = value.scalar;
  if (word.toNumber(smin) >= min && word.toNumber(smax) <= max) return;
  const found = word.equal(smin, smax)
    ? `${word.toSigned(smin)}`
    : `between ${word.toSigned(smin)} and ${word.toSigned(smax)}`;
  refuse(`the result of a ${name} program must be from ${min} to ${max}, and r0 is ${found}`);
}
