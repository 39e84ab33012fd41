// docs/classic.md says of every instruction and extension what the table says.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { operation } from '../src/classic/decode.js';
import { ClassicProgram } from '../src/classic/program.js';
import { extensions } from '../src/classic/rows.js';

const page = readFileSync(new URL('../docs/classic.md', import.meta.url), 'utf8');
const [, instructions = ''] = page.split(/^## .*$/m);
const rows = [...instructions.matchAll(/^\| (0x.*?) \| (`.*?`) \|/gm)].flatMap(([, codes = '', forms = '']) =>
  codes.split(', ').map((code, i) => [Number(code), forms.split(/(?<=`), /)[i]!.replaceAll('`', '')] as const),
);

it('has a row for each code, and no other', () => {
  const known = Array.from({ length: 256 }, (_, code) => code).filter((code) =>
    operation({ code, jt: 0, jf: 0, k: 0 }),
  );
  expect(rows.map(([code]) => code).sort((a, b) => a - b)).toEqual(known);
});

it.each(rows)('0x%x is %s', (code, form) => {
  const text = form.replace(/\bk\b/g, '3').replace(/\b([LTF])\b/g, 'label$1');
  const labels = [...new Set(text.match(/label[LTF]/g))].map((label) => `${label}: tax\n`).join('');
  expect(ClassicProgram.parse(`${text}\n${labels}`).insns[0]?.code).toBe(code);
});

it.each(Object.values(extensions))('extension $bracket is there', ({ offset, bracket, words }) => {
  expect(page).toContain(`| ${offset} | \`#${words[0]}\` | \`[${bracket}]\` |`);
});
