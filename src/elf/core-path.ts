// A path from a type to a part of it: as the object's types have it, and the same, by names, in the kernel's.

import { BpfError } from '../base/error.js';
import type { Btf, BtfType, Member } from './btf.js';

/** A step that counts elements, or one that names a member. */
type Step = { readonly element: number } | { readonly member: string; readonly type: BtfType };

/** Where a path leads to. */
export interface Reached {
  /** From the start of the type, in bits. */
  readonly bitOffset: number;
  /** The number of the type of what is there. */
  readonly type: number;
  /** Of a bit field, how wide it is; else 0. */
  readonly bits: number;
}

export interface OwnPath {
  readonly steps: readonly Step[];
  readonly reached: Reached;
}

const byteBits = 8;
/** How many arrays may be in each other. */
const deepest = 32;

/** @throws BpfError 'encoding' when the object's types have no such path */
export function ownPath(btf: Btf, id: number, path: readonly number[]): OwnPath {
  const [first = 0, ...rest] = path;
  let reached: Reached = { bitOffset: first * btf.sizeOf(id) * byteBits, type: id, bits: 0 };
  const steps: Step[] = [{ element: first }];
  for (const index of rest) {
    const type = btf.bare(reached.type);
    const part = partAt(btf, type, index);
    if (part === undefined) {
      throw new BpfError('encoding', `the path ${path.join(':')} leads to nothing in type ${id} of the object`);
    }
    reached = { ...part, bitOffset: reached.bitOffset + part.bitOffset };
    if (type.kind === 'array') steps.push({ element: index });
    else if (part.name !== '') steps.push({ member: part.name, type: btf.bare(part.type) });
  }
  return { steps, reached };
}

function partAt(btf: Btf, type: BtfType, index: number): Member | undefined {
  if (type.kind !== 'array') return isComposite(type) ? btf.members(type)[index] : undefined;
  const { element } = btf.array(type);
  return { name: '', type: element, bitOffset: index * btf.sizeOf(element) * byteBits, bits: 0 };
}

/** The same path in a type of the kernel's; undefined where that has none. */
export function kernelPath(own: Btf, steps: readonly Step[], kernel: Btf, id: number): Reached | undefined {
  const [first, ...rest] = steps;
  const start = first !== undefined && 'element' in first ? first.element * kernel.sizeOf(id) * byteBits : 0;
  let reached: Reached = { bitOffset: start, type: id, bits: 0 };
  for (const step of rest) {
    const type = kernel.bare(reached.type);
    const part = 'element' in step ? elementOf(kernel, type, step.element) : memberOf(kernel, type, step.member);
    if (part === undefined) return undefined;
    if ('member' in step && !areAlike(own, step.type, kernel, kernel.bare(part.type))) return undefined;
    reached = { ...part, bitOffset: reached.bitOffset + part.bitOffset };
  }
  return reached;
}

function elementOf(kernel: Btf, type: BtfType, index: number): Reached | undefined {
  if (type.kind !== 'array') return undefined;
  const { element, length } = kernel.array(type);
  // An array of no elements at the end of a structure has as many as there is room for.
  if (index >= length && length > 0) return undefined;
  return { type: element, bitOffset: index * kernel.sizeOf(element) * byteBits, bits: 0 };
}

/** A member by its name, also of structures in this one that have no name themselves; each type is looked through once. */
function memberOf(kernel: Btf, type: BtfType, name: string, seen = new Set<number>()): Reached | undefined {
  if (!isComposite(type) || seen.has(type.id)) return undefined;
  seen.add(type.id);
  for (const member of kernel.members(type)) {
    if (member.name === name) return member;
    if (member.name !== '') continue;
    const inside = memberOf(kernel, kernel.bare(member.type), name, seen);
    if (inside !== undefined) return { ...inside, bitOffset: member.bitOffset + inside.bitOffset };
  }
  return undefined;
}

/** Whether a member is of a type that the program can take for its own: numbers may have another size, or sign. */
function areAlike(own: Btf, a: BtfType, kernel: Btf, b: BtfType, depth = 0): boolean {
  if (isComposite(a) && isComposite(b)) return true;
  if (isEnum(a) && isEnum(b)) return true;
  if (a.kind !== b.kind || depth > deepest) return false;
  if (a.kind !== 'array') return true;
  return areAlike(own, own.bare(own.array(a).element), kernel, kernel.bare(kernel.array(b).element), depth + 1);
}

function isComposite({ kind }: BtfType): boolean {
  return kind === 'struct' || kind === 'union';
}

export function isEnum({ kind }: BtfType): boolean {
  return kind === 'enum' || kind === 'enum64';
}
