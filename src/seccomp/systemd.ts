// Policies in systemd's words (systemd.exec(5)), as a unit has them or as one line:
//
//   SystemCallFilter=@system-service        a list of what is allowed; all else kills the process
//   SystemCallFilter=~@mount ptrace:EPERM   what is taken from it, or, where it comes first, a list of what is denied
//   SystemCallErrorNumber=EPERM             what a denied call gets, where that is an error and not the end
//   SystemCallArchitectures=native x86      which calls are let in
//
// Names of keys may be left out; each word then has its own `~`: `@system-service ~@mount`.

import { BpfError, type Place } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import { actionValue } from './action.js';
import { type Arch, archOf, knownSyscalls } from './arch.js';
import { type CallName, type DocumentRule, noDemands, type PolicyDocument } from './document.js';
import { errnoOf } from './errno.js';
import { groupText } from './tables/groups.js';

/** The groups of systemd, each with its members: calls, and other groups. */
export function systemdGroups(): ReadonlyMap<string, readonly string[]> {
  groups ??= new Map(
    groupText
      .trim()
      .split(/\n(?=@)/)
      .map((text) => text.split(/\s+/))
      .map(([name = '', ...members]) => [name, members]),
  );
  return groups;
}

let groups: ReadonlyMap<string, readonly string[]> | undefined;

/** The calls of a group, of those in it as well; `@known` is every call. undefined where there is no such group. */
export function groupCalls(name: string): readonly string[] | undefined {
  if (name === '@known') return [...knownSyscalls()];
  const members = systemdGroups().get(name);
  return members?.flatMap((member) => (member.startsWith('@') ? (groupCalls(member) ?? []) : [member]));
}

/**
 * Reads lines of a unit, or words.
 * @throws BpfError 'name' for an unknown key, group, call or error, 'syntax' for a line that is none, with the place
 */
export function readSystemd(source: string): PolicyDocument {
  const state = new State(source);
  for (const line of linesOf(source)) state.line(line);
  return state.document();
}

interface Word {
  readonly text: string;
  readonly start: number;
}

interface Line {
  readonly key: string | undefined;
  readonly words: readonly Word[];
}

const keys = ['SystemCallFilter', 'SystemCallErrorNumber', 'SystemCallArchitectures'];

