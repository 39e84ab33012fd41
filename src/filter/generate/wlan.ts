// 802.11 frames: addresses, types and directions.
//
//   byte 0: subtype (4 bits) type (2) version (2)    byte 1: … from DS (0x02) to DS (0x01)
//   addresses at 4, 10 and 16; the fourth one at 24, between two distribution systems
//   type 0x00 management, 0x04 control, 0x08 data

import { nearest } from '../../base/nearest.js';
import type { NumberNode, Word } from '../ast.js';
import { and, type Condition, not, or } from '../condition.js';
import type { Direction } from '../words.js';
import type { Generator } from './generator.js';

const toDs = 0x01;
const fromDs = 0x02;
const bothDs = 0x03;
const control = 0x04;
const data = 0x08;
const typeMask = 0x0c;
const subtypeMask = 0xf0;
const cts = 0xc0;
const ack = 0xd0;

/** A host in the role that the direction says. */
export function wlanHost(g: Generator, bytes: readonly number[], direction: Direction | undefined): Condition {
  const at = (offset: number) => g.bytes('header', offset, bytes);
  switch (direction) {
    case 'src':
      return source(g, at);
    case 'dst':
      return destination(g, at);
    case 'src and dst':
      return and(source(g, at), destination(g, at));
    case 'src or dst':
    case undefined:
      return or(source(g, at), destination(g, at));
    case 'addr1':
      return at(4);
    case 'addr2':
      return and(hasSecond(g), at(10));
    case 'addr3':
      return and(not(g.masked('header', 0, 1, control, typeMask)), at(16));
    case 'addr4':
      return and(g.masked('header', 1, 1, bothDs, bothDs), at(24));
    case 'ra':
      return and(g.anyOf('header', 0, data), at(4));
    case 'ta':
      return and(g.anyOf('header', 0, data), hasSecond(g), at(10));
  }
}

/** Frames of management and data have a source; where it is depends on the distribution systems. */
function source(g: Generator, at: (offset: number) => Condition): Condition {
  const inData = or(
    and(g.noneOf('header', 1, fromDs), at(10)),
    and(
      g.anyOf('header', 1, fromDs),
      or(and(g.noneOf('header', 1, toDs), at(16)), and(g.anyOf('header', 1, toDs), at(24))),
    ),
  );
  return notControl(g, at(10), inData);
}

function destination(g: Generator, at: (offset: number) => Condition): Condition {
  const inData = or(and(g.noneOf('header', 1, toDs), at(4)), and(g.anyOf('header', 1, toDs), at(16)));
  return notControl(g, at(4), inData);
}

function notControl(g: Generator, inManagement: Condition, inData: Condition): Condition {
  return and(
    g.noneOf('header', 0, control),
    or(and(g.noneOf('header', 0, data), inManagement), and(g.anyOf('header', 0, data), inData)),
  );
}

/** All frames but CTS and ACK have a second address. */
function hasSecond(g: Generator): Condition {
  return or(
    not(g.masked('header', 0, 1, control, typeMask)),
    and(not(g.masked('header', 0, 1, cts, subtypeMask)), not(g.masked('header', 0, 1, ack, subtypeMask))),
  );
}

/** Frames for many receivers. */
export function wlanMulticast(g: Generator): Condition {
  return destination(g, (offset) => g.anyOf('header', offset, 1));
}

const types: ReadonlyMap<string, number> = new Map(
  Object.entries({ data, mgt: 0, management: 0, ctl: control, control }),
);

const managementSubtypes: ReadonlyMap<string, number> = new Map(
  Object.entries({
    assocreq: 0x00,
    'assoc-req': 0x00,
    assocresp: 0x10,
    'assoc-resp': 0x10,
    reassocreq: 0x20,
    'reassoc-req': 0x20,
    reassocresp: 0x30,
    'reassoc-resp': 0x30,
    probereq: 0x40,
    'probe-req': 0x40,
    proberesp: 0x50,
    'probe-resp': 0x50,
    beacon: 0x80,
    atim: 0x90,
    disassoc: 0xa0,
    disassociation: 0xa0,
    auth: 0xb0,
    authentication: 0xb0,
    deauth: 0xc0,
    deauthentication: 0xc0,
  }),
);

