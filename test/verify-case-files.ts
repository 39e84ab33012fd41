// Reads test/cases/verify/*.case. A case is a paragraph; its lines are a comment that names it, and fields:
//
//   # an address in the packet needs a comparison with the end
//   environment  xdp                       and what belongs to it: of memory its size, of others an attach type
//   asm          r0 = 0; exit              further lines are indented
//   accepted                               or
//   refused      1 compare with data_end   pc, and a pattern of the sentence

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';

const folder = fileURLToPath(new URL('cases/verify/', import.meta.url));

export interface VerifyCase {
  readonly name: string;
  readonly program: Program;
  readonly environment: Environment;
  readonly refused: { readonly pc: number; readonly pattern: RegExp } | undefined;
}

export const verifyCases: readonly VerifyCase[] = readdirSync(folder).flatMap((file) => {
  const paragraphs = readFileSync(folder + file, 'utf8')
    .trimEnd()
    .split(/\n{2,}/)
    .slice(1);
  return paragraphs.map(read);
});

function read(paragraph: string): VerifyCase {
  const fields = new Map<string, string>();
  const [title = '', ...lines] = paragraph.replace(/\n\s+/g, ' ').split('\n');
  for (const line of lines) {
    const [, field = '', value = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
    fields.set(field, value);
  }
  return {
    name: title.slice(2),
    program: Program.parse(fields.get('asm')!),
    environment: environmentOf(fields.get('environment') ?? 'memory'),
    refused: fields.has('refused') ? refusalOf(fields.get('refused')!) : undefined,
  };
}

function environmentOf(text: string): Environment {
  const [name = '', detail] = text.split(' ');
  return name === 'memory' ? environment(name, { size: Number(detail ?? 0) }) : environment(name, { attach: detail });
}

function refusalOf(text: string): VerifyCase['refused'] {
  const [, pc, pattern] = /^(\d+) (.*)$/.exec(text)!;
  return { pc: Number(pc), pattern: new RegExp(pattern!) };
}
