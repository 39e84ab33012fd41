// A policy to a filter that Linux takes (seccomp(2)): a classic program of at most 4096 instructions. The architecture is asked for
// first, always, and a call that comes in with another one is killed, as libseccomp does by default.

import { expectObject, expectWord, kindOf } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { check } from '../classic/check.js';
import { ClassicProgram } from '../classic/program.js';
import { linuxLength } from '../classic/rows.js';
import type { Case } from '../decide/decide.js';
import { killThread } from './action.js';
import { x32Bit } from './arch.js';
import { words } from './condition.js';
import { emit } from './emit.js';
import { ruleGraph } from './generate.js';
import { Graph, type Node } from './graph.js';
import { type CallCounts, hotNumbers } from './heat.js';
import { type Layout, layouts, numberGraph } from './layout.js';
import type { ArchPolicy, Policy } from './policy.js';
import { prove } from './prove.js';
import { type PolicyOptions, readPolicy } from './read.js';

const allBits = 0xffff_ffff;

export interface LayoutOptions {
  /** How a call's number leads to its rules; `linear` is the shortest, `tree` takes the fewest steps. Default `linear`. */
  readonly layout?: Layout;
  /** How often calls are made, by their names: the most frequent are asked for first. `readCounts` reads them. */
  readonly counts?: CallCounts;
}

/** What a policy in text is compiled for, and how. */
export interface CompilePolicyOptions extends PolicyOptions, LayoutOptions {}

/**
 * The filter of a policy, proved to answer every call as the policy does.
 * @param policy its text, or what `readPolicy`, which tells of warnings, and `PolicyBuilder` make
 * @throws BpfError as `readPolicy`; 'limit' when the filter would be longer than the 4096 instructions that Linux takes
 */
export function compilePolicy(policy: string | Policy, options: CompilePolicyOptions = {}): ClassicProgram {
  expectObject(options, 'the options');
  const { layout } = options;
  if (layout !== undefined) expectWord(layout, layouts, 'a layout');
  if (typeof policy !== 'string') expectPolicy(policy);
  const meant = typeof policy === 'string' ? readPolicy(policy, options) : policy;
  const program = generateFilter(meant, options);
  prove(program, meant);
  return program;
}

function expectPolicy(policy: Policy): void {
  if (Array.isArray(policy?.arches)) return;
  throw new BpfError('usage', `expected a policy as text, or what readPolicy returns, got ${kindOf(policy)}`);
}

/** The filter without its proof. @throws BpfError 'limit' when it would be longer than Linux takes */
export function generateFilter(policy: Policy, { layout = 'linear', counts }: LayoutOptions = {}): ClassicProgram {
  const program = filterOf(policy, layout, []);
  const own = policy.arches[0]?.arch;
  if (counts === undefined || own === undefined) return program;
  return filterOf(policy, layout, hotNumbers(program, counts, own));
}

/** @param hot numbers of the machine's own calls that are asked for before all others */
function filterOf(policy: Policy, layout: Layout, hot: readonly number[]): ClassicProgram {
  const insns = emit(policyGraph(policy, layout, hot));
  if (insns.length > linuxLength) {
    const message = `expected a policy whose filter has at most ${linuxLength} instructions, this one's has ${insns.length}`;
    throw new BpfError('limit', message);
  }
  const program = new ClassicProgram(insns);
  check(program, 'seccomp');
  return program;
}

function policyGraph(policy: Policy, layout: Layout, hot: readonly number[]): Node {
  const graph = new Graph();
  const audits = [...new Set(policy.arches.map(({ arch }) => arch.audit))];
  return audits.reduceRight((no, audit) => {
    const own = policy.arches.filter(({ arch }) => arch.audit === audit);
    const first = own[0] === policy.arches[0] ? hot : [];
    const yes = auditGraph(graph, policy, own, { layout, first });
    return graph.test(words.arch, { mask: allBits, op: 'eq', k: audit }, yes, no);
  }, graph.answer(killThread));
}

/** The calls that come in under one `AUDIT_ARCH`: x86_64 and x32 share theirs. */
function auditGraph(
  graph: Graph,
  policy: Policy,
  own: readonly ArchPolicy[],
  { layout, first }: { readonly layout: Layout; readonly first: readonly number[] },
): Node {
  const cases = own.flatMap(({ arch, calls }) =>
    [...calls.values()].map(({ nr, rules }): Case<Node> => {
      return { low: nr, high: nr, target: ruleGraph(graph, rules, policy.defaultAction, arch) };
    }),
  );
  const otherwise = graph.answer(policy.defaultAction);
  const rest = numberGraph(graph, layout, [...cases, ...killedRanges(graph, own)], otherwise);
  return first.reduceRight((no, nr) => {
    const target = cases.find(({ low }) => low === nr)?.target ?? otherwise;
    return graph.test(words.nr, { mask: allBits, op: 'eq', k: nr }, target, no);
  }, rest);
}

/**
 * Numbers of x86_64's other half, where only one of the two is let in. A number of -1 is none of either: a tracer sets it to skip a
 * call, and libseccomp lets the default action answer it.
 */
function killedRanges(graph: Graph, own: readonly ArchPolicy[]): Case<Node>[] {
  const has = (name: string) => own.some(({ arch }) => arch.name === name);
  const target = graph.answer(killThread);
  if (has('x86_64') && !has('x32')) return [{ low: x32Bit, high: allBits - 1, target }];
  if (has('x32') && !has('x86_64')) return [{ low: 0, high: x32Bit - 1, target }];
  return [];
}
