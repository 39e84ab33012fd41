// The laws of the optimizer: what it makes says what the program said, of every packet at every length, whatever lies behind
// it; with all passes, with none, with each alone and without each. A short campaign here; `node scripts/fuzz.mjs optimize`
// makes long ones.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import type { LoweredInsn, Register } from '../src/ebpf/insn.js';
import { packet } from '../src/env/packet.js';
import { compile } from '../src/filter/compile.js';
import { type OptimizeOptions, optimize, otherShapes, type Shape } from '../src/optimize/optimize.js';
import { type PassName, passNames } from '../src/optimize/switches.js';
import type { Runnable } from '../src/run/code.js';
import { Interpreter } from '../src/run/interpreter.js';
import { Native, nativeMissing } from '../src/run/native.js';
import { translate } from '../src/translate/translate.js';
import { type VerifiedProgram, verify } from '../src/verify/verify.js';
import { checkedProgram } from './classic-insns.js';
import { filters, frames, packets } from './random-filters.js';

const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const numRuns = Number(process.env.UNIBPF_FUZZ_RUNS ?? 60);
/** How many packets a program gets at most. */
const most = Number(process.env.UNIBPF_FUZZ_INPUTS ?? 8);

const links = [
  ['EN10MB', frames],
  ['RAW', packets],
  ['LINUX_SLL2', frames],
] as const;

const chosenPasses = fc.oneof(
  fc.constant<readonly PassName[]>(passNames),
  fc.constant<readonly PassName[]>([]),
  fc.constantFrom(...passNames).map((name) => [name]),
  fc.constantFrom(...passNames).map((name) => passNames.filter((other) => other !== name)),
);

const shapes: readonly Shape[] = ['numbers', 'jumps', 'lanes'];
const ways: fc.Arbitrary<OptimizeOptions> = fc.record({ passes: chosenPasses, shape: fc.constantFrom(...shapes) });

/** A filter's program, as it is compiled or as it stands; undefined where it is refused. */
function verified(expression: string, link: string, improves: boolean): VerifiedProgram | undefined {
  try {
    const { program } = compile(expression, { link, optimize: improves, names: {}, netmask: '255.255.255.0' });
    return verify(translate(program), packet);
  } catch (error) {
    if (error instanceof BpfError && error.code !== 'verify') return undefined;
    throw error;
  }
}

/** More bytes than any guard asks for. */
const behind = 520;

function agreeOnOracle(program: VerifiedProgram, way: OptimizeOptions, bytes: Uint8Array, junk: Uint8Array): void {
  const lowered = optimize(program, way);
  if (lowered.reason !== undefined) return;
  const plain = new Interpreter(program.program, packet);
  const alone = new Interpreter(lowered, packet);
  const followed = new Interpreter(lowered, packet, { behind });
  for (let length = 0; length <= bytes.length; length++) {
    const expected = plain.run(bytes.subarray(0, length), bytes.length);
    const readable = Uint8Array.from({ length: length + behind }, (_, i) =>
      i < length ? bytes[i]! : junk[i % junk.length]!,
    );
    expect(alone.run(bytes.subarray(0, length), bytes.length), JSON.stringify(way)).toEqual(expected);
    expect(followed.run(readable, bytes.length), JSON.stringify(way)).toEqual(expected);
  }
}

const junk = fc.uint8Array({ minLength: 1, maxLength: 64 });

describe('what the optimizer makes says on the oracle what the program said,', () => {
  it.each(links)('of filters on %s', (link, inputs) => {
    fc.assert(
      fc.property(filters, fc.boolean(), ways, inputs, junk, (expression, improves, way, bytes, junk) => {
        const program = verified(expression, link, improves);
        if (program !== undefined) agreeOnOracle(program, way, bytes.subarray(0, 90), junk);
      }),
      { seed, numRuns: Math.min(numRuns, 200) },
    );
  });

  it('of any classic program', () => {
    fc.assert(
      fc.property(checkedProgram, ways, fc.uint8Array({ maxLength: 60 }), junk, (program, way, bytes, junk) => {
        agreeOnOracle(verify(translate(program), packet), way, bytes, junk);
      }),
      { seed, numRuns: Math.min(numRuns, 200) },
    );
  });
});

/** Instructions as a lowered program without tables. */
function lowered(...insns: readonly LoweredInsn[]): Runnable {
  return { insns, maps: [], tables: [] };
}

describe('the other shapes', () => {
  it('are together what each is alone', () => {
    fc.assert(
      fc.property(filters, fc.constantFrom(...links), fc.boolean(), (expression, [link], improves) => {
        const program = verified(expression, link, improves);
        if (program === undefined) return;
        const together = otherShapes(program);
        for (const shape of ['jumps', 'lanes'] as const) {
          expect(together[shape]).toEqual(optimize(program, { shape }));
        }
      }),
      { seed, numRuns },
    );
  });
});

