// What an event's record looks like: the `format` files of tracefs, as text.
//
//   name: signal_generate
//   ID: 213
//   format:
//       field:unsigned short common_type;  offset:0;  size:2;  signed:0;
//       …                                  an empty line behind the fields that all events have
//       field:char comm[16];  offset:20;  size:16;  signed:0;
//
//   print fmt: "sig=%d …", REC->sig, …

import { expectText } from '../base/argument.js';
import { BpfError, type ErrorCode } from '../base/error.js';

/** What filters take a field for; Linux goes by the words of its type (`filter_assign_type`). */
export type FieldKind =
  /** anything that is compared as a number: of 1, 2, 4 or 8 bytes, else nothing ever matches it */
  | 'number'
  /** text in an array of the record */
  | 'text'
  /** text elsewhere in the record: the field holds its offset and, in the upper half, its length */
  | 'located-text'
  /** the same, with an offset that counts from the end of the field */
  | 'relative-text'
  /** a located set of processors */
  | 'processors'
  /** the address of text in the traced process or the kernel */
  | 'pointer-text';

export interface EventField {
  readonly name: string;
  /** The type in C without the name: `unsigned short`, `char[16]`, `__data_loc char[]`. */
  readonly type: string;
  readonly kind: FieldKind;
  /** Bytes from the start of the record. */
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /** Whether every event has it: `common_pid`. */
  readonly common: boolean;
}

export interface EventFormat {
  readonly name: string;
  /** The number that `common_type` has in its records; undefined for records that no kernel wrote. */
  readonly id: number | undefined;
  readonly fields: readonly EventField[];
  /** How many bytes a record has at least. */
  readonly size: number;
  /** How the kernel prints an event: a format of printf and its arguments, as they stand behind `print fmt:`. */
  readonly print: string | undefined;
}

/** Located text is reached by 16 bits of offset: no record is longer. */
export const mostRecordBytes = 0xffff;

const fieldLine = /^\s*field:\s*(.+?)\s*;\s*offset:\s*(\d+);\s*size:\s*(\d+);(?:\s*signed:\s*([01]);)?\s*$/;
const declaration = /^(.*?)\s*([A-Za-z_]\w*)\s*((?:\[[^[\]]*\])*)$/;

/**
 * Reads a `format` file of tracefs.
 * @throws BpfError 'syntax' or 'range' with the line that is wrong
 */
export function parseEventFormat(text: string): EventFormat {
  expectText(text, 'a format');
  const lines = linesOf(text);
  const name = headOf(text, lines, 'name')!;
  const id = headOf(text, lines, 'ID', /^\d{1,9}$/);
  const fields = lines.filter(({ line }) => /^\s*field:/.test(line)).map((line) => fieldOf(text, line));
  if (fields.length === 0) throw fault('syntax', 'a format without fields', text, text.length, text.length);
  const print = lines.findIndex(({ line }) => line.startsWith('print fmt:'));
  return {
    name,
    id: id === undefined ? undefined : Number(id),
    fields,
    size: Math.max(...fields.map(({ offset, size }) => offset + size)),
    print: print < 0 ? undefined : text.slice(lines[print]!.start + 'print fmt:'.length).trim(),
  };
}

interface Line {
  readonly line: string;
  readonly start: number;
}

function linesOf(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((line) => {
    const at = { line, start };
    start += line.length + 1;
    return at;
  });
}

/** The value of a line `key: value` above the fields; only a name must be there. */
function headOf(text: string, lines: readonly Line[], key: string, form = /^\S+$/): string | undefined {
  const found = lines.find(({ line }) => line.startsWith(`${key}:`));
  if (found === undefined) {
    if (key !== 'name') return undefined;
    throw fault('syntax', "expected a format to begin with 'name:'", text, 0, firstLineEnd(text));
  }
  const value = found.line.slice(key.length + 1).trim();
  if (form.test(value)) return value;
  throw fault('syntax', `expected a value behind '${key}:'`, text, found.start, found.start + found.line.length);
}

function fieldOf(text: string, { line, start }: Line): EventField {
  const refuse = (code: ErrorCode, what: string) => fault(code, what, text, start, start + line.length);
  const [, declared, offset, size, signed] = fieldLine.exec(line) ?? [];
  if (declared === undefined) {
    throw refuse('syntax', "expected 'field:TYPE NAME; offset:N; size:N; signed:N;'");
  }
  const [, base, name, brackets] = declaration.exec(declared) ?? [];
  if (name === undefined || base === '') throw refuse('syntax', `expected a type and a name, found '${declared}'`);
  const field = { offset: Number(offset), size: Number(size) };
  if (field.offset + field.size > mostRecordBytes) {
    throw refuse('range', `field '${name}' ends beyond byte ${mostRecordBytes}`);
  }
  const type = `${base}${brackets}`;
  const kind = kindOf(type);
  if (locates(kind) && field.size !== 4) throw refuse('range', `expected field '${name}' of 4 bytes, found ${size}`);
  return { name, type, kind, ...field, signed: signed === '1', common: name.startsWith('common_') };
}

/** What Linux takes a type for. */
export function kindOf(type: string): FieldKind {
  const isText = type.includes('char');
  if (type.includes('__data_loc') && isText) return 'located-text';
  if (type.includes('__data_loc') && type.includes('cpumask_t')) return 'processors';
  if (type.includes('__rel_loc') && isText) return 'relative-text';
  if (type.includes('[') && isText) return 'text';
  return type === 'char *' || type === 'const char *' ? 'pointer-text' : 'number';
}

/** Whether a field of this kind holds where in the record its value is. */
function locates(kind: FieldKind): boolean {
  return kind === 'located-text' || kind === 'relative-text' || kind === 'processors';
}

function firstLineEnd(text: string): number {
  const end = text.indexOf('\n');
  return end < 0 ? text.length : end;
}

function fault(code: ErrorCode, message: string, source: string, start: number, end: number): BpfError {
  return new BpfError(code, message, { place: { source, start, end } });
}

/** @throws BpfError 'usage' unless the value is a format, as far as one can see */
export function expectFormat(value: unknown): void {
  const fields = typeof value === 'object' && value !== null && 'fields' in value ? value.fields : undefined;
  if (Array.isArray(fields)) return;
  throw new BpfError('usage', 'expected a format that parseEventFormat or eventFormat has returned');
}
