// Lists: `host a or net b or …`, `not port 80 and not 443 …`, `ether host a or port 80 or host b …`. Identifiers of one kind
// are looked for together, so that a long list makes a small graph.
//
//   first or second or third …   ▸   first or (one of the others)
//
// The first of a kind stays alone, for packets that were cut short: where it does not hold, every byte that one of the
// others looks at has been loaded, and their order no longer matters. That is so for IPv4 and link addresses and for ports
// of which either side may match, or only one side is asked for. IPv6 addresses are longer: the first may fail at its
// first word, so that their order goes on to count. They change places with nothing but IPv4 addresses, which are in
// other packets.

import { assert, type Span } from '../../base/error.js';
import type { Chain, Expression } from '../ast.js';
import { type Condition, not, or } from '../condition.js';
import type { Generator } from './generator.js';
import { identified } from './identifier.js';
import { alone, type Identified, keyOf, type Member, mayChange, memberOf, together } from './member.js';

/** Identifiers that stand in a row, all of them negated or none. */
export interface Row {
  readonly members: readonly Identified[];
  readonly negated: boolean;
}

/** Fewer are no list. */
const shortest = 3;

/** So many are looked for together; of IPv6 addresses fewer are shorter one by one. */
const fewest = ({ kind }: Member): number => (kind === 'ipv6' ? 4 : 2);

/** The row that begins with the `from`-th operand of a chain (0 is its first), if there is one that is long enough. */
export function rowAt(chain: Chain, from: number): Row | undefined {
  const head = inRow(operandAt(chain, from));
  if (head === undefined) return undefined;
  const operator = head.negated ? 'and' : 'or';
  // In `x and a or b`, a belongs to x.
  if (from > 0 && chain.rest[from - 1]?.operator !== operator) return undefined;
  const members = [head.node];
  for (let at = from; chain.rest[at]?.operator === operator; at++) {
    const next = inRow(chain.rest[at]!.operand);
    if (next === undefined || next.negated !== head.negated) break;
    members.push(next.node);
  }
  return members.length < shortest ? undefined : { members, negated: head.negated };
}

function operandAt(chain: Chain, at: number): Expression | undefined {
  return at === 0 ? chain.first : chain.rest[at - 1]?.operand;
}

function inRow(node: Expression | undefined): { readonly node: Identified; readonly negated: boolean } | undefined {
  const negated = node?.kind === 'not';
  const inner = negated ? node.operand : node;
  return inner?.kind === 'identifier' ? { node: inner, negated } : undefined;
}

/** The condition of a row. */
export function listed(g: Generator, { members, negated }: Row): Condition {
  const rows = new Rows(g);
  for (const member of members) rows.add(member);
  const [first, ...rest] = rows.finish();
  assert(first !== undefined, 'a row has a member');
  const all = or(first, ...rest);
  return negated ? not(all) : all;
}

/** The conditions of a row: members that stand alone, and between them groups of those that may change places. */
class Rows {
  readonly #g: Generator;
  readonly #conditions: Condition[] = [];
  /** The first of each kind. */
  readonly #heads = new Map<string, Member>();
  readonly #groups = new Map<string, Member[]>();

  constructor(g: Generator) {
    this.#g = g;
  }

  add(node: Identified): void {
    this.#g.begin(node);
    const member = memberOf(this.#g, node);
    if (member === undefined) {
      this.#close();
      this.#g.begin(node);
      this.#push(identified(this.#g, node.qualifier, node.identifier), node);
      return;
    }
    const key = keyOf(member);
    if (this.#heads.has(key)) {
      this.#join(member, key);
      return;
    }
    this.#close();
    this.#alone(member);
    this.#heads.set(key, member);
  }

  finish(): readonly Condition[] {
    this.#close();
    return this.#conditions;
  }

  #join(member: Member, key: string): void {
    const group = this.#groups.get(key);
    if (group !== undefined) {
      group.push(member);
      return;
    }
    const others = [...this.#groups.values()];
    if (!others.every(([other]) => other === undefined || mayChange(other, member))) this.#close();
    this.#groups.set(key, [member]);
  }

  #close(): void {
    for (const [key, members] of this.#groups) {
      const head = this.#heads.get(key);
      assert(head !== undefined, 'a group has one of its kind before it');
      if (members.length < fewest(head)) for (const member of members) this.#alone(member);
      else this.#together(head, members);
    }
    this.#groups.clear();
  }

  #alone(member: Member): void {
    this.#g.begin(member.node);
    this.#push(alone(this.#g, member), member.node);
  }

  #together(head: Member, members: readonly Member[]): void {
    this.#g.begin({ start: members[0]?.node.start ?? 0, end: members.at(-1)?.node.end ?? 0 });
    this.#push(together(this.#g, head, members), this.#g.span);
  }

  #push(operand: Condition, { start, end }: Span): void {
    this.#conditions.push({ kind: 'primitive', operand, span: { start, end } });
  }
}
