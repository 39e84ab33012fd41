// disassemble: a program as text. Which field holds the program, and which forms there are, depends on the machine.

import { classicForms } from '../../classic/program.js';
import { Program } from '../../ebpf/program.js';
import { type Operation, operation } from './operation.js';
import { record, word } from './shape.js';
import { bytes, classic } from './values.js';

const machine = word(['classic', 'ebpf']);

const disassembleClassic = operation(
  record({ machine, classic }, { form: word(classicForms) }),
  ({ classic, form = 'asm' }) => ({ text: classic.toString(form) }),
);

const disassembleInternal = operation(record({ machine, program: bytes }, { form: word(['asm']) }), ({ program }) => ({
  text: Program.decode(program).toString(),
}));

export const disassemble: Operation = (fields) =>
  machine(fields.machine, 'machine') === 'classic' ? disassembleClassic(fields) : disassembleInternal(fields);
