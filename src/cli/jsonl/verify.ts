// verify: whether a program is proved harmless. A refusal is an answer.

import { BpfError } from '../../base/error.js';
import { Program } from '../../ebpf/program.js';
import { verify as verifyProgram } from '../../verify/verify.js';
import { environmentFields, environmentOf } from './environment.js';
import { maps } from './maps.js';
import { operation } from './operation.js';
import { record, text, whole } from './shape.js';
import { bytes } from './values.js';

const shape = record({ program: bytes, environment: text }, { ...environmentFields, maps, log: whole(0, 2) });

export const verify = operation(shape, ({ program, environment, maps, log = 0, ...fields }) => {
  const where = environmentOf(environment, fields);
  if (log > 0) throw new BpfError('unsupported', 'the log of the verifier is not built yet');
  try {
    const { processed, states, stack } = verifyProgram(Program.decode(program, { maps }), where);
    return { verdict: 'accept', processed, states, stack };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { verdict: 'reject', error: { pc: error.pc, message: error.message } };
  }
});

/** A program that isn't proved, or whose instructions are none; bytes that are no program at all have no `pc`. */
function isRefusal(error: unknown): error is BpfError {
  return error instanceof BpfError && (error.code === 'verify' || error.code === 'encoding') && error.pc !== undefined;
}
