// How a set of numbers is asked for (src/optimize/plan.ts): whatever the plan is, it says of every number that is asked about whether
// it is in the set, and compares no bits that no such number has.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packet } from '../src/env/packet.js';
import { compile } from '../src/filter/compile.js';
import { has, type Numbers, none, range, union } from '../src/optimize/numbers.js';
import { optimize, type Shape } from '../src/optimize/optimize.js';
import { type Plan, planFor } from '../src/optimize/plan.js';
import { Native, nativeMissing } from '../src/run/native.js';
import { translate } from '../src/translate/translate.js';
import { verify } from '../src/verify/verify.js';

/** What a plan says of a number; undefined where the set has to be halved first. */
function says(plan: Plan, number: number): boolean | undefined {
  switch (plan.kind) {
    case 'equal':
      return (number & plan.prefix.mask) >>> 0 === plan.prefix.value;
    case 'from':
      return plan.signed ? (number | 0) >= (plan.first | 0) : number >= plan.first;
    case 'to':
      return number <= plan.last;
    case 'between':
      return number >= plan.first && number <= plan.last;
    case 'table':
      return plan.keys.includes((number & plan.mask) >>> 0);
    case 'any':
      return plan.plans.some((each) => says(each, number));
    case 'not':
      return !says(plan.plan, number);
    case 'halves':
      return undefined;
  }
}

/** The numbers that a plan compares for equality, in whole or in part. */
function compared(plan: Plan): readonly number[] {
  switch (plan.kind) {
    case 'equal':
      return [plan.prefix.value];
    case 'table':
      return plan.keys;
    case 'any':
      return plan.plans.flatMap(compared);
    case 'not':
      return compared(plan.plan);
    default:
      return [];
  }
}

describe('a plan', () => {
  const bits = fc.constantFrom(4, 8, 16, 31, 32);
  const case_ = bits.chain((count) => {
    const most = 2 ** count - 1;
    const number = fc.oneof(fc.integer({ min: 0, max: most }), fc.constantFrom(0, 1, most - 1, most));
    return fc.record({
      most: fc.constant(most),
      ranges: fc.array(fc.tuple(number, fc.nat(20)), { minLength: 1, maxLength: 8 }),
      asked: fc.array(number, { minLength: 1, maxLength: 20 }),
      options: fc.record({ tables: fc.boolean(), fewTests: fc.constantFrom(1, 2, 4, 40) }),
    });
  });

  it('says what the set says, and compares nothing with bits that are always 0', () => {
    fc.assert(
      fc.property(case_, ({ most, ranges, asked, options }) => {
        const numbers = ranges.reduce<Numbers>(
          (set, [first, length]) => union(set, range(first, Math.min(most, first + length))),
          none,
        );
        if (numbers.length === 2 && numbers[0] === 0 && numbers[1] === most) return; // nothing is asked
        const plan = planFor(numbers, most, options);
        if (plan.kind === 'halves') return;
        const edges = numbers.flatMap((edge) => [edge - 1, edge, edge + 1]).filter((each) => each >= 0 && each <= most);
        for (const number of [...asked, ...edges])
          expect([number, says(plan, number)]).toEqual([number, has(numbers, number)]);
        for (const number of compared(plan)) expect(number).toBeLessThanOrEqual(most);
      }),
      { seed: 1, numRuns: 3000 },
    );
  });
});

describe.skipIf(nativeMissing() !== undefined)('a list with the largest number of a field', () => {
  /** Headers with the numbers that the filters ask for, and others. */
  const count = 400;
  const headers = (isEthernet: boolean) => {
    const start = isEthernet ? 14 : 0;
    const data = new Uint8Array((count + 4) * 100);
    const view = new DataView(data.buffer);
    const numbers = [0, 80, 443, 65_535, 60_000, 65_534, 1];
    for (let i = 0; i < count; i++) {
      const at = i * 100 + start;
      if (isEthernet) view.setUint16(at - 2, [0x800, 0x800, 0x86dd][i % 3]!);
      data[at] = [0x45, 0x46, 0x60, 0x45, 0x4f][i % 5]!;
      data[at + 6] = [0, 6, 0, 255][i % 4]!;
      data[at + 8] = [0, 3, 77, 100, 250, 255, 254, 201][i % 8]!;
      data[at + 9] = [6, 17, 255, 1][(i >> 2) % 4]!;
      view.setUint16(at + 2, [40, 7, 65_535, 3][i % 4]!);
      for (const [j, port] of [20, 22, 24, 26, 40, 42].entries())
        view.setUint16(at + port, numbers[(i + j * 3 + (i >> 3)) % 7]!);
    }
    const offsets = Uint32Array.from({ length: count }, (_, i) => i * 100);
    const captured = new Uint32Array(count).fill(100);
    return { data, offsets, captured, lengths: captured };
  };
  const shapes: readonly Shape[] = ['numbers', 'jumps', 'lanes'];

  it.each([
    'src port 65535 or 0',
    'port 65535 or 80',
    'tcp src port 65535 or 80 or 443',
    'portrange 60000-65535 or port 80',
    'ip proto 255 or 6',
    'ip[8] = 255 or ip[8] = 3 or ip[8] = 77',
    'ip[8] > 200 or ip[8] = 3 or ip[8] = 100',
    'ip[2:2] = 65535 or ip[2:2] = 40 or ip[2:2] = 7',
    'ip[0] & 0x0f = 15 or ip[0] & 0x0f = 5',
  ])('is asked for in every shape: %s', (expression) => {
    for (const link of ['RAW', 'EN10MB']) {
      const packets = headers(link === 'EN10MB');
      const verdicts = (...made: ConstructorParameters<typeof Native>) => {
        const [native, found] = [new Native(...made), new Uint32Array(count)];
        native.runBatch(packets, found);
        native.close();
        return found;
      };
      const program = verify(translate(compile(expression, { link }).program), packet);
      const plain = verdicts(program.program, packet, { checked: false });
      expect(new Set(plain).size).toBe(2);
      for (const shape of shapes) {
        expect([shape, verdicts(optimize(program, { shape }), packet, { checked: false })]).toEqual([shape, plain]);
      }
    }
  });
});
