// The cases of test/cases on every engine that is here.

import { afterAll, describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { fromHex, toHex } from '../src/base/hex.js';
import { ClassicProgram } from '../src/classic/program.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import type { Outcome } from '../src/run/engine.js';
import type { Filter } from '../src/run/filter.js';
import { loadClassic } from '../src/run/load.js';
import { translate } from '../src/translate/translate.js';
import { type Case, caseFiles, type FieldName, write } from './case-files.js';
import { type Engine, engines, kernel } from './engines.js';

const update = process.env.UPDATE === '1';
const expectations: readonly FieldName[] = ['result', 'trap', 'after'];

describe.each(caseFiles.map((file) => [file.name, file] as const))('%s', (_, file) => {
  it.each(file.cases.map((example) => [example.name, example] as const))('%s', (_, example) => {
    const expected = [...example.fields].filter(([name]) => expectations.includes(name));
    for (const engine of enginesFor(example)) {
      const outcome = run(engine, example);
      if (outcome !== undefined && !update) expect(outcome, engine.name).toEqual(cut(new Map(expected), engine.bits));
    }
  });
});

/** The expectation for an engine that gives only so many bits of a result. */
function cut(fields: Map<FieldName, string>, bits = 64): Map<FieldName, string> {
  const result = fields.get('result');
  return result === undefined ? fields : new Map([...fields, ['result', shown(BigInt.asUintN(bits, BigInt(result)))]]);
}

function shown(result: bigint): string {
  return `0x${result.toString(16)}`;
}

afterAll(() => {
  if (!update) return;
  for (const file of caseFiles) write({ ...file, cases: file.cases.map(updated) });
});

/** Those that are here, and those that run classic programs as they are where it is one. */
function enginesFor({ fields }: Case): Engine[] {
  // Linux has no traps: it refuses, or defines less. What a program changes there isn't seen.
  const isOurs = fields.has('trap') || fields.has('kernel') || fields.has('after');
  const present = [...engines, ...(isOurs ? [] : [kernel])].filter(({ missing }) => missing === undefined);
  const classic = fields.get('classic');
  if (classic === undefined) return present;
  const untranslated = (['classic', 'javascript'] as const).map((engine) => ({
    name: engine,
    missing: undefined,
    load: () => loadClassic(ClassicProgram.parse(classic), { engine }),
  }));
  return [...untranslated, ...present];
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
  const { result, trap } = outcomeOf(filter, data, Number(fields.get('length') ?? data.length)) ?? {};
  const after = toHex(data);
  filter.close();
  if (result === undefined) return undefined;
  return new Map<FieldName, string>([
    trap === undefined ? ['result', shown(result)] : ['trap', `${trap.code} ${trap.pc}`],
    ...(after === before ? [] : ([['after', after]] as const)),
  ]);
}

/** Undefined where the kernel can't be asked with this packet. */
function outcomeOf(filter: Filter, data: Uint8Array, length: number): Outcome | undefined {
  try {
    return filter.execute(data, length);
  } catch (error) {
    if (error instanceof BpfError && error.code === 'unsupported') return undefined;
    throw error;
  }
}

function updated(example: Case): Case {
  const inputs = [...example.fields].filter(([name]) => !expectations.includes(name));
  return { ...example, fields: new Map([...inputs, ...run(engines[0]!, example)!]) };
}
