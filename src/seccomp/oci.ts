// Reads policies as container engines have them: the `linux.seccomp` of OCI's runtime specification (config-linux.md), alone or in
// a whole config.json, and Docker's profiles, which add `archMap`, `includes` and `excludes`.

import { assert } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import { type ActionName, actionValue, largestErrno } from './action.js';
import { type Arch, type ArchName, arches, archOf, foreignArches } from './arch.js';
import { argumentCount, type Condition, ones64, operatorNames } from './condition.js';
import {
  type CallName,
  type Demands,
  type DocumentRule,
  kernelVersion,
  noDemands,
  type PolicyDocument,
} from './document.js';
import type { Field } from './field.js';
import * as field from './field.js';
import { type FilterFlag, filterFlags, type PolicyWarning, type Runtime } from './policy.js';

const actions: Readonly<Record<string, ActionName>> = {
  SCMP_ACT_KILL: 'KILL_THREAD',
  SCMP_ACT_KILL_THREAD: 'KILL_THREAD',
  SCMP_ACT_KILL_PROCESS: 'KILL_PROCESS',
  SCMP_ACT_TRAP: 'TRAP',
  SCMP_ACT_ERRNO: 'ERRNO',
  SCMP_ACT_TRACE: 'TRACE',
  SCMP_ACT_LOG: 'LOG',
  SCMP_ACT_NOTIFY: 'NOTIFY',
  SCMP_ACT_ALLOW: 'ALLOW',
};

const known = {
  top: [
    'defaultAction',
    'defaultErrnoRet',
    'architectures',
    'archMap',
    'flags',
    'syscalls',
    'listenerPath',
    'listenerMetadata',
  ],
  rule: ['name', 'names', 'action', 'errnoRet', 'args', 'comment', 'includes', 'excludes'],
  argument: ['index', 'value', 'valueTwo', 'op'],
  demands: ['caps', 'arches', 'minKernel'],
  archMap: ['architecture', 'subArchitectures'],
} as const;

/** `errnoRet` where a rule has none: EPERM. */
const defaultErrno = 1;

/**
 * Reads a profile.
 * @throws BpfError 'syntax' when it is no JSON, 'type', 'name' or 'range' when it is no profile, with the place
 */
export function readOci(source: string, runtime: Runtime): PolicyDocument {
  return new Reader(runtime).document(profileOf(field.documentField(source)));
}

/** The profile itself, or that of a container's configuration. */
function profileOf(document: Field): Field {
  const linux = field.member(document, 'linux');
  const inside = linux && field.member(linux, 'seccomp');
  return inside ?? document;
}

class Reader {
  readonly #runtime: Runtime;
  readonly #warnings: PolicyWarning[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  document(profile: Field): PolicyDocument {
    const errno = field.member(profile, 'defaultErrnoRet');
    const named = field.required(profile, 'defaultAction');
    const defaultAction = this.#action(named, errno);
    const listed = field.member(profile, 'architectures');
    const map = field.member(profile, 'archMap');
    if (listed !== undefined && map !== undefined && field.items(listed).length > 0 && field.items(map).length > 0) {
      throw field.fieldError(map, 'type', "expected 'architectures' or 'archMap', found both");
    }
    this.#checkNames(profile, known.top);
    const syscalls = field.member(profile, 'syscalls');
    return {
      defaultAction,
      defaultOrigin: { path: named.path, place: field.placeOf(named) },
      arches: listed === undefined ? [] : field.items(listed).flatMap((each) => this.#arch(each) ?? []),
      archMap: map === undefined ? undefined : this.#archMap(map),
      flags: this.#flags(field.member(profile, 'flags')),
      rules: syscalls === undefined ? [] : field.items(syscalls).map((rule) => this.#rule(rule)),
      warnings: this.#warnings,
    };
  }

  #rule(rule: Field): DocumentRule {
    this.#checkNames(rule, known.rule);
    const args = field.member(rule, 'args');
    return {
      names: names(rule),
      action: this.#action(field.required(rule, 'action'), field.member(rule, 'errnoRet')),
      conditions: args === undefined ? [] : field.items(args).map((each) => this.#condition(each)),
      includes: this.#demands(field.member(rule, 'includes')),
      excludes: this.#demands(field.member(rule, 'excludes')),
      origin: { path: rule.path, place: field.placeOf(rule) },
    };
  }

  #action(named: Field, errno: Field | undefined): number {
    const name = actions[field.word(named, Object.keys(actions))];
    assert(name !== undefined, 'a word of the list is in the list');
    const takesData = name === 'ERRNO' || name === 'TRACE';
    if (errno === undefined) return actionValue(name, defaultErrno);
    const data = Number(field.whole(errno, 0n, name === 'ERRNO' ? BigInt(largestErrno) : 0xffffn));
    if (takesData) return actionValue(name, data);
    const what = `an error number means nothing with ${field.text(named)}`;
    if (this.#runtime === 'crun') throw field.fieldError(errno, 'type', what);
    this.#warn('runtime', errno, `${what}: runc ignores it, crun refuses the policy`);
    return actionValue(name);
  }

  #condition(argument: Field): Condition {
    this.#checkNames(argument, known.argument);
    const number = (name: string) => {
      const found = field.member(argument, name);
      return found === undefined ? 0n : field.whole(found, 0n, ones64);
    };
    const index = Number(field.whole(field.required(argument, 'index'), 0n, BigInt(argumentCount - 1)));
    const named = field.required(argument, 'op');
    const operator = field.word(
      named,
      operatorNames.map((name) => `SCMP_CMP_${name}` as const),
    );
    const op = operatorNames.find((name) => operator === `SCMP_CMP_${name}`) ?? 'EQ';
    if (op !== 'MASKED_EQ') {
      field.required(argument, 'value');
      return { argument: index, op, value: number('value'), mask: ones64 };
    }
    const [mask, value] = [number('value'), number('valueTwo')];
    if ((value & ~mask) !== 0n) {
      const what = `valueTwo has bits that the mask 0x${mask.toString(16)} doesn't let through; they are ignored`;
      this.#warn('value', field.required(argument, 'valueTwo'), what);
    }
    return { argument: index, op, value, mask };
  }

