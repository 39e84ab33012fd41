// Primitives: a qualifier in front of an id, or one of the words that stand for a test by themselves.

import type { BpfError } from '../base/error.js';
import { takeRelation } from './arithmetic.js';
import type { Comparison, Encapsulation, NumberNode, Primitive, PrimitiveBody, Qualifier, Word } from './ast.js';
import type { Cursor } from './cursor.js';
import { type Direction, isProtocol, isType, type Protocol, type Type } from './words.js';

/** Reads `[protocol] [direction] [type]` if that is what begins here and more than a protocol is there. */
export function parseQualifier(cursor: Cursor): Qualifier | undefined {
  const keyword = cursor.keyword() ?? '';
  const ahead = isProtocol(keyword) ? 1 : 0;
  const leading = cursor.keyword(ahead) ?? '';
  if (!isDirectionWord(leading) && !isType(leading)) return undefined;
  const { start } = cursor.peek();
  const protocol = isProtocol(keyword) ? cursor.word(keyword) : undefined;
  const direction = isDirectionWord(leading) ? parseDirection(cursor) : undefined;
  const type = parseType(cursor, direction);
  return { protocol, direction, type, start, end: cursor.end };
}

type DirectionWord = 'src' | 'dst' | 'ra' | 'ta' | 'addr1' | 'addr2' | 'addr3' | 'addr4';
const directionWords: ReadonlySet<string> = new Set(['src', 'dst', 'ra', 'ta', 'addr1', 'addr2', 'addr3', 'addr4']);
const isDirectionWord = (word: string): word is DirectionWord => directionWords.has(word);

function parseDirection(cursor: Cursor): Word<Direction> {
  const first = cursor.keyword() ?? '';
  if (!isDirectionWord(first)) throw cursor.expected('a direction');
  const word = cursor.word<Direction>(first);
  const operator = cursor.keyword();
  const other = first === 'src' ? 'dst' : 'src';
  if ((first !== 'src' && first !== 'dst') || (operator !== 'or' && operator !== 'and')) return word;
  cursor.next();
  if (cursor.keyword() !== other) throw cursor.expected(`'${other}' after '${first} ${operator}'`);
  const { end } = cursor.next();
  return { word: operator === 'or' ? 'src or dst' : 'src and dst', start: word.start, end };
}

function parseType(cursor: Cursor, direction: Word<Direction> | undefined): Word<Type> | undefined {
  const keyword = cursor.keyword() ?? '';
  if (!isType(keyword)) return undefined;
  const directed = keyword === 'host' || keyword === 'net' || keyword === 'port' || keyword === 'portrange';
  if (direction !== undefined && !directed) throw cursor.error('syntax', `'${keyword}' takes no direction`, direction);
  return cursor.word(keyword);
}

type Read = (cursor: Cursor) => PrimitiveBody;

/** Reads a primitive that is no id: `tcp`, `ip multicast`, `vlan 5`, `less 100`, `wlan type data`, … */
export function parsePrimitive(cursor: Cursor): Primitive {
  const { start } = cursor.peek();
  // No spread copy: of so many shapes V8 makes each with its slowest code.
  return Object.assign(primitiveBody(cursor), { start, end: cursor.end });
}

function primitiveBody(cursor: Cursor): PrimitiveBody {
  const keyword = cursor.keyword() ?? '';
  const protocol = isProtocol(keyword) ? cursor.word(keyword) : undefined;
  const word = cursor.keyword() ?? '';
  const afterProtocol = protocolReaders.get(word);
  if (afterProtocol !== undefined) return afterProtocol(cursor, protocol);
  const read = readers.get(word);
  if (protocol !== undefined) {
    if (read !== undefined) throw aloneError(cursor, word, protocol);
    return { kind: 'protocol', protocol };
  }
  if (read === undefined) throw cursor.expected('a primitive such as host, port or tcp');
  return read(cursor);
}

