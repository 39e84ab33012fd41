// The tables of Linux's program types against the running kernel: what each may read and write of its context, which helpers
// it may call, and what it may answer.

import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';
import { verify } from '../src/verify/verify.js';
import { Judge, judgeMissing, type Manner } from './judge.js';
import { attachTypes, type Place, places, programTypes } from './linux-numbers.js';

const skipped = judgeMissing === undefined ? '' : ` (skipped: ${judgeMissing})`;
const sleepable = 0x10;
const cases = places.map((place): [string, Place] => [
  place.attach === undefined ? place.name : `${place.name} at ${place.attach}`,
  place,
]);

/** Why a program is refused here; undefined where it is accepted. */
function refusal(program: Program, where: Environment, { flags = 0, license = 'GPL' }: Manner): string | undefined {
  try {
    verify(program, where, { flags, license });
    return undefined;
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return error.message;
  }
}

function mannerOf({ name, attach }: Place, license = 'GPL'): Manner {
  const flags = name === 'syscall' ? sleepable : 0;
  return { license, flags, attach: attach === undefined ? undefined : attachTypes[attach] };
}

type Texts = ReadonlyMap<string, Program>;

function parsed(texts: readonly string[]): Texts {
  return new Map(texts.map((text) => [text, Program.parse(text)]));
}

/** Programs, as text, on which the verdicts differ. */
function differing(place: Place, programs: Texts): string[] {
  const judge = new Judge([]);
  const where = environment(place.name, { attach: place.attach });
  const manner = mannerOf(place);
  const differs = ([, program]: [string, Program]) => {
    const ours = refusal(program, where, manner) === undefined ? 'accepted' : 'refused';
    return ours !== judge.verdict(programTypes[place.name]!, program, manner);
  };
  return [...programs].filter(differs).map(([text]) => text);
}

/** Before the record of a tracepoint, where Linux allows loads; docs/verifier.md says why they are refused here. */
const isBeforeRecord = (text: string) => /^r0 = \S+ \*\)\(r1 -/.test(text);

/** Loads and stores of every size: at the ends of each word, and at some places that are not aligned. */
function accessTexts(): string[] {
  const texts: string[] = [];
  for (const [bytes, type] of [
    [1, 'u8'],
    [2, 'u16'],
    [4, 'u32'],
    [8, 'u64'],
  ] as const) {
    for (let word = -8; word <= 200; word += Math.max(bytes, 4)) {
      const inside = bytes < 4 ? [word, word + 4 - bytes] : [word];
      for (const at of word % 24 === 0 ? [...inside, word + 1, word + 6] : inside) {
        const address = `*(${type} *)(r1 ${at < 0 ? '' : '+'}${at})`;
        texts.push(`r0 = ${address}; r0 = 1; exit`, `r0 = 1; ${address} = r0; exit`);
      }
    }
  }
  return texts;
}

const accesses = parsed(accessTexts());

const answers = parsed([
  ...[-1, 0, 1, 2, 3, 4].map((answer) => `r0 = ${answer}; exit`),
  ...[
    'r0 = 0x100000000 ll; exit',
    'r0 = 0x100000001 ll; exit',
    'w0 = -1; exit',
    'r0 = r1; exit',
    'r0 = r10; exit',
    'exit',
  ],
  ...[1, 2, 3].map((mask) => `call 7; r0 &= ${mask}; exit`),
  'call 7; if w0 > 1 goto out; exit; out: r0 = 1; exit',
  'call f; exit; f: r0 = 2; exit',
]);

/** What Linux says to a call: the helper isn't for this type, or not without a licence; other words come later. */
function saidOfCall(log: string): string {
  if (/cannot use helper|unknown func|invalid func|not supported for program type/.test(log)) return 'no helper';
  return /GPL/.test(log) ? 'licence' : 'taken';
}

function saidHere(message = ''): string {
  if (/has no helper/.test(message)) return 'no helper';
  return /licence/.test(message) ? 'licence' : 'taken';
}

const lastHelper = 211;
const calls = Array.from({ length: lastHelper + 1 }, (_, index) => Program.parse(`call ${index + 1}; r0 = 0; exit`));

/** Without a licence: of helpers that want one it has to be said with one whether the type has them. */
function differingHelpers(place: Place): string[] {
  const judge = new Judge([]);
  const type = programTypes[place.name]!;
  const where = environment(place.name, { attach: place.attach });
  const [free, licensed] = [mannerOf(place, 'MIT'), mannerOf(place)];
  const found: string[] = [];
  for (const [index, program] of calls.entries()) {
    let theirs = saidOfCall(judge.log(type, program, free));
    if (theirs === 'licence')
      theirs = saidOfCall(judge.log(type, program, licensed)) === 'taken' ? theirs : 'no helper';
    const ours = saidHere(refusal(program, where, free));
    if (ours !== theirs) found.push(`${index + 1}: Linux says ${theirs}, here ${ours}`);
  }
  return found;
}

describe.skipIf(judgeMissing)(`the tables of Linux's program types${skipped}`, () => {
  it.each(cases)('say what a program of type %s may reach of its context', (_, place) => {
    const found = differing(place, accesses);
    expect(found.filter((text) => place.name !== 'tracepoint' || !isBeforeRecord(text))).toEqual([]);
  });

  it.each(cases)('say what a program of type %s may answer', (_, place) => {
    expect(differing(place, answers)).toEqual([]);
  });

  it.each(cases)('say which helpers a program of type %s may call', (_, place) => {
    expect(differingHelpers(place)).toEqual([]);
  });
});