const controlSubtypes: ReadonlyMap<string, number> = new Map(
  Object.entries({ bar: 0x80, ba: 0x90, 'ps-poll': 0xa0, rts: 0xb0, cts, ack, 'cf-end': 0xe0, 'cf-end-ack': 0xf0 }),
);

const dataSubtypes: ReadonlyMap<string, number> = new Map(
  Object.entries({
    data: 0x00,
    'data-cf-ack': 0x10,
    'data-cf-poll': 0x20,
    'data-cf-ack-poll': 0x30,
    null: 0x40,
    'cf-ack': 0x50,
    'cf-poll': 0x60,
    'cf-ack-poll': 0x70,
    'qos-data': 0x80,
    'qos-data-cf-ack': 0x90,
    'qos-data-cf-poll': 0xa0,
    'qos-data-cf-ack-poll': 0xb0,
    qos: 0xc0,
    'qos-cf-poll': 0xe0,
    'qos-cf-ack-poll': 0xf0,
  }),
);

const subtypes: readonly (readonly [type: number, names: ReadonlyMap<string, number>])[] = [
  [0, managementSubtypes],
  [control, controlSubtypes],
  [data, dataSubtypes],
];

const directions: ReadonlyMap<string, number> = new Map(
  Object.entries({ nods: 0, tods: toDs, fromds: fromDs, dstods: bothDs }),
);

type Field = 'type' | 'subtype' | 'dir';

/** `type T`, `type T subtype S`, `subtype S` and `dir D`. */
export function frameControl(g: Generator, field: Field, values: readonly (Word | NumberNode)[]): Condition {
  const [first, second] = values;
  if (first === undefined) throw g.error('syntax', `'${field}' needs a value`);
  if (field === 'dir') return direction(g, first);
  if (field === 'subtype') return frameType(g, anySubtype(g, first), typeMask | subtypeMask);
  const type = numbered(g, first, types, 'frame type', typeMask);
  if (second === undefined) return frameType(g, type, typeMask);
  const names = subtypes.find(([of]) => of === type)?.[1] ?? new Map<string, number>();
  return frameType(g, type | numbered(g, second, names, 'frame subtype', subtypeMask), typeMask | subtypeMask);
}

function frameType(g: Generator, value: number, mask: number): Condition {
  if (g.row.family !== 'wlan') throw g.notHere('type/subtype');
  return g.masked('header', 0, 1, value, mask);
}

function direction(g: Generator, value: Word | NumberNode): Condition {
  const bits = numbered(g, value, directions, 'frame direction', bothDs);
  if (g.row.family !== 'wlan') throw g.notHere('dir');
  return g.masked('header', 1, 1, bits, bothDs);
}

/** A subtype whose type is the first one that has a subtype of that name. */
function anySubtype(g: Generator, value: Word | NumberNode): number {
  if ('word' in value) {
    const name = value.word.toLowerCase();
    for (const [type, names] of subtypes) {
      const subtype = names.get(name);
      if (subtype !== undefined) return type | subtype;
    }
  }
  const all = new Map(subtypes.flatMap(([, names]) => [...names]));
  return numbered(g, value, all, 'frame subtype', subtypeMask);
}

/** A number within the mask, or the one that a name stands for. */
function numbered(
  g: Generator,
  value: Word | NumberNode,
  names: ReadonlyMap<string, number>,
  what: string,
  mask: number,
): number {
  if ('word' in value) return named(g, value, names, what);
  if ((value.value & ~mask) === 0) return value.value;
  throw g.error('range', `${what} ${value.value} has bits outside 0x${mask.toString(16)}`, value);
}

function named(g: Generator, word: Word, names: ReadonlyMap<string, number>, what: string): number {
  const value = names.get(word.word.toLowerCase());
  if (value !== undefined) return value;
  throw g.error('name', `unknown ${what} '${word.word}'`, word, nearest(word.word, names.keys()));
}