function linesOf(source: string): Line[] {
  return [...source.matchAll(/[^\n]+/g)].flatMap(({ 0: text, index }) => {
    if (/^\s*(?:[#;]|\[.*\]\s*$|$)/.test(text)) return [];
    const [, key] = /^\s*(\w+)\s*=/.exec(text) ?? [];
    if (key !== undefined && !keys.includes(key)) {
      const place = { source, start: index + text.indexOf(key), end: index + text.indexOf(key) + key.length };
      throw new BpfError('name', `unknown key '${key}'`, { place, suggestion: nearest(key, keys) });
    }
    const from = key === undefined ? 0 : text.indexOf('=') + 1;
    const words = [...text.slice(from).matchAll(/\S+/g)];
    return [{ key, words: words.map((word) => ({ text: word[0], start: index + from + word.index })) }];
  });
}

/** What the lines so far say. */
class State {
  readonly #source: string;
  readonly #listed = new Map<string, { readonly errno: number | undefined; readonly name: CallName }>();
  /** Whether the list is of what is allowed; undefined as long as nothing is listed. */
  #allows: boolean | undefined;
  #errno: number | undefined;
  readonly #arches: Arch[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  line({ key, words }: Line): void {
    if (key === 'SystemCallErrorNumber') for (const word of words) this.#errno = this.#errnoOf(word, word.text);
    else if (key === 'SystemCallArchitectures') for (const word of words) this.#arches.push(...this.#archOf(word));
    else this.#filter(words, key !== undefined);
  }

  /** @param whole whether a `~` before the first word is for all of them */
  #filter(words: readonly Word[], whole: boolean): void {
    const all = whole && words[0]?.text.startsWith('~') === true;
    for (const word of words) {
      const isTaken = all || word.text.startsWith('~');
      this.#allows ??= !isTaken;
      this.#list(word, isTaken);
    }
  }

  #list(word: Word, isTaken: boolean): void {
    const [name = '', errno] = word.text.replace(/^~/, '').split(':');
    const isListed = isTaken !== this.#allows;
    const number = errno === undefined || errno === 'kill' ? undefined : this.#errnoOf(word, errno);
    for (const call of this.#calls(word, name)) {
      if (!isListed) this.#listed.delete(call);
      else this.#listed.set(call, { errno: number, name: { name: call, path: word.text, place: this.#place(word) } });
    }
  }

  #calls(word: Word, name: string): readonly string[] {
    if (name.startsWith('@')) {
      const calls = groupCalls(name);
      if (calls !== undefined) return calls;
      throw this.#unknown(word, `unknown group '${name}'`, nearest(name, [...systemdGroups().keys(), '@known']));
    }
    if (knownSyscalls().has(name)) return [name];
    throw this.#unknown(word, `unknown system call '${name}'`, nearest(name, knownSyscalls()));
  }

  #errnoOf(word: Word, text: string): number | undefined {
    if (text === 'kill') return undefined;
    const number = /^\d{1,4}$/.test(text) ? Number(text) : errnoOf(text);
    if (number !== undefined && number > 0 && number <= 4095) return number;
    throw this.#unknown(word, `unknown error '${text}'`, undefined);
  }

  #archOf(word: Word): readonly Arch[] {
    if (word.text === 'native') return [];
    const arch = archOf(
      word.text
        .replace(/^x86-64$/, 'x86_64')
        .replace(/^x86$/, 'i386')
        .replace(/^arm64$/, 'aarch64'),
    );
    if (arch !== undefined) return [arch];
    throw this.#unknown(word, `unknown architecture '${word.text}'`, undefined);
  }

  document(): PolicyDocument {
    if (this.#allows === undefined) throw nothing(this.#source);
    const denied = this.#errno === undefined ? actionValue('KILL_PROCESS') : actionValue('ERRNO', this.#errno);
    const allows = this.#allows;
    const always = allows
      ? (groupCalls('@default') ?? []).map((name) => ({ name, path: '@default', place: undefined }))
      : [];
    const rules = [...this.#listed.values()].map(({ errno, name }) => ({
      name,
      action: allows ? actionValue('ALLOW') : errno === undefined ? denied : actionValue('ERRNO', errno),
    }));
    const implied = always.filter(({ name }) => !this.#listed.has(name));
    return {
      defaultOrigin: { path: 'SystemCallFilter', place: undefined },
      defaultAction: allows ? denied : actionValue('ALLOW'),
      arches: this.#arches,
      archMap: undefined,
      flags: [],
      rules: grouped([...rules, ...implied.map((name) => ({ name, action: actionValue('ALLOW') }))]),
      warnings: [],
    };
  }

  #place({ text, start }: Word): Place {
    return { source: this.#source, start, end: start + text.length };
  }

  #unknown(word: Word, message: string, suggestion: string | undefined): BpfError {
    return new BpfError('name', message, { place: this.#place(word), suggestion });
  }
}

/** A text that lists nothing would allow everything. */
function nothing(source: string): BpfError {
  const place = { source, start: source.length, end: source.length };
  return new BpfError('syntax', 'expected a list of system calls or a profile in JSON, found nothing', { place });
}

/** One rule for all calls of a word that have one answer. */
function grouped(calls: readonly { readonly name: CallName; readonly action: number }[]): DocumentRule[] {
  const rules = new Map<string, { names: CallName[]; action: number }>();
  for (const { name, action } of calls) {
    const key = `${action} ${name.path} ${name.place?.start}`;
    const rule = rules.get(key) ?? { names: [], action };
    rules.set(key, rule);
    rule.names.push(name);
  }
  return [...rules.values()].map(({ names, action }) => ({
    ...{ names, action, conditions: [], includes: noDemands, excludes: noDemands },
    origin: { path: names[0]?.path ?? '', place: names[0]?.place },
  }));
}
