// verify: whether a program is proved harmless. A refusal is an answer.

import { BpfError } from '../../base/error.js';
import { Program } from '../../ebpf/program.js';
import { environment } from '../../env/lookup.js';
import { VerifyError } from '../../verify/refusal.js';
import { verify as verifyProgram } from '../../verify/verify.js';
import { maps } from './maps.js';
import { operation } from './operation.js';
import { record, text, whole } from './shape.js';
import { bytes, u32 } from './values.js';

const shape = record(
  { program: bytes, environment: text },
  { attach: text, size: u32, license: text, flags: u32, maps, log: whole(0, 2) },
);

const logLevels = [0, 1, 2] as const;

export const verify = operation(shape, (request) => {
  const where = environment(request.environment, { attach: request.attach, size: request.size });
  try {
    const program = Program.decode(request.program, { maps: request.maps });
    const { processed, states, stack, log } = verifyProgram(program, where, {
      ...request,
      log: logLevels[request.log ?? 0],
    });
    return { verdict: 'accept', processed, states, stack, log };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const log = error instanceof VerifyError ? error.log : undefined;
    return { verdict: 'reject', error: { pc: error.pc, message: error.message }, log };
  }
});

/** A program that isn't proved, or whose instructions are none; bytes that are no program at all have no `pc`. */
function isRefusal(error: unknown): error is BpfError {
  return error instanceof BpfError && (error.code === 'verify' || error.code === 'encoding') && error.pc !== undefined;
}
