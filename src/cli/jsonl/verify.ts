// verify: whether a program is proved harmless. A refusal is an answer.

import { BpfError } from '../../base/error.js';
import { Program } from '../../ebpf/program.js';
import { environment } from '../../env/lookup.js';
import { verify as verifyProgram } from '../../verify/verify.js';
import { maps } from './maps.js';
import { operation } from './operation.js';
import { record, text, whole } from './shape.js';
import { bytes } from './values.js';

const shape = record(
  { program: bytes, environment: text },
  { attach: text, size: whole(0, 0xffff_ffff), maps, flags: whole(0, 0xffff_ffff), license: text, log: whole(0, 2) },
);

/** BPF_F_STRICT_ALIGNMENT of linux/bpf.h; the other flags of a program make no difference to what is proved. */
const strictAlignment = 1;

export const verify = operation(shape, ({ program, environment: name, size, maps, attach, flags = 0, log = 0 }) => {
  const where = environment(name, { size });
  if (attach !== undefined) throw new BpfError('usage', `the environment '${name}' has no attach types`);
  if ((flags & strictAlignment) !== 0) throw new BpfError('unsupported', 'strict alignment is not built yet');
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
