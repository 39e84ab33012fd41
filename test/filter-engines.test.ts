// One law for filters: what the plain program says, the optimized one says, on every engine. A short campaign here;
// `node scripts/fuzz.mjs filter` makes long ones.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { packet } from '../src/env/packet.js';
import { compile } from '../src/filter/compile.js';
import type { Packets } from '../src/run/engine.js';
import type { Filter } from '../src/run/filter.js';
import { load, loadClassic } from '../src/run/load.js';
import { nativeMissing } from '../src/run/native.js';
import { translate } from '../src/translate/translate.js';
import { verify } from '../src/verify/verify.js';
import { filters, frames, packets } from './random-filters.js';

const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const numRuns = Number(process.env.UNIBPF_FUZZ_RUNS ?? 60);
const engines = nativeMissing() === undefined ? (['interpreter', 'jit'] as const) : (['interpreter'] as const);

/** The filters of one expression that must agree, the plain one on the classic machine first; none if it is refused. */
function lanes(expression: string, link: string): (readonly [name: string, Filter])[] {
  try {
    return [false, true].flatMap((optimize) => {
      const { program } = compile(expression, { link, optimize, names: {}, netmask: '255.255.255.0' });
      const verified = verify(translate(program), packet);
      const name = optimize ? 'optimized' : 'plain';
      return [
        [`${name}, classic`, loadClassic(program)] as const,
        [`${name}, javascript`, loadClassic(program, { engine: 'javascript' })] as const,
        ...engines.map((engine) => [`${name}, ${engine}`, load(verified, { engine, optimize: true })] as const),
      ];
    });
  } catch (error) {
    if (error instanceof BpfError && error.code !== 'verify') return [];
    throw error;
  }
}

/** The packets, each whole and cut at eight lengths that are spread over it. */
function cuts(some: readonly Uint8Array[]): Packets {
  const parts = some.flatMap((bytes, index) => {
    const ends = Array.from({ length: 9 }, (_, i) => Math.floor((bytes.length * i) / 8));
    return ends.map((captured) => ({ index, captured, length: bytes.length }));
  });
  const starts = some.map((_, index) => some.slice(0, index).reduce((sum, { length }) => sum + length, 0));
  return {
    data: Uint8Array.from(some.flatMap((bytes) => [...bytes])),
    offsets: Uint32Array.from(parts, ({ index }) => starts[index]!),
    captured: Uint32Array.from(parts, ({ captured }) => captured),
    lengths: Uint32Array.from(parts, ({ length }) => length),
  };
}

function verdictsOf(filter: Filter, { data, offsets, captured, lengths }: Packets): Uint32Array {
  const verdicts = new Uint32Array(offsets.length);
  filter.runBatch(data, offsets, captured, verdicts, lengths);
  filter.close();
  return verdicts;
}

/** A law: all lanes of an expression say the same of the packets, each whole and cut. */
function sameVerdicts(link: string) {
  return (expression: string, some: readonly Uint8Array[]) => {
    const [plain, ...others] = lanes(expression, link);
    if (plain === undefined) return;
    const input = cuts(some);
    const expected = verdictsOf(plain[1], input);
    for (const [name, filter] of others) expect(verdictsOf(filter, input), name).toEqual(expected);
  };
}

describe('the verdicts of the plain program are those of every engine, optimized or not,', () => {
  it.each([
    ['EN10MB', frames],
    ['RAW', packets],
    ['IEEE802_11_RADIO', frames],
    ['LINUX_SLL2', frames],
  ])('on %s', (link, inputs) => {
    const some = fc.array(inputs, { minLength: 4, maxLength: 4 });
    fc.assert(fc.property(filters, some, sameVerdicts(link)), { seed, numRuns });
  });

  it.each([
    ['whose index is a sum of registers', 'udp[0xab] == 0xcd', 'PFLOG'],
    ['whose header is inside of another packet', 'geneve and geneve 7 or ip', 'EN10MB'],
    ['that masks bits which the value does not have', 'link[0:1] & 0xff000000 == 0', 'RAW'],
  ])('of a filter %s', (_, expression, link) => {
    const some = fc.array(fc.oneof(frames, packets), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(some, (inputs) => sameVerdicts(link)(expression, inputs)),
      { seed, numRuns: 20 },
    );
  });
});
