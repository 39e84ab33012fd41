// Builds the addon that CMakeLists.txt describes, through cmake-js where it is installed, else through plain cmake,
// and puts it where node-gyp-build looks.
//
//   node scripts/build-native.mjs [--arch x64|arm64] [--config Release|Debug] [--out FOLDER]
//
// UNIBPF_CMAKE_ARGS: further -D options.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import './usage.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { values: options } = parseArgs({
  strict: false,
  options: {
    arch: { type: 'string', default: process.arch },
    config: { type: 'string', default: 'Release' },
    out: { type: 'string' },
  },
});
const out = resolve(root, options.out ?? `build/${options.config}`);
const work = join(root, '.cmake', `${options.arch}-${options.config === 'Debug' ? 'dbg' : 'rel'}`);
const definitions = (process.env.UNIBPF_CMAKE_ARGS ?? '').split(/\s+/).filter(Boolean);

const cmakeJs = cmakeJsProgram();
if (cmakeJs === undefined) buildWithCmake();
else buildWithCmakeJs(cmakeJs);
install(join(work, options.config, 'unibpf.node'));

function cmakeJsProgram() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('cmake-js/package.json')), 'bin/cmake-js');
  } catch {
    return undefined;
  }
}

/** Configures each time: `cmake-js compile` alone would keep the options of an old cache. */
function buildWithCmakeJs(program) {
  const given = definitions.map((definition) => definition.replace(/^-D/, '--CD'));
  const common = ['-d', root, '-O', work, '-B', options.config, '--arch', options.arch, ...given];
  run(process.execPath, [program, 'configure', ...common]);
  run(process.execPath, [program, 'build', ...common]);
}

function buildWithCmake() {
  if (!spawnSync('ninja', ['--version']).error) process.env.CMAKE_GENERATOR ??= 'Ninja'; // cmake's own default is make
  const output = `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(work, options.config)}`;
  run('cmake', ['-S', root, '-B', work, `-DCMAKE_BUILD_TYPE=${options.config}`, output, ...definitions]);
  run('cmake', ['--build', work, '--config', options.config, '--parallel', '2']);
}

/** A process that has the old file loaded keeps it: the new one takes its name, not its bytes. */
function install(built) {
  mkdirSync(out, { recursive: true });
  copyFileSync(built, join(out, 'unibpf.node.new'));
  renameSync(join(out, 'unibpf.node.new'), join(out, 'unibpf.node'));
}

function run(command, args) {
  const { error, status } = spawnSync(command, args, { stdio: 'inherit', cwd: root });
  if (error) console.error(error.message);
  if (error || status !== 0) process.exit(status || 1);
}
