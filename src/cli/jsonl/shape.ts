// What a request must look like, as values: a shape takes a JSON value and the name of the field that held it, and returns
// the value with its type, or refuses it in one sentence.

import { BpfError } from '../../base/error.js';
import { nearest } from '../../base/nearest.js';

export type Shape<T> = (value: unknown, field: string) => T;

/** The type that a shape makes sure of. */
export type Shaped<S> = S extends Shape<infer T> ? T : never;

type Shapes = Readonly<Record<string, Shape<unknown>>>;
type Fields<R extends Shapes, O extends Shapes> = { readonly [K in keyof R]: Shaped<R[K]> } & {
  readonly [K in keyof O]?: Shaped<O[K]>;
};

export const text: Shape<string> = (value, field) => (typeof value === 'string' ? value : refuse(field, 'text', value));

export const truth: Shape<boolean> = (value, field) =>
  typeof value === 'boolean' ? value : refuse(field, 'true or false', value);

/** A whole number. A number of the wrong kind is a fault of shape, one outside the limits a fault of range. */
export function whole(least: number, most: number): Shape<number> {
  return (value, field) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return refuse(field, 'a whole number', value);
    if (value >= least && value <= most) return value;
    throw new BpfError('range', `expected '${field}' to be from ${least} to ${most}, got ${value}`);
  };
}

/** One of a few words. */
export function word<const W extends string>(words: readonly W[]): Shape<W> {
  return (value, field) => {
    const found = words.find((each) => each === value);
    if (found !== undefined) return found;
    const suggestion = typeof value === 'string' ? nearest(value, words) : undefined;
    return refuse(field, `one of ${words.join(', ')}`, value, suggestion);
  };
}

export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value, field) =>
    Array.isArray(value) ? value.map((each, i) => item(each, `${field}[${i}]`)) : refuse(field, 'a list', value);
}

/** A list of so many items, each of its own shape. */
export function tuple<const S extends readonly Shape<unknown>[]>(
  ...items: S
): Shape<{ readonly [K in keyof S]: Shaped<S[K]> }> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length !== items.length) {
      return refuse(field, `a list of ${items.length}`, value);
    }
    return items.map((item, i) => item(value[i], `${field}[${i}]`)) as { readonly [K in keyof S]: Shaped<S[K]> };
  };
}

/** Any names, each with a value of one shape. */
export function dictionary<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, field) => {
    if (!isObject(value)) return refuse(field, 'an object', value);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, item(each, `${field}.${name}`)]));
  };
}

/** One shape for one kind of JSON value, another shape for everything else. */
export function either<A, B>(is: (value: unknown) => boolean, then: Shape<A>, otherwise: Shape<B>): Shape<A | B> {
  return (value, field) => (is(value) ? then(value, field) : otherwise(value, field));
}

/** An object with these fields and no others. */
export function record<R extends Shapes, O extends Shapes>(required: R, optional: O): Shape<Fields<R, O>> {
  const shapes = new Map([...Object.entries(required), ...Object.entries(optional)]);
  return (value, field) => {
    if (!isObject(value)) return refuse(field, 'an object', value);
    const prefix = field === '' ? '' : `${field}.`;
    for (const name of Object.keys(required)) {
      if (!Object.hasOwn(value, name)) throw new BpfError('usage', `missing field '${prefix}${name}'`);
    }
    const fields = Object.entries(value).map(([name, each]) => {
      const shape = shapes.get(name);
      if (shape === undefined) throw unknownField(prefix, name, shapes.keys());
      return [name, shape(each, prefix + name)] as const;
    });
    return Object.fromEntries(fields) as Fields<R, O>;
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownField(prefix: string, name: string, known: Iterable<string>): BpfError {
  return new BpfError('usage', `unknown field '${prefix}${cut(name)}'`, { suggestion: nearest(cut(name), known) });
}

function refuse(field: string, expected: string, value: unknown, suggestion?: string): never {
  if (value === undefined) throw new BpfError('usage', `missing field '${field}'`);
  throw new BpfError('usage', `expected '${field}' to be ${expected}, got ${shown(value)}`, { suggestion });
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isObject(value)) return 'an object';
  return typeof value === 'string' ? `'${cut(value)}'` : String(value);
}

function cut(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}…` : word;
}
