// The cases of test/cases/filter: what a filter compiles to, or why it doesn't.

import { afterAll, describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { compile } from '../src/filter/compile.js';
import { type FieldName, type Fields, filterCaseFiles, write } from './filter-case-files.js';

const update = process.env.UPDATE === '1';
const names = {
  hosts: { 'www.example.org': ['192.0.2.80', '2001:db8::80'], old: '192.0.2.1' },
  ethers: { old: '02:00:00:00:00:01' },
  networks: { lab: '198.51.100.0' },
  services: { http: '80/tcp', domain: ['53/tcp', '53/udp'], ntp: '123/udp' },
  protocols: { tcp: 6, ospf: 89 },
};

describe.each(filterCaseFiles.map((file) => [file.name, file] as const))('%s', (_, file) => {
  it.each(file.cases.map((one) => [one.name, one.fields] as const))('%s', (_, fields) => {
    const outcome = outcomeOf(fields);
    if (!update) expect(outcome).toEqual(expected(fields));
  });
});

afterAll(() => {
  if (!update) return;
  for (const file of filterCaseFiles) {
    const cases = file.cases.map(({ name, fields }) => ({
      name,
      fields: new Map([...inputs(fields), ...outcomeOf(fields)]),
    }));
    write({ ...file, cases });
  }
});

const isInput = (name: FieldName) => name === 'filter' || name === 'link';
const inputs = (fields: Fields) => new Map([...fields].filter(([name]) => isInput(name)));

/** A case that shows a warning alone says nothing of the program. */
function expected(fields: Fields): Fields {
  return new Map([...fields].filter(([name]) => !isInput(name)));
}

function outcomeOf(fields: Fields): Fields {
  const outcome = new Map<FieldName, string>();
  try {
    const { program, warnings } = compile(fields.get('filter') ?? '', { link: fields.get('link') ?? 'EN10MB', names });
    if (fields.has('program') || !fields.has('warning')) outcome.set('program', program.toString());
    const said = warnings.map(({ start, end, message }) => `${start}-${end} ${message}`);
    if (said.length > 0) outcome.set('warning', said.join('\n'));
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    outcome.set('error', `${error.code} ${error.place?.start}-${error.place?.end} ${error.message}`);
  }
  return outcome;
}
