// Seeded event filters and records that meet: both are made of the same few numbers and texts.

import fc from 'fast-check';
import { type EventFormat, parseEventFormat } from '../src/event/format.js';

/** A format with a field of every kind, some of them unaligned. */
export const everyKind: EventFormat = parseEventFormat(`name: every_kind
ID: 1234
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:u8 a8;\toffset:8;\tsize:1;\tsigned:0;
\tfield:s8 b8;\toffset:9;\tsize:1;\tsigned:1;
\tfield:u16 a16;\toffset:11;\tsize:2;\tsigned:0;
\tfield:s16 b16;\toffset:13;\tsize:2;\tsigned:1;
\tfield:u32 a32;\toffset:15;\tsize:4;\tsigned:0;
\tfield:s32 b32;\toffset:20;\tsize:4;\tsigned:1;
\tfield:u64 a64;\toffset:24;\tsize:8;\tsigned:0;
\tfield:s64 b64;\toffset:33;\tsize:8;\tsigned:1;
\tfield:char name[16];\toffset:41;\tsize:16;\tsigned:0;
\tfield:char tiny[3];\toffset:57;\tsize:3;\tsigned:0;
\tfield:char wide[40];\toffset:60;\tsize:40;\tsigned:0;
\tfield:__data_loc char[] path;\toffset:100;\tsize:4;\tsigned:0;
\tfield:__rel_loc char[] rest;\toffset:104;\tsize:4;\tsigned:0;
\tfield:__data_loc cpumask_t cpus;\toffset:108;\tsize:4;\tsigned:0;
\tfield:unsigned long args[6];\toffset:112;\tsize:48;\tsigned:0;

print fmt: "a8=%u", REC->a8
`);

const unsignedFields = ['a8', 'a16', 'a32', 'a64', 'common_type', 'common_flags', 'args'];
const signedFields = ['b8', 'b16', 'b32', 'b64', 'common_pid', 'cpu', 'CPU'];
const texts = ['name', 'tiny', 'wide', 'path', 'rest', 'comm'];
const words = [
  '',
  'a',
  'ab',
  'abc',
  'foo',
  'foobar',
  'barfoo',
  'kworker/0:1',
  'bash',
  'zz',
  'abcdefghijklmno',
  'aXbXc',
];
const magnitudes = [0n, 1n, 2n, 5n, 10n, 15n, 17n, 64n, 127n, 128n, 255n, 256n, 0x7fffn, 0x8000n, 0xffffn, 0x10000n];
const wide = [0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];
const numbers = [...magnitudes, ...wide];

const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(''));
const order = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '&');
const unsigned = fc.constantFrom(...numbers.map(String), '0x10', '017');
const signed = fc.constantFrom(...numbers.filter((n) => n < 2n ** 63n).flatMap((n) => [String(n), String(-n)]));
const pattern = fc.oneof(
  fc.constantFrom(
    ...words,
    '*',
    '**',
    '!foo',
    '[a-f]*',
    '[!a]*',
    'f?o',
    '?',
    'a*c',
    '*a*b*',
    '*[ab]',
    '0*',
    '\\*',
    'a\\',
  ),
  fc.constantFrom(...words).map((word) => `${word}*`),
  fc.constantFrom(...words).map((word) => `*${word}`),
  fc.constantFrom(...words).map((word) => `*${word}*`),
  fc.string({ unit: fc.constantFrom('a', 'b', 'f', 'o', '*', '?', '[', ']', '!', '-', '\\'), maxLength: 8 }),
);
const list = fc.constantFrom('0', '1', '0-1', '0,3,5', '0-7:1/2', '8-63', '7,8', 'all', '70');

const predicate = fc.oneof(
  join(fc.constantFrom(...unsignedFields), fc.constant(' '), order, fc.constant(' '), unsigned),
  join(fc.constantFrom(...signedFields), order, signed),
  join(
    fc.constantFrom(...texts),
    fc.constantFrom(' == ', '!='),
    fc.constantFrom(...words).map((word) => `"${word}"`),
  ),
  join(
    fc.constantFrom(...texts),
    fc.constant(' ~ '),
    pattern.map((text) => `'${text}'`),
  ),
  join(
    fc.constantFrom('cpus', 'cpu', 'a8', 'b32', 'a64'),
    fc.constantFrom('&', '==', '!='),
    list.map((l) => ` CPUS{${l}}`),
  ),
);

/** Filters that every dialect takes. */
export const linuxFilters: fc.Arbitrary<string> = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'filter' },
    predicate,
    join(
      fc.constant('!'),
      tie('filter').map((text) => `(${text})`),
    ),
    join(tie('filter'), fc.constantFrom(' && ', ' || '), tie('filter')),
    join(fc.constant('('), tie('filter'), fc.constantFrom(' && ', '||'), tie('filter'), fc.constant(')')),
    fc.array(predicate, { minLength: 2, maxLength: 12 }).map((all) => all.join(' && ')),
    fc
      .array(join(fc.constantFrom('a8 == ', 'a16 == ', 'a32 == ', 'a64 == '), unsigned), {
        minLength: 2,
        maxLength: 20,
      })
      .map((all) => all.join(' || ')),
  ),
})).filter;

