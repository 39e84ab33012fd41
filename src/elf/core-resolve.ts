// What is open, looked up in the kernel's types, as libbpf does it: a type of the object's is found there by its name and kind, and
// a part of it by the names on the way.

import { BpfError } from '../base/error.js';
import { Btf, type BtfType } from './btf.js';
import { isOfMember, isOfValue, type Open, openKinds } from './core.js';
import { isEnum, kernelPath, ownPath, type Reached } from './core-path.js';
import { Part } from './part.js';

/** What an instruction is to hold, and what it holds as the compiler left it. */
export interface Answer {
  readonly value: bigint;
  /** Undefined where the compiler couldn't know. */
  readonly own: bigint | undefined;
  /** Where it is an offset: how many bytes are there, in the kernel and in the object; undefined for a bit field. */
  readonly bytes?: { readonly kernel: number; readonly own: number } | undefined;
}

const byteBits = 8;
const wordBits = 64;

/** The kernel's types, as `/sys/kernel/btf/vmlinux` has them. */
export class KernelTypes {
  readonly #btf: Btf;
  #byName: ReadonlyMap<string, readonly number[]> | undefined;

  /** @throws BpfError 'encoding' when the bytes are no types */
  constructor(bytes: Uint8Array) {
    this.#btf = new Btf(new Part("the kernel's types", bytes, bytes[0] === 0x9f ? 'little' : 'big'));
  }

  /**
   * The answer to what is open; `absent` where the kernel has no such thing, `differs` where types of the same name
   * differ in it, `unasked` where whole types would have to be compared.
   */
  answer(own: Btf, open: Open): Answer | 'absent' | 'differs' | 'unasked' {
    if (open.kind >= openKinds.typeMatches) return 'unasked';
    const answers = this.#candidates(own, own.type(open.type)).flatMap((id) => this.#in(own, open, id) ?? []);
    const [first] = answers;
    if (first === undefined) return asksWhether(open.kind) ? { value: 0n, own: 1n } : 'absent';
    return answers.every(({ value }) => value === first.value) ? first : 'differs';
  }

  #in(own: Btf, open: Open, id: number): Answer | undefined {
    if (isOfMember(open.kind)) return this.#ofMember(own, open, id);
    if (isOfValue(open.kind)) return this.#ofValue(own, open, id);
    switch (open.kind) {
      case openKinds.kernelType:
        return { value: BigInt(id), own: undefined };
      case openKinds.typeSize:
        return { value: BigInt(this.#btf.sizeOf(id)), own: BigInt(own.sizeOf(open.type)) };
      default:
        return { value: 1n, own: 1n };
    }
  }

  #ofMember(own: Btf, { kind, type, path }: Open, id: number): Answer | undefined {
    const { steps, reached } = ownPath(own, type, path);
    const found = kernelPath(own, steps, this.#btf, id);
    if (found === undefined) return undefined;
    const isBitField = reached.bits > 0 || found.bits > 0;
    const bytes = { kernel: placed(this.#btf, found).size, own: placed(own, reached).size };
    return {
      value: memberValue(this.#btf, kind, found),
      own: isBitField ? undefined : memberValue(own, kind, reached),
      ...(kind === openKinds.offset && !isBitField && { bytes }),
    };
  }

  #ofValue(own: Btf, { kind, type, path }: Open, id: number): Answer | undefined {
    const mine = own.enumerators(own.bare(type))[path[0] ?? 0];
    if (mine === undefined) throw new BpfError('encoding', `type ${type} of the object has no value ${path[0]}`);
    const name = essential(mine.name);
    const found = this.#btf.enumerators(this.#btf.bare(id)).find((each) => essential(each.name) === name);
    if (found === undefined) return undefined;
    return kind === openKinds.valueExists ? { value: 1n, own: 1n } : { value: found.value, own: mine.value };
  }

  /** Types that may be meant: of the same name, but for what stands behind three underscores, and of the same kind. */
  #candidates(own: Btf, type: BtfType): readonly number[] {
    this.#byName ??= this.#index();
    const named = this.#byName.get(essential(own.name(type))) ?? [];
    return named.filter((id) => {
      const { kind } = this.#btf.type(id);
      return kind === type.kind || (isEnum(type) && (kind === 'enum' || kind === 'enum64'));
    });
  }

  #index(): ReadonlyMap<string, readonly number[]> {
    const found = new Map<string, number[]>();
    for (let id = 1; id < this.#btf.count; id++) {
      const name = essential(this.#btf.name(this.#btf.type(id)));
      const list = found.get(name);
      if (name === '') continue;
      if (list === undefined) found.set(name, [id]);
      else list.push(id);
    }
    return found;
  }
}

function asksWhether(kind: number): boolean {
  return kind === openKinds.exists || kind === openKinds.typeExists || kind === openKinds.valueExists;
}

/** `task_struct` of `task_struct___old`: what stands behind makes one of several definitions. */
function essential(name: string): string {
  return name.replace(/(?<=[^_])___[^_].*$/s, '');
}

/** The bytes that are loaded to get at something: of a bit field, those of the words that it lies in. */
function placed(btf: Btf, { bitOffset, type, bits }: Reached): { readonly start: number; readonly size: number } {
  let size = btf.sizeOf(type);
  if (bits === 0 || size === 0) return { start: Math.floor(bitOffset / byteBits), size };
  const start = () => Math.floor(bitOffset / byteBits / size) * size;
  while (size < wordBits / byteBits && bitOffset + bits - start() * byteBits > size * byteBits) size *= 2;
  return { start: start(), size };
}

function memberValue(btf: Btf, kind: number, reached: Reached): bigint {
  const { start, size } = placed(btf, reached);
  const bits = reached.bits || size * byteBits;
  switch (kind) {
    case openKinds.offset:
      return BigInt(start);
    case openKinds.size:
      return BigInt(size);
    case openKinds.signed:
      return btf.isSigned(btf.bare(reached.type)) ? 1n : 0n;
    case openKinds.shiftLeft:
      return BigInt(wordBits - (reached.bitOffset + bits - start * byteBits));
    case openKinds.shiftRight:
      return BigInt(wordBits - bits);
    default:
      return 1n;
  }
}
