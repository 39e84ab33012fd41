// What a compiler leaves open until the kernel's types are known ("compile once, run everywhere", CO-RE): where a member of a
// structure lies, whether there is one, what an enumerator's value is. A record names a type of the object's, and a path from there.

import { BpfError } from '../base/error.js';
import type { Btf, BtfType, Member } from './btf.js';
import { type Records, readRecords } from './extra.js';
import type { Part } from './part.js';

export interface Open {
  /** The byte of its section at which the instruction begins that waits for it. */
  readonly offset: number;
  readonly kind: number;
  /** The type's number, in the object. */
  readonly type: number;
  /** An index for each step: elements behind the first one, then members and elements; or of an enumerator. */
  readonly path: readonly number[];
  /** What is wanted to be known, in words: `the offset of 'task_struct.pid'`. */
  readonly what: string;
}

export const openKinds = {
  ...{ offset: 0, size: 1, exists: 2, signed: 3, shiftLeft: 4, shiftRight: 5 },
  ...{ ownType: 6, kernelType: 7, typeExists: 8, typeSize: 9, valueExists: 10, value: 11, typeMatches: 12 },
} as const;

/** By number: what of a type is wanted. */
const wanted = [
  'the offset of',
  'the size of',
  'whether there is',
  'whether there is a sign in',
  'the shift to the left for',
  'the shift to the right for',
  'the number of',
  "the kernel's number of",
  'whether there is',
  'the size of',
  'whether there is',
  'the value of',
  'whether the kernel has the same',
] as const;

export function isOfMember(kind: number): boolean {
  return kind <= openKinds.shiftRight;
}

export function isOfValue(kind: number): boolean {
  return kind === openKinds.valueExists || kind === openKinds.value;
}

/** What is open, by sections: not the numbers of types in the object itself, which the compiler has written. */
export function readOpen(btf: Btf, extra: Part): Records<Open> {
  const records = readRecords(extra, btf, 'core', (part, at) => {
    const [offset, type, pathAt, kind] = [part.u32(at), part.u32(at + 4), part.u32(at + 8), part.u32(at + 12)];
    if (kind === openKinds.ownType) return [];
    const path = pathOf(btf.text(pathAt, 'a path of members'));
    const what = `${wanted[kind] ?? `something (${kind}) of`} '${subject(btf, kind, type, path)}'`;
    return [{ offset, kind, type, path, what }];
  });
  return new Map([...records].map(([section, lists]) => [section, lists.flat()]));
}

/** `0:2:1`: numbers with colons between. */
function pathOf(text: string): readonly number[] {
  if (/^\d{1,9}(?::\d{1,9})*$/.test(text)) return text.split(':').map(Number);
  throw new BpfError('encoding', `expected a path of members as numbers with colons between, found '${text}'`);
}

/** `task_struct.pid`, or `bpf_func_id.BPF_FUNC_loop`. */
function subject(btf: Btf, kind: number, id: number, path: readonly number[]): string {
  const type = btf.bare(id);
  const name = btf.name(btf.type(id)) || btf.name(type) || `an unnamed ${type.kind}`;
  if (isOfMember(kind)) return [name, ...members(btf, type, path.slice(1))].join('.');
  if (isOfValue(kind)) return `${name}.${btf.enumerators(type)[path[0] ?? 0]?.name ?? `[${path[0]}]`}`;
  return name;
}

/** The names along a path; what a number leads to that isn't there stays a number. */
function members(btf: Btf, from: BtfType, path: readonly number[]): string[] {
  let type: BtfType | undefined = from;
  const names: string[] = [];
  for (const index of path) {
    const isArray: boolean = type?.kind === 'array';
    const member: Member | undefined = type !== undefined && !isArray ? btf.members(type)[index] : undefined;
    if (member?.name !== '') names.push(member?.name ?? `[${index}]`);
    if (type !== undefined && isArray) type = btf.bare(btf.array(type).element);
    else type = member === undefined ? undefined : btf.bare(member.type);
  }
  return names;
}
