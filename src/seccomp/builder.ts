// Policies made in TypeScript, without any text.
//
//   new PolicyBuilder(answer.errno('EPERM')).allow('read', 'write').on('socket', answer.allow, arg(0).equals(2)).policy()

import { expectObject, expectText, expectWord } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import { actionValue, largestErrno } from './action.js';
import { type ArchName, arches, archNames, knownSyscalls } from './arch.js';
import { argumentCount, type Condition, type Operator, ones64 } from './condition.js';
import { type DocumentRule, noDemands } from './document.js';
import { errnoOf } from './errno.js';
import { type FilterFlag, filterFlagNames, type Policy } from './policy.js';
import { machineOf, type PolicyOptions } from './read.js';
import { resolve } from './resolve.js';
import { groupCalls, systemdGroups } from './systemd.js';

/** What a call is answered; `answer` has them. */
export interface Answer {
  /** What the filter returns. */
  readonly value: number;
}

const simple = (name: Parameters<typeof actionValue>[0]): Answer => Object.freeze({ value: actionValue(name) });

/** Every answer that a filter can give (seccomp(2)). */
export const answer = {
  /** The call is carried out. */
  allow: simple('ALLOW'),
  /** It is carried out, and logged. */
  log: simple('LOG'),
  /** It fails with an error: its number, 0 to 4095, or its name. */
  errno: (error: number | string): Answer => {
    const number = typeof error === 'string' ? errnoOf(error) : error;
    if (number === undefined) throw new BpfError('name', `unknown error '${error}'`);
    return { value: actionValue('ERRNO', checkedNumber(number, largestErrno, 'an error number')) };
  },
  /** The process gets SIGSYS. */
  trap: simple('TRAP'),
  killThread: simple('KILL_THREAD'),
  killProcess: simple('KILL_PROCESS'),
  /** A tracer is told, with a message from 0 to 65535. */
  trace: (message: number): Answer => ({ value: actionValue('TRACE', checkedNumber(message, 0xffff, 'a message')) }),
  /** A supervisor that has the filter's descriptor is asked. */
  notify: simple('NOTIFY'),
} as const;

/** Conditions on one argument; values are unsigned numbers of 64 bits. */
export interface ArgumentTests {
  equals(value: number | bigint): Condition;
  differs(value: number | bigint): Condition;
  below(value: number | bigint): Condition;
  atMost(value: number | bigint): Condition;
  atLeast(value: number | bigint): Condition;
  above(value: number | bigint): Condition;
  /** The bits of the mask are those of the value. */
  masked(mask: number | bigint, value: number | bigint): Condition;
}

/** @param argument 0 to 5 */
export function arg(argument: number): ArgumentTests {
  checkedNumber(argument, argumentCount - 1, 'an argument');
  const test = (op: Operator) => (value: number | bigint) => ({
    argument,
    op,
    value: checkedValue(value),
    mask: ones64,
  });
  return {
    ...{ equals: test('EQ'), differs: test('NE'), below: test('LT') },
    ...{ atMost: test('LE'), atLeast: test('GE'), above: test('GT') },
    masked: (mask, value) => ({ argument, op: 'MASKED_EQ', mask: checkedValue(mask), value: checkedValue(value) }),
  };
}

/** Collects rules; of several that match a call the first counts. */
export class PolicyBuilder {
  readonly #defaultAction: number;
  readonly #rules: DocumentRule[] = [];
  readonly #arches: ArchName[] = [];
  readonly #flags: FilterFlag[] = [];

  /** @param otherwise what calls get that no rule matches */
  constructor(otherwise: Answer) {
    expectObject(otherwise, 'an answer');
    this.#defaultAction = otherwise.value;
  }

  /** Lets calls pass; `@basic-io` and the like are systemd's groups. @throws BpfError 'name' for an unknown call or group */
  allow(...calls: readonly string[]): this {
    return this.#add(calls, answer.allow, []);
  }

  /** Answers calls. @throws BpfError 'name' for an unknown call or group */
  answer(given: Answer, ...calls: readonly string[]): this {
    return this.#add(calls, given, []);
  }

  /** Answers a call where its arguments fulfil all conditions. @throws BpfError 'name' for an unknown call */
  on(call: string, given: Answer, ...conditions: readonly Condition[]): this {
    return this.#add([call], given, conditions);
  }

  /** Lets architectures in beside the machine's own. */
  let(...names: readonly ArchName[]): this {
    this.#arches.push(...names.map((name) => expectWord(name, archNames, 'an architecture')));
    return this;
  }

  /** Sets flags of seccomp(2). */
  flags(...flags: readonly FilterFlag[]): this {
    this.#flags.push(...flags.map((flag) => expectWord(flag, filterFlagNames, 'a flag of seccomp(2)')));
    return this;
  }

  /** The policy for a machine; default: this one. */
  policy(options: PolicyOptions = {}): Policy {
    const document = {
      ...{
        defaultAction: this.#defaultAction,
        defaultOrigin: { path: 'default', place: undefined },
        arches: this.#arches.map((name) => arches[name]),
        archMap: undefined,
      },
      ...{ flags: [...this.#flags], rules: [...this.#rules], warnings: [] },
    };
    return resolve(document, machineOf({ runtime: 'crun', names: 'linux', ...options }));
  }

  #add(calls: readonly string[], given: Answer, conditions: readonly Condition[]): this {
    expectObject(given, 'an answer');
    const path = `rule ${this.#rules.length + 1}`;
    const names = calls.flatMap(namesOf).map((name) => ({ name, path, place: undefined }));
    const origin = { path, place: undefined };
    this.#rules.push({ names, action: given.value, conditions, includes: noDemands, excludes: noDemands, origin });
    return this;
  }
}

function namesOf(call: string): readonly string[] {
  expectText(call, 'a system call or a group');
  if (call.startsWith('@')) {
    const calls = groupCalls(call);
    if (calls !== undefined) return calls;
    throw new BpfError('name', `unknown group '${call}'`, { suggestion: nearest(call, systemdGroups().keys()) });
  }
  if (knownSyscalls().has(call)) return [call];
  throw new BpfError('name', `unknown system call '${call}'`, { suggestion: nearest(call, knownSyscalls()) });
}

function checkedNumber(value: number, most: number, what: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new BpfError('range', `expected ${what} from 0 to ${most}, got ${value}`);
}

function checkedValue(value: number | bigint): bigint {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  const number = isWhole ? BigInt(value) : -1n;
  if (number >= 0n && number <= ones64) return number;
  throw new BpfError('range', `expected a value from 0 to ${ones64}, got ${value}`);
}
