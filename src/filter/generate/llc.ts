// `llc`: frames with an IEEE 802.2 header, and the types of its control field.

import { nearest } from '../../base/nearest.js';
import type { Word } from '../ast.js';
import { always, and, type Condition, not } from '../condition.js';
import { longestFrame } from './constants.js';
import type { Generator } from './generator.js';
import { atmPayload, dataFrame, llcPayload } from './link.js';

/** Which bits of the control field are compared, and with what. */
const types: ReadonlyMap<string, readonly [mask: number, value: number]> = new Map([
  ['i', [0x01, 0x00]],
  ['s', [0x03, 0x01]],
  ['u', [0x03, 0x03]],
  ['rr', [0x0f, 0x01]],
  ['rnr', [0x0f, 0x05]],
  ['rej', [0x0f, 0x09]],
  ['ui', [0xef, 0x03]],
  ['ua', [0xef, 0x63]],
  ['disc', [0xef, 0x43]],
  ['dm', [0xef, 0x0f]],
  ['sabme', [0xef, 0x6f]],
  ['test', [0xef, 0xe3]],
  ['xid', [0xef, 0xaf]],
  ['frmr', [0xef, 0x87]],
]);

const control = 2;

export function llcFrame(g: Generator, keyword: Word, type: Word | undefined): Condition {
  if (type === undefined) return anyFrame(g, keyword);
  const bits = types.get(type.word.toLowerCase());
  if (bits === undefined)
    throw g.error('name', `unknown LLC type '${type.word}'`, type, nearest(type.word, types.keys()));
  const [mask, value] = bits;
  return and(anyFrame(g, keyword), g.masked('llc', control, 1, value, mask));
}

function anyFrame(g: Generator, keyword: Word): Condition {
  const { family } = g.row;
  const { name } = g.link;
  if (family === 'wlan') return dataFrame(g);
  if (family === 'atm') return atmPayload(g, llcPayload);
  if (family === 'llc' && name !== 'ATM_CLIP' && name !== 'IP_OVER_FC') return always;
  if (family !== 'ethernet' || name.startsWith('NETANALYZER')) throw g.notHere('llc', keyword);
  // A length, not a type; two addresses of 0xff are Novell's raw 802.3.
  return and(g.atMost('type', 0, 2, longestFrame), not(g.equal('llc', 0, 2, 0xffff)));
}
