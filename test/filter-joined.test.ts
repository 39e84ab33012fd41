// Filters that have become one program say what each of them says alone, wherever packets lie in the buffer.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { packet } from '../src/env/packet.js';
import { compile } from '../src/filter/compile.js';
import { isJoinable, together } from '../src/optimize/together.js';
import type { Executable, Packets } from '../src/run/engine.js';
import { Interpreter } from '../src/run/interpreter.js';
import { Joined, type Member } from '../src/run/joined.js';
import { ready } from '../src/run/load.js';
import { addon, nativeMissing } from '../src/run/native.js';
import { translate } from '../src/translate/translate.js';
import { type VerifiedProgram, verify } from '../src/verify/verify.js';
import { firstSeed, note, runsOf } from './campaign.js';
import { filters as expressions, frames } from './random-filters.js';

/** Undefined for an expression that is refused. */
function programOf(expression: string, snaplen: number): VerifiedProgram | undefined {
  try {
    return verify(translate(compile(expression, { snaplen, names: {}, netmask: '255.255.255.0' }).program), packet);
  } catch (error) {
    if (error instanceof BpfError) return undefined;
    throw error;
  }
}

function membersOf(programs: readonly VerifiedProgram[]): Member[] {
  return programs.map((program, number) => ({
    program,
    executable: ready(program, { engine: 'interpreter' }),
    number,
  }));
}

/** Frames one behind the other, each cut, with so many bytes behind them all. */
function batchOf(cuts: readonly (readonly [Uint8Array, number])[], behind: number): Packets {
  const starts = cuts.map((_, i) => cuts.slice(0, i).reduce((sum, [{ length }]) => sum + length, 0));
  return {
    data: Uint8Array.from([...cuts.flatMap(([frame]) => [...frame]), ...new Uint8Array(behind).fill(0x5a)]),
    offsets: Uint32Array.from(starts),
    captured: Uint32Array.from(cuts, ([{ length }, cut]) => Math.min(length, cut)),
    lengths: Uint32Array.from(cuts, ([{ length }]) => length),
  };
}

function alone(executables: readonly Executable[], packets: Packets) {
  const verdicts = executables.map(() => new Uint32Array(packets.offsets.length));
  return { counts: executables.map((each, i) => each.runBatch(packets, verdicts[i]!)), verdicts };
}

const kinds = fc.array(fc.tuple(expressions, fc.constantFrom(262_144, 1, 0xffff_ffff)), {
  minLength: 2,
  maxLength: 12,
});
const cuts = fc.array(fc.tuple(frames, fc.oneof(fc.nat(80), fc.constant(80))), { minLength: 1, maxLength: 40 });

describe('a joined program', () => {
  it('has a bit for each program on the interpreter, or says nothing near the end of the buffer', () => {
    fc.assert(
      fc.property(kinds, cuts, fc.constantFrom(0, 512), (some, frame, behind) => {
        const programs = some.flatMap(([text, snaplen]) => programOf(text, snaplen) ?? []).filter(isJoinable);
        if (programs.length === 0) return;
        const joined = together(programs);
        const packets = batchOf(frame, behind);
        const expected = alone(
          membersOf(programs).map(({ executable }) => executable),
          packets,
        );
        for (const [i, start] of packets.offsets.entries()) {
          const readable = packets.data.subarray(start);
          const oracle = new Interpreter(joined, packet, { behind: readable.length - packets.captured[i]! });
          const mask = oracle.verdict(readable, packets.lengths[i]!);
          const verdicts = expected.verdicts.map((row) => row[i]!);
          const said = joined.results.map((result, bit) => ((mask >>> bit) & 1 ? result : 0));
          if (mask !== 0x8000_0000) expect(said).toEqual(verdicts);
          expect(mask === 0x8000_0000 && readable.length >= 512).toBe(false);
        }
      }),
      { seed: firstSeed, numRuns: runsOf(60) },
    );
  });

  it.each(['len > 60', 'ip protochain 6'])('is not made of %s', (expression) => {
    expect(isJoinable(programOf(expression, 1)!)).toBe(false);
  });
});

describe.skipIf(nativeMissing() !== undefined || process.arch !== 'x64')('joined filters', () => {
  it('say what each says alone', () => {
    const tally = { filters: 0, joined: 0 };
    fc.assert(
      fc.property(kinds, cuts, fc.constantFrom(0, 512), (some, frame, behind) => {
        const members = membersOf(some.flatMap(([text, snaplen]) => programOf(text, snaplen) ?? []));
        const packets = batchOf(frame, behind);
        const count = packets.offsets.length;
        const expected = alone(
          members.map(({ executable }) => executable),
          packets,
        );
        tally.filters += members.length;
        for (const joined of Joined.of(members)) {
          const rows = members.map(() => new Uint32Array(count + 5).fill(0xdead));
          const counts = members.map(() => 100);
          joined.runBatch(packets, rows, counts, 3);
          for (const { number } of joined.members) {
            expect(counts[number]).toBe(100 + expected.counts[number]!);
            expect([...rows[number]!]).toEqual([0xdead, 0xdead, 0xdead, ...expected.verdicts[number]!, 0xdead, 0xdead]);
          }
          tally.joined += joined.members.length;
          joined.close();
        }
      }),
      { seed: firstSeed, numRuns: runsOf(120) },
    );
    note(`${tally.joined} of ${tally.filters} filters were joined`);
    if (process.env.UNIBPF_CPU !== 'baseline') expect(tally.joined).toBeGreaterThan(tally.filters / 3);
  });

  it('are as many programs as it takes', () => {
    const texts = Array.from({ length: 70 }, (_, i) => `tcp port ${i + 1}`);
    const members = membersOf(texts.map((text) => programOf(text, 96)!));
    const all = Joined.of(members);
    const numbers = all.flatMap((joined) => joined.members.map(({ number }) => number));
    if (process.env.UNIBPF_CPU === 'baseline') expect(numbers).toEqual([]);
    else expect(new Set(numbers).size).toBe(numbers.length);
    for (const joined of all) {
      expect(joined.members.length).toBeLessThanOrEqual(31);
      joined.close();
    }
  });

  it('have results that are written within their rows alone', () => {
    const row = new Uint32Array(2);
    expect(addon().spread(Uint32Array.of(1, 6), 2, 9, row)).toBe(1);
    expect([...row]).toEqual([0, 9]);
    for (const wrong of [
      [Uint32Array.of(1, 2, 3), 0, 9, row],
      [Uint32Array.of(1), 32, 9, row],
      [Uint32Array.of(1), -1, 9, row],
      [new Uint8Array(1), 0, 9, row],
      [Uint32Array.of(1), 0, 9, [0]],
      [Uint32Array.of(1), 0, '9', row],
      [],
    ] as never[]) {
      expect(() => addon().spread(...(wrong as Parameters<ReturnType<typeof addon>['spread']>))).toThrow('expected a');
    }
  });
});
