// What a compiler leaves open until the kernel's types are known ("compile once, run everywhere", CO-RE): where a member of a
// structure lies, whether there is one, what an enumerator's value is.

import type { Btf, BtfType, Member } from './btf.js';
import { type Records, readRecords } from './extra.js';
import type { Part } from './part.js';

export interface Open {
  /** The byte of its section at which the instruction begins that waits for it. */
  readonly offset: number;
  /** What is wanted to be known. */
  readonly what: string;
}

/** By number: what of a type is wanted. */
const wanted = [
  'the offset of',
  'the size of',
  'whether there is',
  'whether there is a sign in',
  'the shift to the left for',
  'the shift to the right for',
  undefined, // the number of a type in the object's own types, which the compiler has written
  "the kernel's number of",
  'whether there is',
  'the size of',
  'whether there is',
  'the value of',
  'whether the kernel has the same',
] as const;

const [firstOfTypes, firstOfValues, matches] = [6, 10, 12];

/** What is open, by sections. @throws BpfError 'encoding' when a record isn't whole */
export function readOpen(btf: Btf, extra: Part): Records<Open> {
  const records = readRecords(extra, btf, 'core', (part, at) => {
    const [offset, type, path, kind] = [part.u32(at), part.u32(at + 4), part.u32(at + 8), part.u32(at + 12)];
    const what = wanted[kind];
    const isKnown = what === undefined && kind < wanted.length;
    return isKnown ? [] : [{ offset, what: `${what ?? `something (${kind}) of`} '${subject(btf, kind, type, path)}'` }];
  });
  return new Map([...records].map(([section, lists]) => [section, lists.flat()]));
}

/** `task_struct.pid`, or `bpf_func_id.BPF_FUNC_loop`. */
function subject(btf: Btf, kind: number, id: number, pathAt: number): string {
  const type = btf.bare(id);
  const name = btf.name(type) || btf.name(btf.type(id)) || `an unnamed ${type.kind}`;
  if (kind >= firstOfTypes && kind < firstOfValues) return name;
  if (kind >= matches) return name;
  const path = btf.text(pathAt, 'a path of members').split(':').map(Number);
  return [name, ...(kind < firstOfTypes ? members(btf, type, path.slice(1)) : enumerator(btf, type, path[0]))].join(
    '.',
  );
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

function enumerator(btf: Btf, type: BtfType, index = 0): string[] {
  const names = btf.enumerators(type);
  return [names[index] ?? `[${index}]`];
}
