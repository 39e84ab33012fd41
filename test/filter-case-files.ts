// Reads test/cases/filter/*.case. A case is a paragraph: a comment that names it, and
//
//   filter   tcp port 80
//   link     RAW                                  (by default EN10MB)
//   program  what `toString` prints, or
//   error    name 0-3 unknown word 'tpc' …        code, place, message
//   warning  5-9 …                                place and message, one a line
//
// With UPDATE=1 in the environment the expectations are written anew.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('cases/filter/', import.meta.url));
const fieldNames = ['filter', 'link', 'program', 'error', 'warning'] as const;
export type FieldName = (typeof fieldNames)[number];
export type Fields = ReadonlyMap<FieldName, string>;

export interface FilterCase {
  readonly name: string;
  readonly fields: Fields;
}

export interface FilterCaseFile {
  readonly name: string;
  readonly head: string;
  readonly cases: readonly FilterCase[];
}

export const filterCaseFiles: readonly FilterCaseFile[] = readdirSync(folder).map((name) => {
  const [head = '', ...paragraphs] = readFileSync(folder + name, 'utf8')
    .trimEnd()
    .split(/\n{2,}/);
  return { name, head, cases: paragraphs.map((paragraph) => readCase(name, paragraph)) };
});

function readCase(file: string, paragraph: string): FilterCase {
  const [first = '', ...lines] = paragraph.split('\n');
  if (!first.startsWith('# ')) throw new Error(`${file}: expected '# ' and a name, found '${first}'`);
  const fields = new Map<FieldName, string>();
  let current: FieldName | undefined;
  for (const line of lines) {
    const word = /^\S*/.exec(line)![0];
    const rest = line.slice(9);
    if (word === '' && current !== undefined) fields.set(current, `${fields.get(current)}\n${rest}`);
    else {
      current = fieldNames.find((name) => name === word);
      if (current === undefined) throw new Error(`${file}: expected one of ${fieldNames.join(', ')}, found '${line}'`);
      fields.set(current, rest);
    }
  }
  return { name: first.slice(2), fields };
}

export function write({ name, head, cases }: FilterCaseFile): void {
  const paragraphs = cases.map((one) => {
    const lines = [...one.fields].map(
      ([field, value]) => field.padEnd(9) + value.replaceAll('\n', `\n${' '.repeat(9)}`),
    );
    return [`# ${one.name}`, ...lines].join('\n');
  });
  writeFileSync(folder + name, `${[head, ...paragraphs].join('\n\n')}\n`);
}
