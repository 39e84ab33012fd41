// The running kernel as an oracle: filters written to its filter files, and read here. What one refuses the other refuses; on
// the same events, this process's renaming of itself, both say the same.

import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { parseEventFormat } from '../src/event/format.js';
import { parseEventFilter } from '../src/event/parse.js';
import { parseRingLayout, type RingLayout, readRingPage } from '../src/event/ring.js';
import { eventFilter } from '../src/run/event.js';
import { tracefs, tracefsMissing } from './tracefs.js';

/** Two rings that record the same events: one what a filter lets pass, the other all. */
const filtered = `${tracefs}/instances/unibpf-test-${process.pid}-filtered`;
const whole = `${tracefs}/instances/unibpf-test-${process.pid}-whole`;
const eventIn = (instance: string): string => `${instance}/events/task/task_rename`;
const filterFile = `${eventIn(filtered)}/filter`;
const names = [
  'a',
  'ab',
  'abc',
  'foo',
  'foobar',
  'bash',
  'kworker/0:1',
  'fifteen-chars-x',
  'FOO',
  'foo bar',
  'a*c',
  'x',
  '0abc',
];

/**
 * Stands before and behind each name: what a name leaves of the kernel's scratch record is looked at by some patterns, and is
 * something else where no filter is set.
 */
const filler = 'zzzzzzzzzzzzzzz';

interface Recorded {
  readonly record: Uint8Array;
  readonly cpu: number;
  readonly comm: string;
}

