// What a compiler says of single instructions, in the section .BTF.ext (Documentation/bpf/btf.rst): tables of records, each
// about an instruction.
//
//   header   4: its bytes   8: functions, and how many bytes   16: lines   24: what depends on the kernel's types
//   table    the bytes of a record; then for each section: its name, how many records, the records
//   record   0: the instruction's byte in its section   4: what is said of it

import { BpfError } from '../base/error.js';
import type { Btf } from './btf.js';
import { btfHeader } from './btf-layout.js';
import type { Part } from './part.js';

/** The tables, by where the header tells of them, and the least that a record has. */
const tables = { functions: [8, 8], lines: [16, 16], core: [24, 16] } as const;

/** What is said of the instructions of a section, in order. */
export type Records<T> = ReadonlyMap<string, readonly T[]>;

/**
 * The records of a table by the names of their sections; none where there is no such table.
 * @param read makes something of a record, which begins at a byte of the table
 * @throws BpfError 'encoding' when the table isn't whole
 */
export function readRecords<T>(
  extra: Part,
  btf: Btf,
  table: keyof typeof tables,
  read: (records: Part, at: number) => T,
): Records<T> {
  const found = new Map<string, T[]>();
  const [at, leastBytes] = tables[table];
  const header = btfHeader(extra);
  if (header < at + 8 || extra.u32(at + 4) === 0) return found;
  const part = extra.part(header + extra.u32(at), extra.u32(at + 4), `the table of ${table} of ${extra.name}`);
  const bytes = part.u32(0);
  if (bytes < leastBytes) {
    throw new BpfError('encoding', `expected records of ${leastBytes} bytes in ${part.name}, found ${bytes}`);
  }
  for (let start = 4; start < part.size; ) {
    const name = btf.text(part.u32(start), `the name of a section in ${part.name}`);
    const count = part.u32(start + 4);
    const records = part.part(start + 8, count * bytes, `${count} records of ${part.name}`);
    const list = found.get(name) ?? [];
    for (let index = 0; index < count; index++) list.push(read(records, index * bytes));
    found.set(name, list);
    start += 8 + records.size;
  }
  return found;
}
