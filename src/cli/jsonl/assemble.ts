// assemble: a program from its text.

import { BpfError } from '../../base/error.js';
import { toHex } from '../../base/hex.js';
import { Program } from '../../ebpf/program.js';
import { operation } from './operation.js';
import { record, text, word } from './shape.js';

const shape = record({ machine: word(['classic', 'ebpf']), text }, {});

export const assemble = operation(shape, ({ machine, text }) => {
  if (machine === 'classic') throw new BpfError('unsupported', 'assembly of classic programs is not built yet');
  return { program: toHex(Program.parse(text).encode()) };
});
