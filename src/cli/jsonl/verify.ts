// verify: whether a program is proved harmless. A refusal is an answer.

import { BpfError } from '../../base/error.js';
import { Program } from '../../ebpf/program.js';
import { environment } from '../../env/lookup.js';
import { verify as verifyProgram } from '../../verify/verify.js';
import { maps } from './maps.js';
import { operation } from './operation.js';
import { record, text, whole } from './shape.js';
import { bytes, u32 } from './values.js';

const shape = record(
  { program: bytes, environment: text },
  { attach: text, size: u32, license: text, flags: u32, maps, log: whole(0, 2) },
);

export const verify = operation(shape, (request) => {
  const where = environment(request.environment, { attach: request.attach, size: request.size });
  if (request.log) throw new BpfError('unsupported', 'the log of the verifier is not built yet');
  try {
    const program = Program.decode(request.program, { maps: request.maps });
    const { processed, states, stack } = verifyProgram(program, where, request);
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
