// Programs with loops, in an environment that runs them on a budget, and in one that wants a proof of their end.

import { describe, expect, it } from 'vitest';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { compile } from '../src/filter/compile.js';
import { load, loadClassic } from '../src/run/load.js';
import { translate } from '../src/translate/translate.js';
import { verify } from '../src/verify/verify.js';

const packet = environment('packet');

/** Counts r6 up for ever. */
const endless = 'r6 = 0; again: r6 += 1; if r6 != 0 goto again; r0 = 1; exit';

describe('a loop without a proved end', () => {
  it('is accepted where a budget ends it, and the budget does', () => {
    const verified = verify(Program.parse(endless), packet);
    expect(verified.budgeted).toBe(true);
    const filter = load(verified, { engine: 'interpreter', budget: 1000 });
    expect(filter.execute(new Uint8Array(60)).trap).toEqual({ code: 'budget', pc: 2 });
  });

  it('is refused where its end has to be proved', () => {
    const endlessly = 'again: r0 = 1; goto again; exit';
    expect(() => verify(Program.parse(endlessly), environment('memory'))).toThrow(/never ends|reach|leads/);
  });

  it('still may do no harm in any round', () => {
    const creeps =
      'r6 = r10; again: r6 += -8; *(u64 *)(r6 +0) = 0; r7 = *(u32 *)(r1 +0); if r7 != 0 goto again; r0 = 0; exit';
    expect(() => verify(Program.parse(creeps), packet)).toThrow(/stack/);
  });
});

describe('a filter that walks a chain of headers', () => {
  const program = compile('ip6 protochain 6', { link: 'RAW' }).program;

  it('is verified in few steps, and finds what the classic machine finds', () => {
    const verified = verify(translate(program), packet);
    expect(verified.budgeted).toBe(true);
    expect(verified.processed).toBeLessThan(2000);
    const frame = new Uint8Array(80);
    frame.set([0x60, 0, 0, 0, 0, 40, 0, 64]); // hop-by-hop options, and then
    frame.set([6, 0], 40); // TCP
    for (const cut of [80, 49, 48, 42, 41, 40, 20, 1]) {
      const data = frame.subarray(0, cut);
      expect(load(verified, { engine: 'interpreter' }).run(data, 80)).toBe(loadClassic(program).run(data, 80));
    }
  });
});
