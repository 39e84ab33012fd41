// A whole expression: the walk from left to right that gives each primitive to the part that knows it.

import type { Chain, Encapsulation, Expression, Primitive } from '../ast.js';
import { always, and, type Condition, type Joined, not } from '../condition.js';
import { broadcast, multicast } from './cast.js';
import { circuit, circuitField } from './circuit.js';
import { etherType } from './constants.js';
import { interfaceIndex, packetDirection } from './direction.js';
import { encapsulation } from './encapsulation.js';
import type { Generator } from './generator.js';
import { identified } from './identifier.js';
import { linkProtocol } from './link.js';
import { listed, rowAt } from './list.js';
import { llcFrame } from './llc.js';
import { pf } from './pf.js';
import { protocolAlone } from './protocol.js';
import { byteTest, relate } from './relation.js';
import { signalField, signalUnit } from './signal.js';
import { frameControl } from './wlan.js';

export function generate(g: Generator, expression: Expression): Condition {
  switch (expression.kind) {
    case 'chain':
      return chain(g, expression);
    case 'not':
      return not(generate(g, expression.operand));
    case 'scope':
      return g.scoped(() => and(generate(g, expression.head), generate(g, expression.body)));
    default:
      g.begin(expression);
      return { kind: 'primitive', operand: primitive(g, expression), span: g.span };
  }
}

function chain(g: Generator, node: Chain): Condition {
  noteInherited(g, node);
  const joined: Joined[] = [];
  let mover: Encapsulation | undefined;
  for (let at = 0; at <= node.rest.length; ) {
    const operand = at === 0 ? node.first : node.rest[at - 1]!.operand;
    const operator = at === 0 ? 'and' : node.rest[at - 1]!.operator;
    if (mover !== undefined && operator === 'or') warnOfMove(g, mover, operand);
    const row = g.settings.lists ? rowAt(node, at) : undefined;
    joined.push({ operator, operand: row === undefined ? generate(g, operand) : listed(g, row) });
    mover = operator === 'or' ? movedBy(operand) : (mover ?? movedBy(operand));
    at += row?.members.length ?? 1;
  }
  const [first, ...rest] = joined;
  return first === undefined ? always : { kind: 'sequence', first: first.operand, rest };
}

/** Says what the first number of a chain means that stands alone: `port 80 or 443`. */
function noteInherited(g: Generator, { rest }: Chain): void {
  const operands = rest.map(({ operand }) => (operand.kind === 'not' ? operand.operand : operand));
  const bare = operands.find((one) => one.kind === 'identifier' && one.inherited && one.identifier.kind === 'number');
  if (bare?.kind !== 'identifier' || g.notedInherited) return;
  g.notedInherited = true;
  const { source } = g.settings;
  const { qualifier, start, end } = bare;
  const number = source.slice(start, end);
  const whole = `${source.slice(qualifier.start, qualifier.end)} ${number}`;
  g.warn(`'${number}' stands for '${whole}', as what stands before it`, bare);
}

function warnOfMove(g: Generator, mover: Encapsulation, operand: Expression): void {
  g.warn(`what follows '${mover}' is looked for behind its header, after 'or' as well`, operand);
}

/** The word by which an operand moves what follows it. */
function movedBy(operand: Expression): Encapsulation | undefined {
  return operand.kind === 'encapsulation' ? operand.keyword.word : undefined;
}

function primitive(g: Generator, node: Primitive): Condition {
  switch (node.kind) {
    case 'identifier':
      return identified(g, node.qualifier, node.identifier);
    case 'protocol':
      return protocolAlone(g, node.protocol);
    case 'relation':
      return relate(g, node.relation, node.left, node.right);
    case 'cast':
      return node.cast.word === 'broadcast'
        ? broadcast(g, node.protocol, node.cast)
        : multicast(g, node.protocol, node.cast);
    case 'size':
      return size(g, node.than, node.value.value);
    case 'byte':
      return byteTest(g, node.index.value, node.operator, node.value);
    case 'direction':
      return packetDirection(g, node.direction);
    case 'ifindex':
      return interfaceIndex(g, node.keyword, node.value);
    case 'encapsulation':
      return encapsulation(g, node.keyword, node.number, node.last);
    case 'pppoed':
      return linkProtocol(g, etherType.pppoed);
    case 'pf':
      return pf(g, node.field, node.value);
    case 'frame':
      return frameControl(g, node.field.word, node.values);
    case 'llc':
      return llcFrame(g, node.keyword, node.type);
    case 'circuit':
      return circuit(g, node.keyword);
    case 'circuit-field':
      return circuitField(g, node.keyword, node.values);
    case 'signal-unit':
      return signalUnit(g, node.keyword);
    case 'signal-field':
      return signalField(g, node.keyword, node.values);
  }
}

/** `less N`: at most N; `greater N`: at least N. */
function size(g: Generator, than: 'less' | 'greater', value: number): Condition {
  const length = g.values.length();
  return than === 'less' ? not(g.above(length, value)) : g.atLeast(length, value);
}