describe.skipIf(tracefsMissing)(`the running kernel; skipped where ${tracefs} may not be written`, () => {
  let layout: RingLayout;
  const formatText = (): string => readFileSync(`${tracefs}/events/task/task_rename/format`, 'utf8');
  const processors = readdirSync('/sys/devices/system/cpu').filter((name) => /^cpu\d+$/.test(name)).length;

  beforeAll(() => {
    layout = parseRingLayout(readFileSync(`${tracefs}/events/header_page`, 'utf8'));
    for (const instance of [filtered, whole]) mkdirSync(instance);
  });

  afterAll(() => {
    for (const instance of [filtered, whole]) rmdirSync(instance);
  });

  function refusedByKernel(filter: string): boolean {
    try {
      writeFileSync(filterFile, filter);
      return false;
    } catch {
      return true; // with one of several error numbers
    }
  }

  function refusedHere(filter: string): boolean {
    try {
      parseEventFilter(filter, parseEventFormat(formatText()), { dialect: 'linux', processors, functions });
      return false;
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      return true;
    }
  }

  /** No field of this event is an address, so that no function is ever looked up. */
  const functions = () => undefined;

  /** Renames this task, again and again, while both rings record. */
  function rename(): void {
    const before = readFileSync('/proc/self/comm', 'utf8').trimEnd();
    for (const instance of [whole, filtered]) writeFileSync(`${eventIn(instance)}/enable`, '1');
    for (const name of names.flatMap((each) => [filler, each, filler])) writeFileSync('/proc/self/comm', name);
    for (const instance of [filtered, whole]) writeFileSync(`${eventIn(instance)}/enable`, '0');
    writeFileSync('/proc/self/comm', before);
  }

  /** What a ring has recorded of this task. */
  function recorded(instance: string): Recorded[] {
    return readdirSync(`${instance}/per_cpu`).flatMap((folder) =>
      pagesOf(`${instance}/per_cpu/${folder}/trace_pipe_raw`, Number(folder.slice(3))),
    );
  }

  function pagesOf(path: string, cpu: number): Recorded[] {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const events: Recorded[] = [];
    for (let page = readPage(file); page !== undefined; page = readPage(file)) {
      const bytes = page;
      for (const { offset, length } of readRingPage(bytes, layout).records) {
        const record = bytes.subarray(offset, offset + length);
        if (Buffer.from(record).readInt32LE(8) !== process.pid) continue;
        events.push({ record, cpu, comm: Buffer.from(record.subarray(12, 28)).toString('latin1').split('\0')[0]! });
      }
    }
    closeSync(file);
    return events;
  }

  function readPage(file: number): Uint8Array | undefined {
    const page = Buffer.alloc(layout.data.offset + layout.data.size);
    try {
      return readSync(file, page) === 0 ? undefined : page;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
      throw error;
    }
  }

  const newName = ({ record }: Recorded): string =>
    Buffer.from(record.subarray(28, 44)).toString('latin1').split('\0')[0]!;

  function compareVerdicts(given: string): void {
    const text = given.replaceAll(ownNumber, String(process.pid));
    if (refusedByKernel(text)) throw new Error(`the kernel refuses ${text}`);
    rename();
    const passed = recorded(filtered).map(newName);
    const all = recorded(whole);
    using filter = eventFilter(text, parseEventFormat(formatText()), { dialect: 'linux', processors });
    const expected = all.filter(({ record, comm, cpu }) => filter.matches(record, { comm, cpu })).map(newName);
    expect(all.length).toBe(3 * names.length);
    expect({ text, names: passed.toSorted() }).toEqual({ text, names: expected.toSorted() });
  }

  const patterns = [
    'foo',
    '*',
    '**',
    'f*',
    '*o',
    '*oo*',
    'f?o',
    '[a-f]*',
    '[!a]*',
    '[^a]*',
    '!foo',
    '!f*',
    'a\\*c',
    'a*c',
    'foo[!a]',
    '0*',
    '*x',
    '',
    '[ab',
    'foo\\',
    'a[]]*',
    '[a-',
    'f*o*r',
    '?',
    '*[bc]',
    '[!',
    '[]-a]b',
    'kw[o]rker/*',
  ];
  const texts = fc.tuple(
    fc.constantFrom('newcomm', 'oldcomm', 'comm', 'COMM'),
    fc.constantFrom('~', '==', '!='),
    fc.constantFrom(...patterns, ...names),
  );
  /** Stands for this process, whose number would make the texts others in each run. */
  const ownNumber = '7777';
  /** Not common_flags: it tells of interrupts too, which may come between the two rings. */
  const numbers = fc.tuple(
    fc.constantFrom('pid', 'oom_score_adj', 'common_pid', 'common_type'),
    fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '&'),
    fc.constantFrom('0', '1', '0x10', '256', '65535', '65536', '2147483647', '4294967296', ownNumber),
  );
  const predicate = fc.oneof(
    texts.map(([field, sign, text]) => `${field} ${sign} "${text}"`),
    numbers.map((parts) => parts.join(' ')),
  );
  const filters = fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      predicate,
      tie('filter').map((text) => `!(${text})`),
      fc.tuple(tie('filter'), fc.constantFrom(' && ', '||'), tie('filter')).map(([a, sign, b]) => `(${a}${sign}${b})`),
    ),
  })).filter;

  it('compares text as this does', () => {
    for (const pattern of patterns) compareVerdicts(`newcomm ~ "${pattern}"`);
  });

  it('gives the same verdicts on the same events', () => {
    fc.assert(fc.property(filters, compareVerdicts), { seed: 4, numRuns: 60 });
  });

  it('refuses what this refuses, and nothing else; an operator at the end excepted', () => {
    const piece = fc.constantFrom(
      '&&',
      '||',
      '(',
      ')',
      '"',
      "'",
      '!',
      '==',
      '~',
      '<',
      '&',
      ' ',
      '\t',
      '-',
      '0x',
      '08',
      '5',
      'pid',
      'comm',
      'CPU',
      'CPUS{0}',
      'CPUS{9-',
      '.ustring',
      '.function',
      'stacktrace',
      '#',
    );
    const changed = fc.tuple(filters, piece, fc.nat(), fc.nat({ max: 6 })).map(([filter, text, at, removed]) => {
      const start = at % (filter.length + 1);
      return filter.slice(0, start) + text + filter.slice(start + removed);
    });
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(changed, (text) => {
        if (/(?:&&|\|\|)[\s!]*$/.test(text)) return;
        const refused = refusedByKernel(text);
        seen[refused ? 'refused' : 'accepted']++;
        expect({ text, refused: refusedHere(text) }).toEqual({ text, refused });
      }),
      { seed: 6, numRuns: 2000 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(100);
    writeFileSync(filterFile, '0');
  });
});
