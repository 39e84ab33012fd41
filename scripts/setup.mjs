// Sets up what `npm start` and `npm test` need: npm packages, the tools of the native build (through apt where that
// may be), the addon, the compiled TypeScript. What is there and newer than its sources is left alone, so that nothing
// to do takes a tenth of a second.
//
//   node scripts/setup.mjs [--test] [--bench]
//
// `--test` adds the tools that the tests compare with, `--bench` those of the bench.

import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { given } from './usage.mjs';

/** A tool, and the Debian package that has it. */
const buildTools = {
  cmake: 'cmake',
  ninja: 'ninja-build',
  'c++': 'g++',
  '/usr/include/asmjit/asmjit.h': 'libasmjit-dev',
};
const testTools = { tcpdump: 'tcpdump' };
const benchTools = { clang: 'clang', '/usr/include/pcap.h': 'libpcap-dev' };

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const { values: options } = given({ options: { test: { type: 'boolean' }, bench: { type: 'boolean' } } });

checkNode();
const native = stale('build/Release/unibpf.node', 'native', 'CMakeLists.txt', 'package-lock.json');
installTools({
  ...(native ? buildTools : {}),
  ...(options.test ? testTools : {}),
  ...(options.bench ? benchTools : {}),
});
if (stale('node_modules/.package-lock.json', 'package-lock.json')) {
  refuseLinkedModules();
  run('npm ci --include=dev --no-audit --no-fund --loglevel=error');
}
if (native) {
  removeMovedBuilds();
  run('node scripts/build-native.mjs');
}
if (stale('dist/index.js', 'src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json')) {
  rmSync('dist', { recursive: true, force: true });
  run('npm run --silent build:ts');
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node.js 20.19 or newer is needed, this is ${process.versions.node}`);
}

/** Installs the packages of those tools that are missing, or says which to install. */
function installTools(tools) {
  const missing = Object.keys(tools).filter((tool) => !available(tool));
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.map((tool) => tools[tool]).join(' ')}`;
  if (!existsSync('/usr/bin/apt-get')) fail(`missing: ${missing.join(', ')}; on Debian: ${install}`);
  if (process.getuid() !== 0) fail(`missing: ${missing.join(', ')}; as root: ${install}`);
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  run('apt-get -qq -o DPkg::Lock::Timeout=300 update');
  run(`${install} -qq -o DPkg::Lock::Timeout=300`);
}

function available(tool) {
  if (tool.startsWith('/usr/include/asmjit') && process.env.ASMJIT_SRC_DIR) return true;
  return tool.startsWith('/') ? existsSync(tool) : !spawnSync(tool, ['--version']).error;
}

/** Through a link `npm ci` would empty the folder of another checkout. */
function refuseLinkedModules() {
  if (lstatSync('node_modules', { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail('node_modules is a link and not up to date: update the folder that it leads to, or remove the link');
  }
}

/** CMake refuses a work folder that was made at another path: a checkout that moved starts anew. */
function removeMovedBuilds() {
  for (const name of existsSync('.cmake') ? readdirSync('.cmake') : []) {
    const cache = `.cmake/${name}/CMakeCache.txt`;
    const home = existsSync(cache) && /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8'));
    if (home && home[1] !== root.replace(/\/$/, '')) rmSync(`.cmake/${name}`, { recursive: true });
  }
}

/** Is `made` missing, or older than the newest of its sources (files, or folders with all that is in them)? */
function stale(made, ...sources) {
  return changed(made) < Math.max(...sources.map(changed));
}

function changed(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => changed(`${path}/${name}`)));
}

/** Runs a command whose output matters only where it fails; standard output belongs to what follows the set-up. */
function run(command) {
  console.error(`setup: ${command}`);
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) fail(`that failed:\n${stdout}${stderr}`);
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
