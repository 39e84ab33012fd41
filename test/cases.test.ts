// The cases of test/cases on every engine that is here.

import { afterAll, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/base/hex.js';
import { ClassicProgram } from '../src/classic/program.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { loadClassic } from '../src/run/load.js';
import { translate } from '../src/translate/translate.js';
import { type Case, caseFiles, type FieldName, write } from './case-files.js';
import { type Engine, engines } from './engines.js';

const update = process.env.UPDATE === '1';
const expectations: readonly FieldName[] = ['result', 'trap', 'after'];

describe.each(caseFiles.map((file) => [file.name, file] as const))('%s', (_, file) => {
  it.each(file.cases.map((example) => [example.name, example] as const))('%s', (_, example) => {
    const expected = [...example.fields].filter(([name]) => expectations.includes(name));
    for (const engine of enginesFor(example)) {
      const outcome = run(engine, example);
      if (outcome !== undefined && !update) expect(outcome, engine.name).toEqual(new Map(expected));
    }
  });
});

afterAll(() => {
  if (!update) return;
  for (const file of caseFiles) write({ ...file, cases: file.cases.map(updated) });
});

/** Those that are here, and the classic machine itself where the program is one of its own. */
function enginesFor({ fields }: Case): Engine[] {
  const present = engines.filter(({ missing }) => missing === undefined);
  const classic = fields.get('classic');
  if (classic === undefined) return present;
  const machine = {
    name: 'the classic machine',
    missing: undefined,
    load: () => loadClassic(ClassicProgram.parse(classic)),
  };
  return [machine, ...present];
}

function programOf({ fields }: Case): Program {
  const classic = fields.get('classic');
  return classic === undefined ? Program.parse(fields.get('asm')!) : translate(ClassicProgram.parse(classic));
}

function run(engine: Engine, example: Case): Map<FieldName, string> | undefined {
  const { fields } = example;
  const data = fromHex(fields.get('data') ?? '');
  const name = fields.get('environment') ?? (fields.has('classic') ? 'packet' : 'memory');
  const world = environment(name, name === 'memory' ? { size: data.length } : {});
  const options = fields.has('budget') ? { budget: Number(fields.get('budget')) } : {};
  const filter = engine.load(programOf(example), world, options);
  if (filter === undefined) return undefined;
  const before = toHex(data);
  const { result, trap } = filter.execute(data, Number(fields.get('length') ?? data.length));
  const after = toHex(data);
  filter.close();
  return new Map<FieldName, string>([
    trap === undefined ? ['result', `0x${result.toString(16)}`] : ['trap', `${trap.code} ${trap.pc}`],
    ...(after === before ? [] : ([['after', after]] as const)),
  ]);
}

function updated(example: Case): Case {
  const inputs = [...example.fields].filter(([name]) => !expectations.includes(name));
  return { ...example, fields: new Map([...inputs, ...run(engines[0]!, example)!]) };
}
