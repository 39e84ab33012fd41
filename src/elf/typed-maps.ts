// Maps that are defined by types: each variable of the section `.maps` is a structure whose members' types say what the map is.
//
//   int (*max_entries)[256]      a number: so many elements
//   struct key *key              a type: its size
//   struct inner *values[]       what is in it: maps of this shape, or programs; which ones, relocations say

import { BpfError } from '../base/error.js';
import { type MapType, mapTypeOf } from '../ebpf/map.js';
import type { Btf, BtfType, Placed } from './btf.js';
import type { Section } from './file.js';
import { Initial } from './initial.js';
import { badMap, type ObjectMap, type ObjectParts, type PlacedMap } from './map.js';

export function typedMaps(parts: ObjectParts, section: Section): readonly PlacedMap[] {
  const { btf } = parts;
  const type = btf?.section(section.name);
  if (btf === undefined || type === undefined) {
    const message = `section '${section.name}' defines maps by types, and the object has none of them: compile it with -g`;
    throw new BpfError('encoding', message);
  }
  const placed = variablesIn(parts, section, btf, btf.placed(type));
  const initial = new Initial(parts, section);
  const maps = placed.map((each, index) => {
    const { spec, valuesAt } = mapOf(btf, each, section);
    const end = placed[index + 1]?.offset ?? section.size;
    const values = valuesAt === undefined ? [] : initial.between(each.offset + valuesAt, end);
    return { map: { ...spec, initial: values }, section: section.index, offset: each.offset, isData: false };
  });
  initial.expectAllUsed();
  return maps;
}

/** In order. Where a global variable lies its symbol says: types are only right where their relocations are still there. */
function variablesIn({ symbols }: ObjectParts, section: Section, btf: Btf, placed: readonly Placed[]): Placed[] {
  const own = symbols.filter((symbol) => symbol.section === section.index && !symbol.isLocal);
  const values = new Map(own.map(({ name, value }) => [name, value]));
  const variables = placed.map((each) => ({ ...each, offset: values.get(btf.name(each.variable)) ?? each.offset }));
  variables.sort((a, b) => a.offset - b.offset);
  for (const [index, { variable, offset }] of variables.entries()) {
    const before = variables[index - 1];
    if (before?.offset !== offset) continue;
    throw badMap(btf.name(variable), `it begins at byte ${offset}, where map '${btf.name(before.variable)}' does`);
  }
  return variables;
}

interface Defined {
  readonly spec: Omit<ObjectMap, 'initial'>;
  /** Where in the variable its initial values begin. */
  readonly valuesAt: number | undefined;
}

function mapOf(btf: Btf, { variable, offset, size }: Placed, section: Section): Defined {
  const name = btf.name(variable);
  if (variable.kind !== 'variable')
    throw badMap(name, `type ${variable.id} is a ${variable.kind}, expected a variable`);
  if (offset + size > section.size) {
    throw badMap(
      name,
      `it takes bytes ${offset} to ${offset + size} of section '${section.name}', which has ${section.size}`,
    );
  }
  return new Definition(btf, name).read(btf.bare(variable.sizeOrType));
}

/** More than there are names of members. */
const mostMembers = 32;

/** What the members say, one after the other. */
class Definition {
  readonly #btf: Btf;
  readonly #name: string;
  readonly #numbers = new Map<string, number>();
  #values: { readonly at: number; readonly element: BtfType } | undefined;

  constructor(btf: Btf, name: string) {
    this.#btf = btf;
    this.#name = name;
  }

  read(type: BtfType): Defined {
    if (type.kind !== 'struct') throw badMap(this.#name, `type ${type.id} is a ${type.kind}, expected a struct`);
    if (type.count > mostMembers) throw badMap(this.#name, `its definition has ${type.count} members`);
    for (const { name, type: member, bitOffset } of this.#btf.members(type)) this.#member(name, member, bitOffset);
    return this.#defined();
  }

  #member(name: string, type: number, bitOffset: number): void {
    switch (name) {
      case 'type':
      case 'max_entries':
      case 'map_flags':
      case 'key_size':
      case 'value_size':
      case 'pinning':
        this.#set(name, this.#number(name, type));
        return;
      case 'key':
      case 'value':
        this.#set(`${name}_size`, this.#btf.sizeOf(this.#pointedAt(name, type)));
        return;
      case 'values':
        this.#values = { at: bitOffset / 8, element: this.#element(type) };
        return;
      case 'numa_node':
      case 'map_extra':
        return; // where it lies in memory, and settings of maps that aren't built: nothing that a program sees
      default:
        throw badMap(this.#name, `its definition has a member '${name}', which isn't known`);
    }
  }

  /** A size may be told twice, by a number and by a type. */
  #set(what: string, value: number): void {
    const before = this.#numbers.get(what);
    if (before !== undefined && before !== value)
      throw badMap(this.#name, `its ${what} is ${before}, and ${value} as well`);
    this.#numbers.set(what, value);
  }

  #number(name: string, type: number): number {
    const array = this.#btf.bare(this.#pointedAt(name, type));
    if (array.kind === 'array') return this.#btf.array(array).length;
    throw badMap(this.#name, `'${name}' points to a ${array.kind}, expected an array of so many elements`);
  }

  #pointedAt(name: string, type: number): number {
    const pointer = this.#btf.bare(type);
    if (pointer.kind === 'pointer') return pointer.sizeOrType;
    throw badMap(this.#name, `'${name}' is a ${pointer.kind}, expected a pointer`);
  }

  #element(type: number): BtfType {
    const array = this.#btf.bare(type);
    if (array.kind !== 'array') throw badMap(this.#name, `'values' is a ${array.kind}, expected an array`);
    return this.#btf.bare(this.#pointedAt('values', this.#btf.array(array).element));
  }

  #defined(): Defined {
    const type = this.#type();
    const isOfMaps = type === 'array_of_maps' || type === 'hash_of_maps';
    if (this.#values !== undefined) {
      if (!isOfMaps && type !== 'prog_array') throw badMap(this.#name, `a map of type ${type} has no 'values'`);
      this.#set('value_size', 4);
    }
    const pinning = this.#numbers.get('pinning') ?? 0;
    if (pinning > 1) throw badMap(this.#name, `its pinning is ${pinning}, expected 0 or 1`);
    return {
      spec: {
        name: this.#name,
        type,
        keySize: this.#numbers.get('key_size') ?? 0,
        valueSize: this.#numbers.get('value_size') ?? 0,
        maxEntries: this.#numbers.get('max_entries') ?? 0,
        flags: this.#numbers.get('map_flags') ?? 0,
        ...(isOfMaps && this.#values !== undefined && { inner: this.#inner(this.#values.element) }),
        pinned: pinning === 1,
      },
      valuesAt: this.#values?.at,
    };
  }

  #type(): MapType {
    const number = this.#numbers.get('type');
    if (number === undefined) throw badMap(this.#name, 'its definition has no type');
    const type = mapTypeOf(number);
    if (type === undefined) throw badMap(this.#name, `there is no type ${number} of maps`);
    return type;
  }

  #inner(type: BtfType): NonNullable<ObjectMap['inner']> {
    const { spec, valuesAt } = new Definition(this.#btf, `${this.#name}.inner`).read(type);
    if (spec.inner !== undefined || valuesAt !== undefined)
      throw badMap(this.#name, 'maps in maps have no maps in them');
    const { name: _, pinned: __, ...inner } = spec;
    return inner;
  }
}