/** The error for a protocol before what takes none: `ether llc`, `tcp vlan`. */
function aloneError(cursor: Cursor, word: string, protocol: Word<Protocol>): BpfError {
  const before = cursor.source.slice(protocol.start, protocol.end);
  return cursor.error(
    'syntax',
    `'${word}' takes no protocol before it; expected 'and' or 'or', found '${before} ${word}'`,
    cursor.peek(),
  );
}

/** What may follow a protocol, or stand without one. */
const protocolReaders = readersOf<(cursor: Cursor, protocol: Word<Protocol> | undefined) => PrimitiveBody>({
  broadcast: (cursor, protocol) => ({ kind: 'cast', cast: cursor.word('broadcast'), protocol }),
  multicast: (cursor, protocol) => ({ kind: 'cast', cast: cursor.word('multicast'), protocol }),
  type: frameType,
  subtype: (cursor) => ({ kind: 'frame', field: cursor.word('subtype'), values: [name(cursor, 'a frame subtype')] }),
  dir: (cursor) => ({
    kind: 'frame',
    field: cursor.word('dir'),
    values: [numberOrName(cursor, 'a direction such as fromds')],
  }),
});

/** Reads what the keyword `word`, the next token, begins. */
const readers = readersOf<Read>({
  less: (cursor) => ({ kind: 'size', than: cursor.word('less').word, value: cursor.number() }),
  greater: (cursor) => ({ kind: 'size', than: cursor.word('greater').word, value: cursor.number() }),
  byte: byteTest,
  inbound: (cursor) => ({ kind: 'direction', direction: cursor.word('inbound') }),
  outbound: (cursor) => ({ kind: 'direction', direction: cursor.word('outbound') }),
  ifindex: (cursor) => ({ kind: 'ifindex', keyword: cursor.word('ifindex'), value: cursor.number() }),
  llc: (cursor) => ({ kind: 'llc', keyword: cursor.word('llc'), type: llcType(cursor) }),
  vlan: (cursor) => encapsulation(cursor, 'vlan'),
  mpls: (cursor) => encapsulation(cursor, 'mpls'),
  pppoes: (cursor) => encapsulation(cursor, 'pppoes'),
  geneve: (cursor) => encapsulation(cursor, 'geneve'),
  vxlan: (cursor) => encapsulation(cursor, 'vxlan'),
  pppoed: (cursor) => ({ kind: 'pppoed', keyword: cursor.word('pppoed') }),
  on: (cursor) => ({ kind: 'pf', field: cursor.word('on'), value: name(cursor, 'the name of an interface') }),
  rset: (cursor) => ({ kind: 'pf', field: cursor.word('rset'), value: name(cursor, 'the name of a rule set') }),
  rnr: (cursor) => ({ kind: 'pf', field: cursor.word('rnr'), value: cursor.number() }),
  srnr: (cursor) => ({ kind: 'pf', field: cursor.word('srnr'), value: cursor.number() }),
  reason: (cursor) => ({ kind: 'pf', field: cursor.word('reason'), value: numberOrName(cursor, 'a reason') }),
  action: (cursor) => ({ kind: 'pf', field: cursor.word('action'), value: name(cursor, 'the name of an action') }),
  vpi: (cursor) => ({ kind: 'circuit-field', keyword: cursor.word('vpi'), values: comparisons(cursor) }),
  vci: (cursor) => ({ kind: 'circuit-field', keyword: cursor.word('vci'), values: comparisons(cursor) }),
  ...keywordsOf('circuit', 'lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic connectmsg metaconnect'),
  ...keywordsOf('signal-unit', 'fisu lssu msu hfisu hlssu hmsu'),
  ...signalFields('sio opc dpc sls hsio hopc hdpc hsls'),
});

function readersOf<Reader>(byWord: Readonly<Record<string, Reader>>): ReadonlyMap<string, Reader> {
  return new Map(Object.entries(byWord));
}

function keywordsOf(kind: 'circuit' | 'signal-unit', words: string): Record<string, Read> {
  return Object.fromEntries(words.split(' ').map((word) => [word, (cursor) => ({ kind, keyword: cursor.word(word) })]));
}

