// What names mean in a filter: the fields of the event, those that every event has, and what Linux knows beside the record.

import { nearest } from '../base/nearest.js';
import { eventPrefix } from '../env/event.js';
import type { NumberSource, TextSource } from './ast.js';
import type { EventField, EventFormat } from './format.js';

/** A field as a filter sees it. */
export interface NamedField extends Omit<EventField, 'common'> {
  readonly in: 'record' | 'prefix';
  /** It is no part of a record: the number of the processor, or what can't be compared at all. */
  readonly role?: 'processor' | 'stack';
}

const processor = { type: 'int', kind: 'number', offset: eventPrefix.processor, size: 4, signed: true } as const;
const task = { type: 'char[16]', kind: 'text', offset: eventPrefix.task, size: eventPrefix.taskBytes } as const;
const stack = { type: 'unsigned long[]', kind: 'number', offset: 0, size: 0, signed: false } as const;

const generic: readonly NamedField[] = [
  ...['CPU', 'cpu', 'common_cpu'].map((name) => ({ name, ...processor, in: 'prefix', role: 'processor' }) as const),
  ...['COMM', 'comm'].map((name) => ({ name, ...task, signed: false, in: 'prefix' }) as const),
  ...['stacktrace', 'STACKTRACE'].map((name) => ({ name, ...stack, in: 'prefix', role: 'stack' }) as const),
];

/** The field of a name: the event's own come first, then what is beside the record, then those that all events have. */
export function findField({ fields }: EventFormat, name: string): NamedField | undefined {
  const own = (common: boolean) => fields.find((field) => field.common === common && field.name === name);
  const of = (field: EventField | undefined): NamedField | undefined => field && { ...field, in: 'record' };
  return of(own(false)) ?? generic.find((field) => field.name === name) ?? of(own(true));
}

/** The name that may have been meant. */
export function nearestField({ fields }: EventFormat, name: string): string | undefined {
  return nearest(
    name,
    [...fields, ...generic].map((field) => field.name),
  );
}

/** The number that a field is; undefined where it has a size that no number has. */
export function numberOf({ in: where, offset, size, signed }: NamedField): NumberSource | undefined {
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return undefined;
  return { in: where, offset, size, signed };
}

/** The text that a field is or leads to; undefined where it is none, or lies in another memory. */
export function textOf({ in: where, kind, offset, size }: NamedField): TextSource | undefined {
  switch (kind) {
    case 'text':
      return { kind: 'fixed', in: where, offset, size };
    case 'located-text':
      return { kind: 'located', offset, from: 0 };
    case 'relative-text':
      return { kind: 'located', offset, from: offset + size };
    case 'number':
    case 'processors':
    case 'pointer-text':
      return undefined;
  }
}

/** Whether a filter compares the field with text. */
export function isText({ kind }: NamedField): boolean {
  return kind !== 'number' && kind !== 'processors';
}