// ---- records ---------------------------------------------------------------------------------------------------------

export interface RandomEvent {
  readonly data: Uint8Array;
  readonly comm: string;
  readonly cpu: number;
}

const number = fc.oneof(
  fc.constantFrom(...numbers, ...numbers.map((n) => -n)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const bytes = fc.oneof(
  fc.constantFrom(...words).map((word) => Buffer.from(word)),
  fc.constantFrom(...words).map((word) => Buffer.from(`${word}\0`)),
  fc.constantFrom(...words).map((word) => Buffer.from(`${word}\0foo`)),
  fc.constant(Buffer.from('abcabcabcabcabcabcabcabcabcabcabcabcabcabc')),
);

/** Records of `everyKind`: most are whole; some are short, or say that text lies outside. */
export const randomEvents: fc.Arbitrary<RandomEvent> = fc
  .record({
    numbers: fc.array(number, { minLength: 24, maxLength: 24 }),
    fixed: fc.tuple(bytes, bytes, bytes),
    located: fc.tuple(bytes, bytes, fc.uint8Array({ minLength: 0, maxLength: 9 })),
    damage: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat() }),
    comm: fc.constantFrom('', 'bash', 'foobar', 'fifteen-bytes-x'),
    cpu: fc.constantFrom(0, 1, 5, 7, 8, 70),
  })
  .map(({ numbers, fixed, located, damage, comm, cpu }) => {
    const head = Buffer.alloc(everyKind.size);
    const values = numbers.values();
    for (const { kind, offset, size } of everyKind.fields) {
      if (kind !== 'number') continue;
      for (let at = 0; at < size; at += 8) {
        const part = Buffer.alloc(8);
        part.writeBigUInt64LE(BigInt.asUintN(64, values.next().value ?? 0n));
        part.copy(head, offset + at, 0, Math.min(8, size - at));
      }
    }
    for (const [i, text] of fixed.entries()) Buffer.from(text).copy(head, [41, 57, 60][i]!, 0, [16, 3, 40][i]!);
    let at = head.length;
    for (const [i, part] of located.entries()) {
      const from = i === 1 ? 108 : 0;
      head.writeUInt32LE(((part.length << 16) | (at - from)) >>> 0, [100, 104, 108][i]!);
      at += part.length;
    }
    return { data: damaged(Buffer.concat([head, ...located]), damage), comm, cpu };
  });

function damaged(record: Buffer, damage: number | undefined): Uint8Array {
  if (damage === undefined) return Uint8Array.from(record);
  if (damage % 2 === 0) return Uint8Array.from(record.subarray(0, damage % record.length));
  record.writeUInt32LE((damage * 2654435761) >>> 0, [100, 104, 108][damage % 3]!);
  return Uint8Array.from(record);
}

// ---- the extended dialect --------------------------------------------------------------------------------------------

const plainField = fc.constantFrom('a8', 'b8', 'a16', 'b16', 'a32', 'b32', 'a64', 'b64', 'common_pid', 'cpu');
const shift = fc.constantFrom('<<', '>>');

const calculated = fc.letrec<{ number: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'number' },
    plainField,
    fc.constantFrom(...numbers.map(String)),
    join(fc.constant('-'), plainField),
    join(
      fc.constant('('),
      tie('number'),
      fc.constantFrom('+', ' - ', '*', '/', '%', '&', '|', '^'),
      tie('number'),
      fc.constant(')'),
    ),
    join(plainField, shift, fc.constantFrom('0', '1', '8', '63', '64')),
  ),
})).number;

const element = fc.oneof(
  unsigned,
  join(unsigned, fc.constant('..'), unsigned),
  fc.constantFrom('-1', '-128..-3', '-5..5'),
);
const bareWord = fc.constantFrom('a', 'ab', 'abc', 'foo', 'foobar', 'kworker/0:1', 'bash', 'f?o', 'a*');

/** Filters that only the extended dialect takes, among others. */
export const extendedFilters: fc.Arbitrary<string> = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'filter' },
    predicate,
    join(calculated, fc.constantFrom(' == ', '!=', ' < ', '<=', '>', ' >= '), calculated),
    join(plainField, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), plainField),
    join(
      plainField,
      fc.constant(' in {'),
      fc.array(element, { maxLength: 30 }).map((all) => all.join(', ')),
      fc.constant('}'),
    ),
    join(fc.constantFrom(...texts), fc.constantFrom(' == ', '!=', ' ~ '), bareWord),
    join(
      fc.constantFrom(...texts),
      fc.constant(' in { '),
      fc.array(bareWord, { maxLength: 4 }).map((all) => all.join(', ')),
      fc.constant('}'),
    ),
    join(fc.constant('!('), tie('filter'), fc.constant(')')),
    join(tie('filter'), fc.constantFrom(' && ', ' || '), tie('filter')),
  ),
})).filter;
