// check: whether Linux would take a classic program.

import { BpfError } from '../../base/error.js';
import { check as checkClassic, classicEnvironments } from '../../classic/check.js';
import { operation } from './operation.js';
import { record, word } from './shape.js';
import { classic } from './values.js';

const shape = record({ classic }, { environment: word(classicEnvironments) });

export const check = operation(shape, ({ classic, environment = 'packet' }) => {
  try {
    checkClassic(classic, environment);
    return { verdict: 'accept' };
  } catch (error) {
    if (error instanceof BpfError && error.code === 'verify') {
      return { verdict: 'reject', error: { pc: error.pc, message: error.message } };
    }
    throw error;
  }
});
