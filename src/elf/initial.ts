// What maps of programs and of maps have in them at the start: relocations of their definitions say it.

import { BpfError } from '../base/error.js';
import type { Section } from './file.js';
import type { ObjectMap, ObjectParts } from './map.js';
import { type Relocation, relocationTypes, symbolTypes } from './symbols.js';

const pointerBytes = 8;
/** LLVM before version 13 wrote the type of wide loads. */
const forPointers: readonly number[] = [relocationTypes.data64, relocationTypes.wide];

export class Initial {
  readonly #section: Section;
  /** In the order of their places. */
  readonly #relocations: readonly Relocation[];
  /** The names of symbols, by section and offset: of something static, a relocation tells only those. */
  readonly #names: ReadonlyMap<string, string>;
  #used = 0;

  constructor({ symbols, relocations }: ObjectParts, section: Section) {
    this.#section = section;
    this.#relocations = [...relocations.of(section).values()].sort((a, b) => a.offset - b.offset);
    const named = this.#relocations.length === 0 ? [] : symbols.filter(({ type }) => type !== symbolTypes.section);
    this.#names = new Map(named.map((symbol) => [`${symbol.section}:${symbol.value}`, symbol.name]));
  }

  /** The values that stand between two bytes of the section. They are asked for in order. */
  between(start: number, end: number): ObjectMap['initial'] {
    const values: { index: number; name: string }[] = [];
    for (let next = this.#next; next !== undefined && next.offset < end; next = this.#next) {
      const index = (next.offset - start) / pointerBytes;
      if (!forPointers.includes(next.type) || index < 0 || !Number.isInteger(index)) throw this.#unexpected(next);
      values.push({ index, name: this.#name(next) });
      this.#used++;
    }
    return values;
  }

  /** @throws BpfError 'encoding' when there is a relocation that belongs to no value */
  expectAllUsed(): void {
    if (this.#next !== undefined) throw this.#unexpected(this.#next);
  }

  /** The first one that is not used. */
  get #next(): Relocation | undefined {
    return this.#relocations[this.#used];
  }

  #name({ offset, symbol }: Relocation): string {
    if (symbol.type !== symbolTypes.section) return symbol.name;
    const value = this.#section.content.u64(offset);
    return this.#names.get(`${symbol.section}:${value}`) ?? `${symbol.name}+${value}`;
  }

  #unexpected({ offset, type }: Relocation): BpfError {
    return new BpfError(
      'encoding',
      `byte ${offset} of section '${this.#section.name}' has a relocation of type ${type}`,
    );
  }
}
