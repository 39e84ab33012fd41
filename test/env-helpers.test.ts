import { describe, expect, it } from 'vitest';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { withHelpers } from '../src/env/with-helpers.js';
import { load, loadUnchecked } from '../src/run/load.js';
import { nativeMissing } from '../src/run/native.js';
import { verify } from '../src/verify/verify.js';

const add = { id: 0x20000, name: 'add', call: (a: bigint, b: bigint) => a + b };
/** Machine code, where there is any here. */
const engines = nativeMissing() === undefined ? (['interpreter', 'jit'] as const) : (['interpreter'] as const);
const program = Program.parse('r1 = -1; r2 = 3; call 0x20000; r0 += 1; exit');

describe('a helper in JavaScript', () => {
  const world = withHelpers(environment('memory'), [add]);

  it.each(engines)('is called by verified and unverified programs on the %s', (engine) => {
    for (const filter of [load(verify(program, world), { engine }), loadUnchecked(program, world, { engine })]) {
      expect(filter.execute(new Uint8Array())).toEqual({ result: 3n }); // 2^64 - 1 + 3, cut to 64 bits, + 1
      filter.close();
    }
  });

  it('is called by nobody who was verified without it', () => {
    expect(() => verify(program, environment('memory'))).toThrow();
    expect(loadUnchecked(program, environment('memory')).execute(new Uint8Array()).trap?.code).toBe('bad-call');
  });
});

describe('withHelpers refuses', () => {
  it.each([
    ['a number of Linux', [{ ...add, id: 5 }]],
    ['a number twice', [add, { ...add, name: 'again' }]],
    ['more than five parameters', [{ ...add, parameters: 6 }]],
  ])('%s', (_, helpers) => {
    expect(() => withHelpers(environment('memory'), helpers)).toThrow(expect.objectContaining({ code: 'range' }));
  });
});
