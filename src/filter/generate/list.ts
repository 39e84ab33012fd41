// Lists: `host a or host b or …`, `not port 80 and not 443 …`. Identifiers of one kind under equal qualifiers are looked
// for together, so that a long list makes a small graph.
//
//   first or second or third …   ▸   first or (one of the others)
//
// The first stays alone, for packets that were cut short: where it does not hold, every byte that one of the others
// looks at has been loaded, and their order no longer matters. That is so for addresses and ports of which either side
// may match, or only one side is asked for.

import { assert } from '../../base/error.js';
import type { Chain, Expression, Primitive, Qualifier } from '../ast.js';
import { type Condition, not, or } from '../condition.js';
import type { Generator, Masked } from './generator.js';
import { ipv4Hosts } from './host.js';
import { addressOf, identified } from './identifier.js';
import { type Ports, ports, portsOf } from './port.js';

type Identified = Extract<Primitive, { readonly kind: 'identifier' }>;

/** Identifiers that stand in a row, all of them negated or none. */
export interface Row {
  readonly members: readonly Identified[];
  readonly negated: boolean;
}

/** Fewer are no list. */
const shortest = 3;

/** The row that begins with the `from`-th operand of a chain (0 is its first), if there is one that is long enough. */
export function rowAt(chain: Chain, from: number): Row | undefined {
  const head = memberOf(operandAt(chain, from));
  if (head === undefined) return undefined;
  const operator = head.negated ? 'and' : 'or';
  // In `x and a or b`, a belongs to x.
  if (from > 0 && chain.rest[from - 1]?.operator !== operator) return undefined;
  const members = [head.node];
  for (let at = from; chain.rest[at]?.operator === operator; at++) {
    const next = memberOf(chain.rest[at]!.operand);
    if (next === undefined || next.negated !== head.negated || !alike(head.node, next.node)) break;
    members.push(next.node);
  }
  return members.length < shortest ? undefined : { members, negated: head.negated };
}

function operandAt(chain: Chain, at: number): Expression | undefined {
  return at === 0 ? chain.first : chain.rest[at - 1]?.operand;
}

function memberOf(node: Expression | undefined): { readonly node: Identified; readonly negated: boolean } | undefined {
  const negated = node?.kind === 'not';
  const inner = negated ? node.operand : node;
  return inner?.kind === 'identifier' && isListed(inner) ? { node: inner, negated } : undefined;
}

/** Whether the identifier is of a kind of which lists are made. */
function isListed({ qualifier, identifier }: Identified): boolean {
  const direction = qualifier.direction?.word;
  if (direction !== undefined && direction !== 'src' && direction !== 'dst' && direction !== 'src or dst') return false;
  switch (qualifier.type?.word) {
    case 'port':
    case 'portrange':
      return identifier.kind === 'number';
    case undefined:
    case 'host':
    case 'net':
      return identifier.kind.startsWith('ipv4') && qualifier.protocol?.word !== 'decnet';
    default:
      return false;
  }
}

function alike({ qualifier: a }: Identified, { qualifier: b }: Identified): boolean {
  const same = (part: keyof Pick<Qualifier, 'protocol' | 'direction' | 'type'>) => a[part]?.word === b[part]?.word;
  return a === b || (same('protocol') && same('direction') && same('type'));
}

/** The condition of a row. */
export function listed(g: Generator, { members, negated }: Row): Condition {
  const [head, ...others] = members;
  assert(head !== undefined, 'a list has a first member');
  g.span = head;
  const first = identified(g, head.qualifier, head.identifier);
  const all = or(first, ...together(g, head.qualifier, others));
  return negated ? not(all) : all;
}

function together(g: Generator, qualifier: Qualifier, members: readonly Identified[]): Condition[] {
  const numbers: Ports[] = [];
  const addresses: Masked<number>[] = [];
  for (const member of members) {
    g.span = member;
    const port = portsOf(g, member.identifier, member.qualifier);
    if (port !== undefined) numbers.push(port);
    const address = port === undefined ? addressOf(g, member.identifier, member.qualifier) : undefined;
    if (address !== undefined) addresses.push(address);
  }
  g.span = { start: members[0]?.start ?? 0, end: members.at(-1)?.end ?? 0 };
  const conditions: Condition[] = [];
  if (numbers.length > 0) conditions.push(ports(g, numbers, qualifier));
  if (addresses.length > 0) conditions.push(ipv4Hosts(g, addresses, qualifier));
  return conditions;
}
