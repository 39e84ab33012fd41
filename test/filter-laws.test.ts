// Laws of the filter compiler, over seeded filters and packets.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { check } from '../src/classic/check.js';
import type { ClassicProgram } from '../src/classic/program.js';
import { runClassic } from '../src/classic/run.js';
import { compile } from '../src/filter/compile.js';
import { parse } from '../src/filter/parse.js';
import { filters, frames, listFrames, lists, packets } from './random-filters.js';

const options = { names: {}, netmask: '255.255.255.0' };

/** The program, or undefined for a filter that is refused in a proper way. */
function compiled(filter: string, link: string, optimize: boolean): ClassicProgram | undefined {
  try {
    return compile(filter, { ...options, link, optimize }).program;
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    expect(error.place?.source, error.message).toBe(filter);
    return undefined;
  }
}

/** A law: optimized, a filter says of each of the packets, cut at every length, what it says plain. */
function sameVerdicts(link: string) {
  return (filter: string, some: readonly Uint8Array[]) => {
    const plain = compiled(filter, link, false);
    const optimized = compiled(filter, link, true);
    expect(optimized === undefined).toBe(plain === undefined);
    if (plain === undefined || optimized === undefined) return;
    check(optimized, 'packet');
    for (const packet of some) {
      for (let cut = 0; cut <= packet.length; cut++) {
        const input = { data: packet.subarray(0, cut), length: packet.length };
        if (runClassic(optimized, input) !== runClassic(plain, input)) expect.fail(`differs at ${cut} bytes`);
      }
    }
  };
}

describe('an optimized program', () => {
  it.each([
    ['EN10MB', frames],
    ['RAW', packets],
    ['IEEE802_11', frames],
    ['IEEE802_11_RADIO', frames],
    ['LINUX_SLL2', frames],
  ])('on %s says what the plain one says, of packets cut at every length', (link, inputs) => {
    const some = fc.array(inputs, { minLength: 4, maxLength: 4 });
    fc.assert(fc.property(filters, some, sameVerdicts(link)), { seed: 1, numRuns: 250 });
  });

  it('of a list says what the plain one says, of packets cut at every length', () => {
    const some = fc.array(fc.oneof(frames, listFrames, listFrames), { minLength: 8, maxLength: 8 });
    fc.assert(fc.property(lists, some, sameVerdicts('EN10MB')), { seed: 5, numRuns: 400 });
  });

  it('of a list says so too, where no cell is left for it', () => {
    const some = fc.array(listFrames, { minLength: 8, maxLength: 8 });
    const full = lists.map((list) => `(${list}) or ${'geneve or '.repeat(4)}stp`);
    fc.assert(fc.property(full, some, sameVerdicts('EN10MB')), { seed: 6, numRuns: 60 });
  });

  it('is no longer than the plain one', () => {
    const law = (filter: string) => {
      const plain = compiled(filter, 'EN10MB', false);
      const optimized = compiled(filter, 'EN10MB', true);
      if (plain !== undefined) expect(optimized!.length).toBeLessThanOrEqual(plain.length + 1);
    };
    fc.assert(fc.property(filters, law), { seed: 2, numRuns: 300 });
  });
});

describe('a program', () => {
  it('passes the check of Linux, and each instruction that stands for something has its place', () => {
    const law = (filter: string) => {
      const program = compiled(filter, 'EN10MB', false);
      if (program === undefined) return;
      check(program, 'packet');
      expect(program.origin?.spans).toHaveLength(program.length);
      for (const span of program.origin?.spans ?? []) {
        if (span !== undefined) expect(filter.slice(span.start, span.end)).not.toBe('');
      }
    };
    fc.assert(fc.property(filters, law), { seed: 3, numRuns: 300 });
  });

  it('is the same as that of the expression in parentheses', () => {
    const law = (filter: string) => {
      const program = compiled(filter, 'EN10MB', false);
      expect(compiled(`((${filter}))`, 'EN10MB', false)?.insns).toEqual(program?.insns);
    };
    fc.assert(fc.property(filters, law), { seed: 4, numRuns: 200 });
  });
});

describe('any text', () => {
  const pieces = fc.constantFrom(
    ...'tcp udp ip6 host net port and or not ( ) [ ] : / 10.0.0.1 ::1 1:2:3 0x 08 -1 & | >= != \\tcp vlan $a'.split(
      ' ',
    ),
    '\n',
    '\u0000',
    'ü',
    '\ud800',
  );
  const soup = fc.array(fc.oneof(pieces, fc.string()), { maxLength: 12 }).map((all) => all.join(' '));

  it('is a filter, or is refused with one token as its place', () => {
    const law = (filter: string) => {
      try {
        compile(filter, options);
      } catch (error) {
        if (!(error instanceof BpfError)) throw error;
        const { start, end } = error.place!;
        expect(end <= filter.length && (start < end || start === filter.length), error.message).toBe(true);
      }
    };
    fc.assert(fc.property(soup, law), { seed: 5, numRuns: 3000 });
  });

  it.each([
    ['ten thousand parentheses', '('.repeat(10_000), 'limit'],
    ['ten thousand indices', `${'ip['.repeat(10_000)}0`, 'limit'],
    ['a hundred thousand signs', `len = ${'-'.repeat(100_000)}1`, 'limit'],
    ['a hundred thousand sums', `len = ${'1+'.repeat(100_000)}1`, 'limit'],
    ['a million of parentheses', '('.repeat(1_000_000), 'limit'],
    ['a word of a million letters', 'a'.repeat(1_000_000), 'name'],
    ['a million colons', `host ${'a:'.repeat(500_000)}`, 'syntax'],
    ['colons alone', `host ${':'.repeat(200_000)}`, 'syntax'],
    ['a host of a million octets', `host ${'1.'.repeat(500_000)}1`, 'name'],
    ['a number of a million digits', `len = ${'9'.repeat(1_000_000)}`, 'range'],
    ['more tests than a program should make', 'ip6 host ::1 and '.repeat(20_000).concat('tcp'), 'limit'],
  ])('of %s is refused at once, in one short sentence', (_, filter, code) => {
    const message = expect.stringMatching(/^.{10,150}$/);
    expect(() => compile(filter, options)).toThrow(expect.objectContaining({ code, message }));
  });

  it('of a hundred thousand negations is parsed', () => {
    expect(parse(`${'not '.repeat(100_000)}tcp`)).toMatchObject({ kind: 'protocol' });
  });
});