describe.skipIf(nativeMissing() !== undefined)('machine code is refused of a lowered program', () => {
  const guard = { kind: 'guard', bytes: 14, off: 2 } as const;
  const exit = { kind: 'exit', off: 0 } as const;
  const raw = (off: number, index?: Register) => ({ kind: 'raw', size: 2, order: 'le', dst: 0, index, off }) as const;
  const zero = { kind: 'alu', op: 'mov', width: 32, dst: 0, src: { imm: 0 } } as const;
  const back = { kind: 'goto', off: -3, long: false } as const;
  const lookup = { kind: 'lookup', dst: 0, src: 0, table: 0 } as const;
  it.each([
    ['that has no guard', lowered(raw(0), exit), 'no guard stands before a load'],
    ['that reads behind its guard', lowered(guard, raw(13), exit, zero, exit), 'no guard stands before a load'],
    ['that reads before the packet', lowered(guard, raw(-1), exit, zero, exit), 'no guard stands before a load'],
    ['with an unknown index', lowered(guard, raw(0, 1), exit, zero, exit), 'no guard stands before a load'],
    ['whose copy reads without a check', lowered(guard, zero, exit, raw(0), exit), 'no guard stands before a load'],
    ['whose copy leads behind the guard', lowered(guard, raw(0), exit, zero, back), 'a jump leads behind the guard'],
    ['with a second guard', lowered(guard, { ...guard, off: 0 }, exit, zero, exit), 'expected the guard at the start'],
    ['whose table is missing', lowered(guard, lookup, exit, zero, exit), 'a lookup has no table'],
    [
      'whose table is too short',
      { ...lowered(zero, exit), tables: [{ ways: 1, bits: 3, factors: [1], slots: new Uint32Array(4) }] },
      'expected tables of 2^bits slots a way',
    ],
  ] satisfies [string, Runnable, string][])('%s', (_, program, message) => {
    expect(() => new Native(program, packet, { checked: false })).toThrow(message);
  });
});

/** Packets one behind the other, each at several lengths, and how many there are. */
function batchOf(inputs: readonly Uint8Array[]) {
  const cuts = inputs.flatMap((bytes, index) => {
    return Array.from({ length: 16 }, (_, i) => ({ index, captured: Math.floor((bytes.length * (i + 1)) / 16) }));
  });
  const starts = inputs.map((_, index) => inputs.slice(0, index).reduce((sum, { length }) => sum + length, 0));
  return {
    data: Uint8Array.from(inputs.flatMap((bytes) => [...bytes])),
    offsets: Uint32Array.from(cuts, ({ index }) => starts[index]!),
    captured: Uint32Array.from(cuts, ({ captured }) => captured),
    lengths: Uint32Array.from(cuts, ({ index }) => inputs[index]!.length),
  };
}

type Batch = ReturnType<typeof batchOf>;

/** The verdicts of a batch, and of each packet alone. */
function verdictsOf(native: Native, batch: Batch): [Uint32Array, Uint32Array] {
  const together = new Uint32Array(batch.offsets.length);
  native.runBatch(batch, together);
  const alone = Uint32Array.from(batch.offsets, (offset, i) => {
    return native.verdict(batch.data.subarray(offset, offset + batch.captured[i]!), batch.lengths[i]!);
  });
  native.close();
  return [together, alone];
}

function agreeInMachineCode(program: VerifiedProgram, way: OptimizeOptions, inputs: readonly Uint8Array[]): void {
  const batch = batchOf(inputs);
  const [expected] = verdictsOf(new Native(program.program, packet, { checked: false }), batch);
  const lowered = optimize(program, way);
  for (const baseline of [false, true]) {
    const [together, alone] = verdictsOf(new Native(lowered, packet, { checked: false, baseline }), batch);
    expect(together, JSON.stringify(way)).toEqual(expected);
    expect(alone, JSON.stringify(way)).toEqual(expected);
  }
}

describe.skipIf(nativeMissing() !== undefined)('what once went wrong', () => {
  const arp = Uint8Array.from({ length: 60 }, (_, i) => (i === 12 ? 8 : i === 13 ? 6 : 0));
  const short = [new Uint8Array(40), new Uint8Array(100), arp];
  it.each([
    [
      'a filter that only short packets fail',
      'host 0.0.0.0 or 10.0.0.1 or port 0 or 0 or 0 or not src 10.0.0.1 or 10.0.0.1',
    ],
    ['a choice between equal results', 'broadcast or not host 10.0.0.1 or 10.0.0.1 or 10.0.0.1'],
    ['an index that is a sum of two numbers', 'not geneve 7 or ip proto 6 or port 0'],
  ])('%s', (_, expression) => {
    for (const link of ['RAW', 'EN10MB']) {
      for (const passes of [passNames, passNames.filter((name) => name !== 'fold')]) {
        for (const shape of shapes) {
          const program = verified(expression, link, false);
          if (program === undefined) continue; // there is no broadcast without a link header
          for (const bytes of short) agreeOnOracle(program, { passes, shape }, bytes, Uint8Array.from([1]));
          agreeInMachineCode(program, { passes, shape }, short);
        }
      }
    }
  });
});

describe.skipIf(nativeMissing() !== undefined)(
  'what the optimizer makes says in machine code what the program said,',
  () => {
    it.each(links)('of filters on %s', (link, inputs) => {
      const some = fc.array(inputs, { minLength: most / 4, maxLength: most });
      fc.assert(
        fc.property(filters, fc.boolean(), ways, some, (expression, improves, way, bytes) => {
          const program = verified(expression, link, improves);
          if (program !== undefined) agreeInMachineCode(program, way, bytes);
        }),
        { seed, numRuns },
      );
    });

    it('of any classic program', () => {
      const some = fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: most / 4, maxLength: most });
      fc.assert(
        fc.property(checkedProgram, ways, some, (program, way, bytes) => {
          agreeInMachineCode(verify(translate(program), packet), way, bytes);
        }),
        { seed, numRuns },
      );
    });
  },
);
