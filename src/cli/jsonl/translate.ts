// translate: the internal program that does what a classic one does.

import { toHex } from '../../base/hex.js';
import { classicEnvironments } from '../../classic/check.js';
import { translate as translateClassic } from '../../translate/translate.js';
import { operation } from './operation.js';
import { record, word } from './shape.js';
import { classic } from './values.js';

const shape = record({ classic }, { environment: word(classicEnvironments) });

export const translate = operation(shape, ({ classic, environment = 'packet' }) => ({
  program: toHex(translateClassic(classic, environment).encode()),
}));
