import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { ClassicProgram } from '../src/classic/program.js';
import { runClassic } from '../src/classic/run.js';
import { compile } from '../src/filter/compile.js';
import { answer, type Known, learned, type Question, upTo } from '../src/filter/validate/known.js';
import { validate } from '../src/filter/validate/validate.js';
import { filters, frames } from './random-filters.js';

const options = { names: {}, netmask: '255.255.255.0' };
const plain = (filter: string) => compile(filter, { ...options, optimize: false }).program;
const optimized = (filter: string) => compile(filter, options).program;

describe('validate', () => {
  it.each([
    'tcp port 80 and not net 10.0.0.0/8',
    'port 80 or 443 or 8080 or portrange 1000-2000',
    'host 10.0.0.1 or 10.0.0.2 or net 10.1.0.0/16 or 10.2.0.0/15 or 192.168.1.77',
    'ip6 host ::1 and tcp or vlan 5 and udp',
    'len / ip[1] > 5 or geneve 5 and tcp',
    '',
  ])("proves '%s'", (filter) => {
    expect(validate(plain(filter), optimized(filter))).toMatchObject({ proved: true });
  });

  it.each([
    ['a verdict', 'ld #1; ret #1', 'ld #1; ret #2'],
    [
      'the length that a load asks for',
      'ldb [4]; jeq #1, y; ret #0; y: ret #1',
      'ldh [4]; jeq #1, y; ret #0; y: ret #1',
    ],
    ['a load that is left out', 'ldb [4]; ret #1', 'ret #1'],
    ['a division', 'ldx #0; ldb [0]; tax; ld #1; div x; ret #1', 'ldb [0]; ret #1'],
    ['a load behind a header', 'ldx 4*([0]&0xf); ldb [x+9]; ret #1', 'ldx 4*([0]&0xf); ldb [x+8]; ret #1'],
    ['a loop', 'ret #1', 'a: ja a'],
    ['a computed verdict', 'ld len; ret a', 'ld len; ret a'],
  ])('does not prove what differs in %s', (_, one, other) => {
    const programs = [one, other].map((text) => ClassicProgram.parse(text.replaceAll('; ', '\n')));
    expect(validate(programs[0]!, programs[1]!)).toMatchObject({ proved: false });
  });

  it('gives up where there are too many ways', () => {
    const bits = Array.from({ length: 20 }, (_, i) => `(ip[${i}] = 1 or ip[${i + 20}] = 1)`).join(' and ');
    const filter = `${bits} or ${bits.replaceAll('= 1', '= 2')}`;
    expect(validate(plain(filter), optimized(filter))).toMatchObject({ proved: false });
  });

  it('proves no changed program that a packet tells apart', () => {
    const law = (filter: string, at: number, change: number, packets: readonly Uint8Array[]) => {
      const pair = accepted(() => [plain(filter), optimized(filter)] as const);
      if (pair === undefined) return;
      const changed = mutated(pair[1], at, change);
      const inputs = packets.flatMap((data) => [0, 13, 14, 30, 40, data.length].map((cut) => data.subarray(0, cut)));
      const differs = inputs.some((data) => runClassic(pair[0], { data }) !== runClassic(changed, { data }));
      if (differs) expect(validate(pair[0], changed).proved).toBe(false);
    };
    const some = fc.array(frames, { minLength: 6, maxLength: 6 });
    fc.assert(fc.property(filters, fc.nat(), fc.nat(3), some, law), { seed: 1, numRuns: 200 });
  });
});

function accepted<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof BpfError) return undefined;
    throw error;
  }
}

/** The program with one instruction changed, so that it still goes forward and ends. */
function mutated(program: ClassicProgram, at: number, change: number): ClassicProgram {
  const insns = program.insns.map((insn, pc) => {
    if (pc !== at % program.length) return insn;
    const { code, jt, jf, k } = insn;
    return [
      { code, jt: jf, jf: jt, k },
      { code, jt, jf, k: (k ^ 1) >>> 0 },
      { code, jt, jf, k: (k + 1) >>> 0 },
      { code, jt: 0, jf, k },
    ][change]!;
  });
  return new ClassicProgram(insns);
}

describe('what is known of a number', () => {
  const question = fc.oneof(
    fc.record({ kind: fc.constant('above' as const), k: fc.nat(15) }),
    fc.record({ kind: fc.constant('equal' as const), mask: fc.nat(15), k: fc.nat(15) }),
  );
  const holds = (n: number, q: Question) => (q.kind === 'above' ? n > q.k : (n & q.mask) === q.k);

  it('holds for every number that gives the answers, of all that have four bits', () => {
    const law = (questions: readonly Question[], last: Question, witness: number) => {
      let known: Known | undefined = upTo(15);
      for (const q of questions) known = known && learned(known, q, holds(witness, q));
      const possible = Array.from({ length: 16 }, (_, n) => n).filter((n) =>
        questions.every((q) => holds(n, q) === holds(witness, q)),
      );
      expect(known).toBeDefined();
      const told = answer(known!, last);
      if (told !== undefined) for (const n of possible) expect(holds(n, last)).toBe(told);
    };
    const questions = fc.array(question, { maxLength: 6 });
    fc.assert(fc.property(questions, question, fc.nat(15), law), { seed: 1, numRuns: 5000 });
  });
});
