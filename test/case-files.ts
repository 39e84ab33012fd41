// Reads test/cases/*.case. A case is a paragraph; its lines are a comment that names it, and fields:
//
//   # an arithmetic shift keeps the sign
//   asm          r0 = -8; r0 s>>= 1; exit
//                                              further lines of a field are indented
//   classic      ld #7  neg  ret a             instead of asm: a classic program
//   environment  memory                        (the default; of classic programs packet)
//   data         00112233                      the input; default none
//   length       60                            of a packet, on the wire; default that of the data
//   budget       100
//   kernel       why the running kernel isn't asked
//   result       0xfffffffffffffffc            or
//   trap         out-of-bounds 3               code and pc
//   after        00112234                      the data afterwards, where it is another
//
// With UPDATE=1 in the environment the expectations are written anew.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('cases/', import.meta.url));
const fieldNames = [
  'asm',
  'classic',
  'environment',
  'data',
  'length',
  'budget',
  'kernel',
  'result',
  'trap',
  'after',
] as const;
export type FieldName = (typeof fieldNames)[number];

export interface Case {
  readonly name: string;
  readonly fields: ReadonlyMap<FieldName, string>;
}

export interface CaseFile {
  readonly name: string;
  /** What stands above the first case. */
  readonly head: string;
  readonly cases: readonly Case[];
}

export const caseFiles: readonly CaseFile[] = readdirSync(folder)
  .filter((name) => name.endsWith('.case'))
  .map((name) => read(name, readFileSync(folder + name, 'utf8')));

function read(name: string, text: string): CaseFile {
  const [head, ...paragraphs] = text.trimEnd().split(/\n{2,}/);
  return { name, head: head!, cases: paragraphs.map((paragraph) => readCase(name, paragraph)) };
}

function readCase(file: string, paragraph: string): Case {
  const [first, ...lines] = paragraph.split('\n');
  if (!first!.startsWith('# ')) throw new Error(`${file}: expected '# ' and a name, found '${first}'`);
  const fields = new Map<FieldName, string>();
  let current: FieldName | undefined;
  for (const line of lines) {
    const [, word, rest] = /^(\S*)\s+(.*)$/.exec(line) ?? [];
    if (word === '' && current !== undefined) fields.set(current, `${fields.get(current)}\n${rest}`);
    else {
      current = fieldNames.find((name) => name === word);
      if (current === undefined) throw new Error(`${file}: expected one of ${fieldNames.join(', ')}, found '${line}'`);
      fields.set(current, rest!);
    }
  }
  return { name: first!.slice(2), fields };
}

export function write({ name, head, cases }: CaseFile): void {
  writeFileSync(folder + name, `${[head, ...cases.map(printCase)].join('\n\n')}\n`);
}

function printCase({ name, fields }: Case): string {
  const width = Math.max(...[...fields.keys()].map((field) => field.length)) + 2;
  const lines = [...fields].map(
    ([field, value]) => field.padEnd(width) + value.replaceAll('\n', `\n${' '.repeat(width)}`),
  );
  return [`# ${name}`, ...lines].join('\n');
}
