// The maps that a program names: they must be there, whether a path leads to where they are named or not.

import type { Insn } from '../ebpf/insn.js';
import { unusable } from './map.js';
import { VerifyError } from './refusal.js';
import type { MapShape } from './value.js';

/** How many maps a program may use; Linux's figure. */
const mapLimit = 64;

interface Given {
  readonly insns: readonly Insn[];
  readonly maps: readonly MapShape[];
}

/** @throws VerifyError when a wide load names a map that isn't there, or that such a program can't use */
export function checkMaps({ insns, maps }: Given, rules: { readonly maySleep: boolean }): void {
  const used = new Set<number>();
  for (let pc = 0; pc < insns.length; pc++) {
    const insn = insns[pc]!;
    if (insn.kind !== 'wide') continue;
    const { from, low } = insn;
    if (from === 'map-fd' || from === 'map-value') {
      throw new VerifyError(`no map has the file descriptor ${low}`, pc);
    }
    if (from !== 'map-index' && from !== 'map-index-value') continue;
    const map = maps[low];
    if (map === undefined) throw new VerifyError(`the program has no map ${low}, only ${maps.length}`, pc);
    const reason = unusable(map, rules);
    if (reason !== undefined) throw new VerifyError(reason, pc);
    if (used.add(low).size > mapLimit) throw new VerifyError(`the program uses more than ${mapLimit} maps`, pc);
  }
}
