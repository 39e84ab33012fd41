// What the documents say is true: examples run, names are those of files, tables are complete.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../src/base/error.js';
import { answer } from '../src/cli/jsonl/answer.js';
import { object } from './objects.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const cli = `${root}dist/bin/unibpf.cjs`;

/** The first cell of each row of the table under a heading, without its marks. */
function firstCells(text: string, heading: string): string[] {
  const table = text
    .slice(text.indexOf(heading))
    .split('\n\n')
    .find((part) => part.startsWith('| '));
  const rows = (table ?? '').split('\n').slice(2);
  return rows.map((row) => row.split('|')[1]!.trim().replaceAll('`', ''));
}

/** What a compiler would make of a program that counts packets, and lets them pass. */
const counting = object({
  license: 'GPL',
  functions: [
    {
      name: 'count',
      section: 'xdp',
      code: 'r1 = 0 ll; r2 = *(u64 *)(r1 +0); r2 += 1; *(u64 *)(r1 +0) = r2; r0 = 2; exit',
      refers: [{ slot: 0, to: '.bss' }],
    },
  ],
  data: { '.bss': 8 },
});

describe.each(['README.md', 'docs/filter-set.md'])('the examples of %s', (page) => {
  const examples = [...read(page).matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
  const name = page.replace(/.*\/|\.md/g, '').toLowerCase();
  const folder = `${root}build/${name}`;

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    const scripts = '../scripts/';
    const { traffic } = await import(`${scripts}traffic.mjs`);
    const { writePcap } = await import(`${scripts}pcap.mjs`);
    writePcap(`${folder}/in.pcap`, traffic(1000));
    writeFileSync(`${folder}/prog.o`, counting);
  });

  it.each(examples.map((code, i) => [i + 1, code] as const))('number %i runs and prints what it says', (i, code) => {
    writeFileSync(`${folder}/${i}.mjs`, code);
    const printed = execFileSync(process.execPath, [`${i}.mjs`], { cwd: folder, encoding: 'utf8' });
    for (const [, said] of code.matchAll(/console\.log\(.*\/\/ (.+)$/gm)) expect(printed).toContain(said);
  });
});

describe('README.md', () => {
  it('lists every command', () => {
    const help = execFileSync(process.execPath, [cli, '--help'], { encoding: 'utf8' });
    const commands = [...help.split('Commands:')[1]!.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name!);
    const cells = firstCells(read('README.md'), '## The command line');
    const told = cells.flatMap((cell) => [...cell.matchAll(/unibpf ([a-z-]+)/g)].map(([, name]) => name!));
    expect(told.toSorted()).toEqual(commands.filter((name) => name !== 'help').toSorted());
  });
});

describe('docs/jsonl.md', () => {
  const text = read('docs/jsonl.md');

  it('lists every operation', () => {
    const hello = JSON.parse(answer(Buffer.from('{"id":1,"op":"hello"}')));
    expect(firstCells(text, '## Operations').toSorted()).toEqual(hello.operations.toSorted());
  });

  it('lists every code of an error', () => {
    expect(firstCells(text, '## Requests').toSorted()).toEqual([...errorCodes].toSorted());
  });

  const conversation = [...text.matchAll(/^ {4}> (.*)\n {4}< (.*)$/gm)];
  it.each(conversation.map(([, request, told]) => [request!, told!]))('answers %s as it says', (request, told) => {
    expect(answer(Buffer.from(request))).toBe(told);
  });
});

it('docs/architecture.md leads to every page', () => {
  const pages = readdirSync(`${root}docs`).filter((name) => name.endsWith('.md') && name !== 'architecture.md');
  expect(pages.filter((page) => !read('docs/architecture.md').includes(`](${page})`))).toEqual([]);
});

describe.each(['README.md', 'docs/architecture.md'])('%s', (document) => {
  const folder = document.split('/').slice(0, -1).join('/');
  const named = [...read(document).matchAll(/`((?:src|lib|native|scripts|test|bench|docs)\/[\w./-]*)`/g)];
  const linked = [...read(document).matchAll(/\]\((?!https:)([^)#]+)/g)].map(([, path]) => join(folder, path!));
  it.each([...named.map(([, path]) => path!), ...linked])('names %s, which is there', (path) => {
    expect(existsSync(root + path)).toBe(true);
  });
});
