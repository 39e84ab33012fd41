// The fields of a JSON document, each with its path: what is wrong with one is told with both path and place.
//
//   syscalls[3].args[0].index: expected a whole number from 0 to 5, found 9

import { BpfError, type ErrorCode, type Place } from '../base/error.js';
import { type JsonObject, type JsonValue, parseJson } from '../base/json.js';
import { nearest } from '../base/nearest.js';

/** A value of a document. */
export interface Field {
  readonly source: string;
  readonly path: string;
  readonly value: JsonValue;
}

/** The whole of a document. @throws BpfError 'syntax' when it is no JSON */
export function documentField(source: string): Field {
  return { source, path: '', value: parseJson(source) };
}

export function placeOf({ source, value }: Field): Place {
  return { source, ...value.span };
}

/** An error about a field: its path, then what is wrong. */
export function fieldError(field: Field, code: ErrorCode, what: string, suggestion?: string): BpfError {
  const path = field.path === '' ? '' : `${field.path}: `;
  return new BpfError(code, `${path}${what}`, { place: placeOf(field), suggestion });
}

/** A field of an object, or undefined where it is missing or null, as Go and C take it. */
export function member(field: Field, name: string): Field | undefined {
  const found = objectOf(field).members.get(name);
  if (found === undefined || found.value.kind === 'null') return undefined;
  return { source: field.source, path: field.path === '' ? name : `${field.path}.${name}`, value: found.value };
}

/** @throws BpfError 'type' when there is none */
export function required(field: Field, name: string): Field {
  const found = member(field, name);
  if (found === undefined) throw fieldError(field, 'type', `expected a field '${name}'`);
  return found;
}

export function items(field: Field): readonly Field[] {
  if (field.value.kind !== 'list') throw mismatch(field, 'a list');
  return field.value.items.map((value, at) => ({ ...field, path: `${field.path}[${at}]`, value }));
}

export function text(field: Field): string {
  if (field.value.kind !== 'text') throw mismatch(field, 'text');
  return field.value.value;
}

export function texts(field: Field | undefined): readonly string[] {
  return field === undefined ? [] : items(field).map(text);
}

/** A whole number, exactly. @throws BpfError 'type' when it is none, 'range' when it is too small or too large */
export function whole(field: Field, least: bigint, most: bigint): bigint {
  if (field.value.kind !== 'number' || field.value.whole === undefined) throw mismatch(field, 'a whole number');
  const { whole: number } = field.value;
  if (number >= least && number <= most) return number;
  throw fieldError(field, 'range', `expected a whole number from ${least} to ${most}, found ${number}`);
}

/** One of some words. */
export function word<W extends string>(field: Field, known: readonly W[]): W {
  const given = text(field);
  const found = known.find((each) => each === given);
  if (found !== undefined) return found;
  throw fieldError(field, 'name', `unknown word '${given}'`, nearest(given, known));
}

/** The names of an object's fields that are not known, each as a field whose place is the name's. */
export function unknownMembers(field: Field, known: readonly string[]): readonly (Field & { readonly name: string })[] {
  return [...objectOf(field).members]
    .filter(([name]) => !known.includes(name))
    .map(([name, { name: span }]) => ({
      ...{ source: field.source, path: field.path === '' ? name : `${field.path}.${name}`, name },
      value: { kind: 'text', value: name, span },
    }));
}

function objectOf(field: Field): JsonObject {
  if (field.value.kind !== 'object') throw mismatch(field, 'an object');
  return field.value;
}

function mismatch(field: Field, expected: string): BpfError {
  return fieldError(field, 'type', `expected ${expected}, found ${kind(field.value)}`);
}

function kind(value: JsonValue): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(value.value);
    case 'number':
      return String(value.whole ?? value.value);
    case 'text':
      return 'text';
    case 'list':
      return 'a list';
    case 'object':
      return 'an object';
  }
}
