// How large a program may be: Linux's figures, to the last and to one more.

import { describe, expect, it } from 'vitest';
import type { MapSpec } from '../src/ebpf/map.js';
import { Program } from '../src/ebpf/program.js';
import { memory } from '../src/env/memory.js';
import { verify } from '../src/verify/verify.js';

function times(count: number, text: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => text(index)).join('; ');
}

/** A program of so many functions, the main one included. */
function withFunctions(count: number): Program {
  const calls = times(count - 1, (index) => `call f${index}`);
  const functions = times(count - 1, (index) => `f${index}: r0 = 0; exit`);
  return Program.parse(`${calls}; exit; ${functions}`);
}

function withMaps(count: number): Program {
  const maps = Array.from({ length: count }, (_, index): MapSpec => {
    return { name: `map${index}`, type: 'array', keySize: 4, valueSize: 8, maxEntries: 1 };
  });
  return Program.parse(`${times(count, (index) => `r1 = map[idx:${index}]`)}; r0 = 0; exit`, { maps });
}

describe('a program', () => {
  it('may have 256 functions', () => {
    expect(verify(withFunctions(256), memory()).processed).toBe(256 + 2 * 255);
    expect(() => verify(withFunctions(257), memory())).toThrow('more than 256 functions');
  });

  it('may use 64 maps', () => {
    expect(verify(withMaps(64), memory()).processed).toBe(66);
    expect(() => verify(withMaps(65), memory())).toThrow('more than 64 maps');
  });
});
