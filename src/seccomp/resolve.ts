// From a policy as it was written to a policy for a machine: which rules count there, what the numbers of their calls are, in
// which order they are asked.

import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import { type Arch, type ArchName, arches, isKnownTo, knownSyscalls, type NameSource, syscallsOf } from './arch.js';
import { type Condition, isTrivial, narrowed, ones64 } from './condition.js';
import { type CallName, type DocumentRule, isAtLeast, type KernelVersion, type PolicyDocument } from './document.js';
import { multiplexedNumber } from './multiplex.js';
import { type Conflict, conflicts, ordered } from './order.js';
import type { ArchPolicy, CallRules, Policy, PolicyWarning, Rule, Runtime } from './policy.js';

/** The machine that a policy is for. */
export interface Machine {
  /** Its own architecture. */
  readonly arch: ArchName;
  /** Capabilities of the process, as `CAP_SYS_ADMIN`. */
  readonly caps: readonly string[];
  readonly kernel: KernelVersion;
  readonly runtime: Runtime;
  /** Whose names count: a runtime ignores calls that its libseccomp doesn't know. */
  readonly names: NameSource;
  /** Whether a warning is an error. */
  readonly strict: boolean;
}

/** @throws BpfError where `strict`, of the first thing that would be warned of */
export function resolve(document: PolicyDocument, machine: Machine): Policy {
  const warnings = [...document.warnings];
  const rules = document.rules.filter((rule) => counts(rule, machine));
  const built = archesOf(document, machine).map((arch) => archPolicy(document, rules, arch, machine));
  warnings.push(...unknownNames(rules, machine.names), ...conflictWarnings(document, rules, machine));
  if (machine.strict && warnings[0] !== undefined) throw strictError(warnings[0]);
  return Object.freeze({
    runtime: machine.runtime,
    defaultAction: document.defaultAction,
    defaultOrigin: document.defaultOrigin,
    arches: Object.freeze(built),
    flags: document.flags,
    warnings,
  });
}

/** The machine's own, and those that the policy names beside it. */
function archesOf({ arches: listed, archMap }: PolicyDocument, { arch }: Machine): readonly Arch[] {
  const more = archMap === undefined ? listed : (archMap.get(arch) ?? []);
  return [...new Set([arches[arch], ...more])];
}

/** Docker's meaning of `includes` and `excludes`: all capabilities that are included, none that is excluded. */
function counts({ includes, excludes }: DocumentRule, { arch, caps, kernel }: Machine): boolean {
  const own = arches[arch].go ?? arch;
  if (excludes.arches.includes(own) || excludes.caps.some((cap) => caps.includes(cap))) return false;
  if (excludes.minKernel !== undefined && isAtLeast(kernel, excludes.minKernel)) return false;
  if (includes.arches.length > 0 && !includes.arches.includes(own)) return false;
  if (!includes.caps.every((cap) => caps.includes(cap))) return false;
  return includes.minKernel === undefined || isAtLeast(kernel, includes.minKernel);
}

function archPolicy(
  { defaultAction }: PolicyDocument,
  rules: readonly DocumentRule[],
  arch: Arch,
  { runtime, names }: Machine,
): ArchPolicy {
  const calls = new Map<number, { name: string; rules: Rule[] }>();
  const add = (name: string, nr: number, rule: Rule) => {
    const call = calls.get(nr) ?? { name, rules: [] };
    calls.set(nr, call);
    call.rules.push(rule);
  };
  for (const rule of rules) {
    if (rule.action === defaultAction) continue; // both runtimes skip it: libseccomp refuses what changes nothing
    for (const { name } of rule.names)
      for (const made of rulesFor(rule, name, arch, names)) add(made.name, made.nr, made.rule);
  }
  const sorted = [...calls].sort(([a], [b]) => a - b);
  return { arch, calls: new Map(sorted.map(([nr, call]) => [nr, callRules(nr, call, runtime)])) };
}

function callRules(nr: number, { name, rules }: { name: string; rules: readonly Rule[] }, runtime: Runtime): CallRules {
  return Object.freeze({ name, nr, rules: Object.freeze(ordered(rules, runtime)) });
}

interface MadeRule {
  readonly name: string;
  readonly nr: number;
  readonly rule: Rule;
}