function signalFields(words: string): Record<string, Read> {
  const read = (cursor: Cursor, word: string): PrimitiveBody => {
    return { kind: 'signal-field', keyword: cursor.word(word), values: comparisons(cursor) };
  };
  return Object.fromEntries(words.split(' ').map((word) => [word, (cursor) => read(cursor, word)]));
}

function frameType(cursor: Cursor): PrimitiveBody {
  const field = cursor.word('type');
  const type = numberOrName(cursor, 'a frame type');
  if (cursor.keyword() !== 'subtype') return { kind: 'frame', field, values: [type] };
  cursor.next();
  return { kind: 'frame', field, values: [type, numberOrName(cursor, 'a frame subtype')] };
}

function llcType(cursor: Cursor): Word | undefined {
  const token = cursor.peek();
  if (token.kind !== 'name' && cursor.keyword() !== 'rnr') return undefined;
  return token.kind === 'name' ? name(cursor, 'an LLC type') : cursor.word('rnr');
}

function byteTest(cursor: Cursor): PrimitiveBody {
  cursor.next();
  const index = cursor.number();
  const operator = cursor.symbol();
  if (operator !== '=' && operator !== '<' && operator !== '>' && operator !== '&' && operator !== '|') {
    throw cursor.expected('one of = < > & |');
  }
  cursor.next();
  return { kind: 'byte', index, operator, value: cursor.number() };
}

function encapsulation(cursor: Cursor, word: Encapsulation): PrimitiveBody {
  const keyword = cursor.word(word);
  const range = word === 'vlan' ? numberRange(cursor) : undefined;
  if (range !== undefined) {
    const { first, last } = range;
    if (cursor.extended) return { kind: 'encapsulation', keyword, number: first, last };
    const span = { start: first.start, end: last.end };
    const found = cursor.textOf(span);
    throw cursor.error('syntax', `expected one tag, found '${found}': the extended dialect has ranges of tags`, span);
  }
  const numbered = cursor.peek().kind === 'number' || cursor.symbol() === '(';
  return { kind: 'encapsulation', keyword, number: numbered ? parenthesizedNumber(cursor) : undefined };
}

/** `100-200` */
function numberRange(cursor: Cursor): { readonly first: NumberNode; readonly last: NumberNode } | undefined {
  const token = cursor.peek();
  const [, low, high] = (token.kind === 'name' && /^([0-9]{1,9})-([0-9]{1,9})$/.exec(token.text)) || [];
  if (low === undefined || high === undefined) return undefined;
  const { start, end } = cursor.next();
  return {
    first: { kind: 'number', value: Number(low), start, end: start + low.length },
    last: { kind: 'number', value: Number(high), start: end - high.length, end },
  };
}

function parenthesizedNumber(cursor: Cursor): NumberNode {
  if (cursor.symbol() !== '(') return cursor.number();
  return cursor.nested(() => {
    cursor.next();
    const value = parenthesizedNumber(cursor);
    cursor.take(')', "')'");
    return value;
  });
}

/** `5`, `> 5` or `(5 or 6)`: the tests of which one must hold. */
function comparisons(cursor: Cursor): Comparison[] {
  if (cursor.symbol() === '(') return cursor.nested(() => comparisonList(cursor));
  const relation = takeRelation(cursor) ?? '=';
  return [{ relation, value: cursor.number() }];
}

function comparisonList(cursor: Cursor): Comparison[] {
  cursor.next();
  const values: Comparison[] = [{ relation: '=', value: cursor.number() }];
  for (; cursor.keyword() === 'or'; ) {
    cursor.next();
    values.push({ relation: '=', value: cursor.number() });
  }
  cursor.take(')', "'or' or ')'");
  return values;
}

function name(cursor: Cursor, what: string): Word {
  const token = cursor.peek();
  if (token.kind !== 'name') throw cursor.expected(what);
  cursor.next();
  return { word: token.text, start: token.start, end: token.end };
}

function numberOrName(cursor: Cursor, what: string): Word | NumberNode {
  return cursor.peek().kind === 'number' ? cursor.number() : name(cursor, what);
}
