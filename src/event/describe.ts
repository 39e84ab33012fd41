// Records that no kernel wrote: a program says what they look like.

import { expectObject } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import { type EventField, type EventFormat, kindOf, mostRecordBytes } from './format.js';

/** Numbers in the processor's byte order. */
const numberTypes = {
  u8: { size: 1, signed: false },
  u16: { size: 2, signed: false },
  u32: { size: 4, signed: false },
  u64: { size: 8, signed: false },
  s8: { size: 1, signed: true },
  s16: { size: 2, signed: true },
  s32: { size: 4, signed: true },
  s64: { size: 8, signed: true },
  bool: { size: 1, signed: false },
} as const;

const locatedTypes: readonly string[] = ['__data_loc char[]', '__rel_loc char[]'];

/**
 * A number; text in so many bytes, ended by 0 if it is shorter; or text elsewhere in the record, of which the field holds the
 * offset (16 bits, from the record's start or from the field's end) and behind it the length (16 bits).
 */
export type EventFieldType = keyof typeof numberTypes | `char[${number}]` | '__data_loc char[]' | '__rel_loc char[]';

/** A type, or a type and the byte at which the field begins; by default it begins where the one before it ends. */
export type EventFieldDescription = EventFieldType | { readonly type: EventFieldType; readonly offset: number };

/**
 * The format of records that a program describes: their fields in order, without gaps but those that offsets make.
 *
 *     eventFormat({ pid: 'u32', comm: 'char[16]', latency: { type: 'u64', offset: 24 } })
 *
 * @param name what messages call the records
 * @throws BpfError 'name' when a name or a type isn't one, 'range' when a field lies beyond 65535 bytes
 */
export function eventFormat(fields: Readonly<Record<string, EventFieldDescription>>, name = 'record'): EventFormat {
  expectObject(fields, 'the fields of a record');
  const described: EventField[] = [];
  for (const [fieldName, description] of Object.entries(fields)) {
    if (typeof description !== 'string')
      expectObject(description, `the type of field '${fieldName}' as text, or it with its offset`);
    const last = described.at(-1);
    const end = last === undefined ? 0 : last.offset + last.size;
    described.push(fieldOf(fieldName, end, typeof description === 'string' ? { type: description } : description));
  }
  if (described.length === 0) throw new BpfError('usage', 'expected a record with one field at least');
  const size = Math.max(...described.map((field) => field.offset + field.size));
  return { name, id: undefined, fields: described, size, print: undefined };
}

interface Placed {
  readonly type: string;
  readonly offset?: number;
}

function fieldOf(name: string, end: number, { type, offset: at = end }: Placed): EventField {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new BpfError('name', `expected the name of a field as a word, got '${name}'`);
  const { size, signed } = layoutOf(name, type);
  if (!Number.isInteger(at) || at < 0 || at + size > mostRecordBytes) {
    throw new BpfError('range', `field '${name}' has to lie in the first ${mostRecordBytes} bytes, and not at ${at}`);
  }
  return { name, type, kind: kindOf(type), offset: at, size, signed, common: false };
}

function layoutOf(name: string, type: string): { readonly size: number; readonly signed: boolean } {
  const known = Object.entries(numberTypes).find(([each]) => each === type)?.[1];
  if (known !== undefined) return known;
  const length = /^char\[(\d{1,5})\]$/.exec(String(type))?.[1];
  if (length !== undefined && Number(length) > 0) return { size: Number(length), signed: false };
  if (locatedTypes.includes(type)) return { size: 4, signed: false };
  const types = [...Object.keys(numberTypes), 'char[16]', ...locatedTypes];
  throw new BpfError('name', `field '${name}' has the unknown type '${type}'`, {
    suggestion: nearest(String(type), types),
  });
}
