// A long campaign of random programs or filters on every engine that is here. What passed is noted in test/campaigns.
//
//   node scripts/fuzz.mjs classic|internal|filter|event|optimize|wide|lanes|claims|accepted|kernel [--seed 1] [--runs 10000] [--inputs 64] [--arm64]
//
// classic   test/classic-engines.test.ts: against the classic machine
// internal  test/native-random.test.ts: against the interpreter, checked, and trusted where the verifier accepts; `inputs` is
//           how many a safe program gets, and with `arm64` an emulated one runs it (scripts/test-arm64.mjs)
// filter    test/filter-engines.test.ts: against the plain program on the classic machine, optimized and not
// event     test/event-laws.test.ts: against a walk over the filter's tree
// claims    test/verify-claims.test.ts: what accepted programs do, against what the verifier claimed of each instruction
// accepted  test/verify-random.test.ts: accepted programs on the interpreter, and on machine code beside guarded pages, on so
//           many inputs
// kernel    test/kernel-verdicts.test.ts: verdicts, against those of the running kernel's verifier
// lanes     test/native-lanes.test.ts: straight programs, eight packets at a time, against the interpreter
// optimize  test/optimize.test.ts: what the optimizer makes against the program, with all passes, some, and none
// wide      test/optimize-wide.test.ts: the same on numbers of 64 bits, over records

import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, release, tmpdir, type } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import './usage.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const options = {
  seed: { type: 'string', default: '1' },
  runs: { type: 'string', default: '10000' },
  inputs: { type: 'string', default: '64' },
  arm64: { type: 'boolean', default: false },
};
const names = ['classic', 'internal', 'filter', 'event', 'optimize', 'wide', 'lanes', 'claims', 'accepted', 'kernel'];
const { values, positionals } = asked();
const { seed, runs, inputs, arm64 } = values;

const campaigns = {
  classic: { test: 'test/classic-engines.test.ts', inputs: '3 to 6 packets' },
  internal: { test: 'test/native-random.test.ts', inputs: `4 inputs, or ${inputs} where it is safe` },
  filter: { test: 'test/filter-engines.test.ts', inputs: '4 packets, each whole and cut at 8 lengths' },
  event: { test: 'test/event-laws.test.ts', inputs: '1 to 8 records' },
  claims: { test: 'test/verify-claims.test.ts', inputs: '6 inputs' },
  accepted: { test: 'test/verify-random.test.ts', inputs: `${inputs} inputs where it is accepted` },
  lanes: { test: 'test/native-lanes.test.ts', inputs: '1 to 40 packets' },
  wide: { test: 'test/optimize-wide.test.ts', inputs: '16 to 40 records, in each shape' },
  kernel: {
    test: 'test/kernel-verdicts.test.ts',
    inputs: 'both verifiers, as many of each type, one of two with spoilt instructions',
  },
  optimize: {
    test: 'test/optimize.test.ts',
    inputs: `${inputs / 4} to ${inputs} packets, each at 16 lengths (200 on the oracle with one, at every length)`,
  },
};
const [name, ...more] = positionals;
if (name === undefined) misused('a campaign is missing');
if (!names.includes(name)) misused(`there is no campaign '${name}'`);
if (more.length > 0) misused(`one campaign at a time: what is '${more[0]}'?`);
for (const [option, value] of Object.entries({ seed, runs, inputs })) {
  if (!/^\d{1,9}$/.test(value)) misused(`expected a whole number after --${option}, got '${value}'`);
}
const campaign = campaigns[name];

const notes = join(mkdtempSync(join(tmpdir(), 'unibpf-fuzz-')), 'notes');
const settings = { SEED: seed, RUNS: runs, INPUTS: inputs, NOTES: notes };
const variables = Object.entries(settings).map(([name, value]) => [`UNIBPF_FUZZ_${name}`, value]);
const env = { ...process.env, ...Object.fromEntries(variables) };
const passed = (arm64 ? runEmulated() : run()).map((title) => `  ${title}`);
const processor = arm64 ? 'arm64, emulated, first with all it can do and then as a baseline' : arch();
const note = [
  `seed ${seed}, ${runs} ${name === 'filter' || name === 'event' ? 'filters' : 'programs'}, each on ${campaign.inputs}; ${type()} ${release().match(/^\d+\.\d+/)}, ${processor}: no difference on`,
  ...passed,
  ...(existsSync(notes) ? readFileSync(notes, 'utf8').trimEnd().split('\n') : []).map((line) => `  ${line}`),
];
rmSync(dirname(notes), { recursive: true });
console.log(note.join('\n'));
appendFileSync(join(root, `test/campaigns/${name}.txt`), `${note.join('\n')}\n`);

/** The command line. */
function asked() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return misused(error.message.split(/\.|\n/, 1)[0]);
  }
}

/** Says in one line what was wrong, and what is right. */
function misused(why) {
  console.error(`${why}\nusage: node scripts/fuzz.mjs ${names.join('|')} [--seed N] [--runs N] [--inputs N] [--arm64]`);
  process.exit(2);
}

/** Runs the test; returns the titles of what passed. */
function run() {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', campaign.test, '--testTimeout=0', '--reporter=json'];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const tests = results(stdout);
  const wrong = tests.filter(({ status }) => status === 'failed');
  for (const { title, failureMessages } of wrong) console.error(title, failureMessages.join('\n'));
  if (tests.length === 0 || wrong.length > 0) fail(stderr);
  return tests.filter(({ status }) => status === 'passed').map(({ title }) => title);
}

/** The same under the emulator, where only the test's own notes are left to be read. */
function runEmulated() {
  const args = [join(root, 'scripts/test-arm64.mjs'), campaign.test];
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0 || !existsSync(notes)) fail('nothing was compared');
  return [];
}

function fail(why) {
  console.error(why);
  process.exit(1);
}

/** What vitest says of each test; nothing where it came to none. */
function results(text) {
  const start = text.indexOf('{');
  return start < 0 ? [] : JSON.parse(text.slice(start)).testResults.flatMap(({ assertionResults }) => assertionResults);
}
