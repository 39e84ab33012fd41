// Where a program of a request is verified and run: the fields that say so.

import { BpfError } from '../../base/error.js';
import type { Environment } from '../../env/environment.js';
import { environment } from '../../env/lookup.js';
import { type Shaped, text, whole } from './shape.js';

const u32 = whole(0, 0xffff_ffff);

/** Of a request of `verify` or `run`, beside `environment`. */
export const environmentFields = { attach: text, size: u32, flags: u32, license: text };

type Fields = {
  readonly [Name in keyof typeof environmentFields]?: Shaped<(typeof environmentFields)[Name]> | undefined;
};

/** BPF_F_STRICT_ALIGNMENT of linux/bpf.h; the other flags of a program make no difference to what is proved. */
const strictAlignment = 1;

export function environmentOf(name: string, { attach, size, flags = 0 }: Fields): Environment {
  const found = environment(name, { size });
  if (attach !== undefined) throw new BpfError('usage', `the environment '${name}' has no attach types`);
  if ((flags & strictAlignment) !== 0) throw new BpfError('unsupported', 'strict alignment is not built yet');
  return found;
}
