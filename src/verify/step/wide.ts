// Wide loads: 64-bit constants, and what they name.

import * as scalar from '../../abstract/scalar.js';
import { Word } from '../../abstract/word.js';
import { assert } from '../../base/error.js';
import type { InsnOf } from '../../ebpf/insn.js';
import type { Analysis } from '../analysis.js';
import { checkDirectValue } from '../map.js';
import { refuse } from '../refusal.js';
import { write } from '../registers.js';
import type { State } from '../state.js';
import { type MapShape, number, pointer, type Value } from '../value.js';

export function stepWide(analysis: Analysis, state: State, insn: InsnOf<'wide'>): void {
  write(state, insn.dst, named(analysis, state.pc, insn));
}

function named(analysis: Analysis, pc: number, { from, low, high }: InsnOf<'wide'>): Value {
  assert(from !== 'map-fd' && from !== 'map-value', 'checkMaps refuses what names a map by its file descriptor');
  switch (from) {
    case 'imm':
      return number(scalar.constant(new Word(low, high)));
    case 'map-index':
      return pointer('map', { map: mapAt(analysis, low) });
    case 'map-index-value': {
      const map = mapAt(analysis, low);
      checkDirectValue(map, high);
      return pointer('map-value', { map, offset: high });
    }
    case 'variable':
      return refuse('a variable of the kernel needs type information');
    case 'code':
      return functionAt(analysis, pc + 1 + low);
  }
}

function functionAt({ rules }: Analysis, entry: number): Value {
  if (!rules.functionTypes) refuse('the address of a function needs type information');
  return pointer('function', { extent: entry });
}

/** It is there: `checkMaps` has looked. */
function mapAt({ program }: Analysis, index: number): MapShape {
  return program.maps[index]!;
}