  #demands(demands: Field | undefined): Demands {
    if (demands === undefined) return noDemands;
    this.#checkNames(demands, known.demands);
    const least = field.member(demands, 'minKernel');
    const minKernel = least && kernelVersion(field.text(least));
    if (least !== undefined && minKernel === undefined) {
      throw field.fieldError(least, 'type', `expected a version as '4.8', found '${field.text(least)}'`);
    }
    const list = (name: string) => field.texts(field.member(demands, name));
    return { caps: list('caps'), arches: list('arches'), minKernel };
  }

  #archMap(map: Field): ReadonlyMap<ArchName, readonly Arch[]> {
    const entries = field.items(map).map((entry) => {
      this.#checkNames(entry, known.archMap);
      const subs = field.member(entry, 'subArchitectures');
      const all = subs === undefined ? [] : field.items(subs);
      return { own: field.required(entry, 'architecture'), subs: all };
    });
    // An entry that is for another machine says nothing here, and may name what is not known.
    return new Map(
      entries.flatMap(({ own, subs }) => {
        const arch = archOf(field.text(own));
        if (arch === undefined) checkForeign(own);
        return arch === undefined ? [] : [[arch.name, subs.flatMap((sub) => archOf(field.text(sub)) ?? [])] as const];
      }),
    );
  }

  #arch(named: Field): Arch | undefined {
    const arch = archOf(field.text(named));
    if (arch !== undefined) return arch;
    checkForeign(named);
    this.#warn('ignored', named, `there is no table of the calls of ${field.text(named)}: they are killed`);
    return undefined;
  }

  #flags(flags: Field | undefined): readonly FilterFlag[] {
    if (flags === undefined) return [];
    const spelled = Object.keys(filterFlags).map((name) => `SECCOMP_FILTER_FLAG_${name}`);
    return field.items(flags).flatMap((each) => {
      const name = field.word(each, spelled).slice('SECCOMP_FILTER_FLAG_'.length);
      return (Object.keys(filterFlags) as FilterFlag[]).filter((flag) => flag === name);
    });
  }

  #checkNames(object: Field, names: readonly string[]): void {
    for (const unknown of field.unknownMembers(object, names)) {
      const meant = nearest(unknown.name, names);
      const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
      this.#warn('unknown', unknown, `unknown field, which the runtimes ignore${hint}`);
    }
  }

  #warn(code: PolicyWarning['code'], at: Field, what: string): void {
    this.#warnings.push({ code, message: `${at.path}: ${what}`, path: at.path, place: field.placeOf(at) });
  }
}

function names(rule: Field): readonly CallName[] {
  const [one, many] = [field.member(rule, 'name'), field.member(rule, 'names')];
  if (one !== undefined && many !== undefined && field.items(many).length > 0) {
    throw field.fieldError(one, 'type', "expected 'name' or 'names', found both");
  }
  const all = many === undefined ? [one ?? field.required(rule, 'names')] : field.items(many);
  return all.map((each) => ({ name: field.text(each), path: each.path, place: field.placeOf(each) }));
}

function checkForeign(named: Field): void {
  const name = field.text(named);
  if (foreignArches.includes(name)) return;
  const names = Object.values(arches).map(({ oci }) => oci);
  throw field.fieldError(named, 'name', `unknown architecture '${name}'`, nearest(name, [...names, ...foreignArches]));
}
