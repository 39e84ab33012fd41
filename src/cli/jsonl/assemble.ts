// assemble: a program from its text.

import { toHex } from '../../base/hex.js';
import { ClassicProgram } from '../../classic/program.js';
import { Program } from '../../ebpf/program.js';
import { operation } from './operation.js';
import { record, text, word } from './shape.js';
import { classicValue } from './values.js';

const shape = record({ machine: word(['classic', 'ebpf']), text }, {});

export const assemble = operation(shape, ({ machine, text }) =>
  machine === 'classic'
    ? { classic: classicValue(ClassicProgram.parse(text)) }
    : { program: toHex(Program.parse(text).encode()) },
);
