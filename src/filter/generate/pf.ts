// The header of OpenBSD's packet filter log.
//
//   byte 0        1        2        3        4-19        20-35      36-39   40-43       …   60
//        length   family   action   reason   interface   rule set   rule    sub-rule        direction

import { nearest } from '../../base/nearest.js';
import type { NumberNode, PfField, Word } from '../ast.js';
import type { Condition } from '../condition.js';
import type { Generator } from './generator.js';

const longestName = 15;

const reasons = [
  'match',
  'bad-offset',
  'fragment',
  'short',
  'normalize',
  'memory',
  'bad-timestamp',
  'congestion',
  'ip-option',
  'proto-cksum',
  'state-mismatch',
  'state-insert',
  'state-limit',
  'src-limit',
  'synproxy',
];

const actions: ReadonlyMap<string, number> = new Map(
  Object.entries({
    pass: 0,
    accept: 0,
    drop: 1,
    block: 1,
    scrub: 2,
    noscrub: 3,
    nat: 4,
    nonat: 5,
    binat: 6,
    nobinat: 7,
    rdr: 8,
    nordr: 9,
    'synproxy-drop': 10,
  }),
);

export function pf(g: Generator, field: Word<PfField>, value: Word | NumberNode): Condition {
  const test = tests[field.word](g, value);
  if (g.row.family !== 'pflog') throw g.notHere(field.word, field);
  return test;
}

const tests: Readonly<Record<PfField, (g: Generator, value: Word | NumberNode) => Condition>> = {
  on: (g, value) => text(g, 4, value, 'interface'),
  rset: (g, value) => text(g, 20, value, 'rule set'),
  rnr: (g, value) => g.equal('header', 36, 4, numbered(g, value, new Map(), 'rule')),
  srnr: (g, value) => g.equal('header', 40, 4, numbered(g, value, new Map(), 'rule')),
  reason: (g, value) => g.equal('header', 3, 1, numbered(g, value, reasonNumbers, 'reason')),
  action: (g, value) => g.equal('header', 2, 1, numbered(g, value, actions, 'action')),
};

const reasonNumbers: ReadonlyMap<string, number> = new Map(reasons.map((name, number) => [name, number]));

function text(g: Generator, offset: number, value: Word | NumberNode, what: string): Condition {
  const name = 'word' in value ? value.word : `${value.value}`;
  const bytes = [...new TextEncoder().encode(name)];
  if (bytes.length > longestName) {
    throw g.error(
      'range',
      `the name of a PF ${what} has at most ${longestName} characters, this has ${bytes.length}`,
      value,
    );
  }
  return g.bytes('header', offset, bytes);
}

function numbered(g: Generator, value: Word | NumberNode, names: ReadonlyMap<string, number>, what: string): number {
  if (!('word' in value)) return value.value;
  const number = names.get(value.word.toLowerCase());
  if (number !== undefined) return number;
  throw g.error('name', `unknown PF ${what} '${value.word}'`, value, nearest(value.word, names.keys()));
}