/** What a rule says of one name on one architecture: of the call itself, and of the way through `socketcall` or `ipc`. */
function rulesFor(
  { conditions, action, origin }: DocumentRule,
  name: string,
  arch: Arch,
  names: NameSource,
): readonly MadeRule[] {
  if (!isKnownTo(names, name, arch)) return [];
  const numbers = syscallsOf(arch);
  const nr = numbers.get(name);
  const through = arch.multiplexed ? multiplexedNumber(name) : undefined;
  const entry = through && numbers.get(through.call);
  return alternatives(conditions).flatMap((all) => {
    const made = (of: string, number: number, wanted: readonly Condition[]): MadeRule => ({
      ...{ name: of, nr: number },
      rule: Object.freeze({ conditions: Object.freeze(onArch(wanted, arch)), action, origin }),
    });
    const direct = nr === undefined ? [] : [made(name, nr, all)];
    if (through === undefined || entry === undefined) return direct;
    const operation: Condition = { argument: 0, op: 'EQ', value: through.operation, mask: ones64 };
    return [...direct, made(through.call, entry, [operation, ...all.filter(({ argument }) => argument !== 0)])];
  });
}

/** Conditions go together, except where two are on one argument: then each is a rule of its own. */
function alternatives(conditions: readonly Condition[]): readonly (readonly Condition[])[] {
  const seen = new Set(conditions.map(({ argument }) => argument));
  return seen.size < conditions.length ? conditions.map((each) => [each]) : [conditions];
}

function onArch(conditions: readonly Condition[], arch: Arch): readonly Condition[] {
  return conditions
    .map((condition) => Object.freeze(narrowed(condition, arch)))
    .filter((condition) => !isTrivial(condition, arch))
    .sort((a, b) => a.argument - b.argument);
}

function unknownNames(rules: readonly DocumentRule[], names: NameSource): PolicyWarning[] {
  const known = knownSyscalls();
  return rules
    .flatMap((rule) => rule.names)
    .flatMap((call) => {
      const isKnown = known.has(call.name) || multiplexedNumber(call.name) !== undefined;
      if (!isKnown) return [unknownName(call, known)];
      return isKnownTo(names, call.name) ? [] : [newName(call, names)];
    });
}

function unknownName({ name, path, place }: CallName, known: Iterable<string>): PolicyWarning {
  const meant = nearest(name, known);
  const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
  return { code: 'unknown', message: `${path}: unknown system call '${name}' is ignored${hint}`, path, place };
}

function newName({ name, path, place }: CallName, names: NameSource): PolicyWarning {
  return { code: 'unknown', message: `${path}: '${name}' is ignored, which ${names} doesn't know`, path, place };
}

/** Rules that answer some call differently, once for each pair of places; told on the machine's own architecture. */
function conflictWarnings(document: PolicyDocument, rules: readonly DocumentRule[], machine: Machine): PolicyWarning[] {
  const arch = arches[machine.arch];
  const told = new Set<string>();
  const byCall = new Map<string, Rule[]>();
  for (const rule of rules) {
    if (rule.action === document.defaultAction) continue;
    for (const { name } of rule.names) {
      if (!syscallsOf(arch).has(name)) continue;
      const made = rulesFor(rule, name, arch, machine.names).filter((each) => each.name === name);
      byCall.set(name, [...(byCall.get(name) ?? []), ...made.map((each) => each.rule)]);
    }
  }
  return [...byCall].flatMap(([name, all]) =>
    all.length < 2 ? [] : conflicts(all, arch).flatMap((conflict) => conflictWarning(name, conflict, all, told) ?? []),
  );
}

function conflictWarning(
  name: string,
  { earlier, later, isSame }: Conflict,
  all: readonly Rule[],
  told: Set<string>,
): PolicyWarning | undefined {
  const pair = `${earlier.origin.path} ${later.origin.path}`;
  if (told.has(pair)) return undefined;
  told.add(pair);
  const first = ordered(all, 'runc').find((rule) => rule === earlier || rule === later);
  const isTurned = first === later;
  const tail =
    isSame && earlier.conditions.length > 0
      ? 'runc refuses such a policy'
      : isTurned
        ? `runc asks ${later.origin.path} first, crun ${earlier.origin.path}`
        : `${earlier.origin.path} is asked first`;
  return {
    code: isTurned || isSame ? 'runtime' : 'conflict',
    message: `${later.origin.path}: answers some calls of '${name}' otherwise than ${earlier.origin.path} does: ${tail}`,
    path: later.origin.path,
    place: later.origin.place,
  };
}

const strictCodes = {
  unknown: 'name',
  conflict: 'type',
  runtime: 'type',
  ignored: 'unsupported',
  value: 'range',
} as const;

function strictError({ code, message, place }: PolicyWarning): BpfError {
  return new BpfError(strictCodes[code], message, { place });
}
