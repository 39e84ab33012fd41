// disassemble: a program as text.

import { BpfError } from '../../base/error.js';
import { classicForms } from '../../classic/program.js';
import { operation } from './operation.js';
import { record, word } from './shape.js';
import { bytes, classic } from './values.js';

const shape = record(
  { machine: word(['classic', 'ebpf']) },
  { classic, program: bytes, form: word(['asm', ...classicForms]) },
);

export const disassemble = operation(shape, ({ machine, classic, form = 'd' }) => {
  if (machine === 'ebpf') throw new BpfError('unsupported', 'internal programs have no text yet');
  if (classic === undefined) throw new BpfError('usage', "missing field 'classic'");
  if (form === 'asm') throw new BpfError('unsupported', "the form 'asm' is not built yet");
  return { text: classic.toString(form) };
});
