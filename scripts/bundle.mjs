// Makes few files of the command line: to find and load a module takes Node half a millisecond of processor time, and a filter needs
// more than two hundred. dist/bin/unibpf.cjs starts it. What it runs is in parts, which are read when one of their modules is asked for;
// each module is a function that is called when it is wanted first (scripts/bundle-modules.mjs).
//
// What `unibpf filter` needs is found out by running it: a module of which it calls nothing is imported late, where functions are all
// that is imported, and lies in another part. V8 keeps what it made of a part in a cache beside it, which is named for the Node and the
// machine that built it; others compile as ever. All is CommonJS, since Node takes ten milliseconds longer to start with a module, and
// Latin-1, which is read as it is. The packages that every command needs are taken in, with their licences: they are small, but many files.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Modules } from './bundle-modules.mjs';
import { writePcap } from './pcap.mjs';
import { traffic } from './traffic.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const compiled = join(root, 'build/bundle');
const bin = join(root, 'dist/bin');

/** The modules that something starts with, and the files that start them. */
const entries = new Map([
  ['cli/main.js', 'unibpf.cjs'],
  ['cli/parallel/worker.js', 'worker.cjs'],
]);
compile();
const commands = [...readFileSync(join(compiled, 'cli/main.js'), 'utf8').matchAll(/import\('\.\/(.+?)'\)/g)];
/** What parts begin with; what isn't called of the first two is in the part `seldom`, of the commands in `rest`. */
const parts = new Map([
  ['filter', [...entries.keys(), 'cli/filter.js', 'cli/parallel/run.js', 'capture/writer.js']],
  ['lines', ['cli/lines.js']],
  ['commands', commands.map(([, file]) => `cli/${file}`)],
]);
/** For those who start the command line by the name of its module. */
const otherStarter = `#!/usr/bin/env node
import { createRequire } from 'node:module';
createRequire(import.meta.url)('../bin/unibpf.cjs');
`;

const packages = ['commander', 'node-gyp-build'];

const directory = mkdtempSync(join(tmpdir(), 'unibpf-'));
const [capture, output] = ['in.pcap', 'out.pcap'].map((name) => join(directory, name));
const expression = 'tcp port 80 or (udp and not net 172.16.0.0/12) or host 10.0.0.1 or 10.0.0.2 or 10.0.0.3 or ::1';
/** What is run of each part before V8's code is kept: functions that aren't called are compiled when they are called. */
const samples = {
  filter: ['filter', '--count', expression, capture, '-w', output],
  lines: ['filter', expression, capture],
  seldom: ['filter', '--engine', 'interpreter', expression, capture],
  commands: ['--help'],
  rest: ['explain', expression, '--packet', `${capture}:1`],
};
/** What is run besides to find what is called. */
const mistakes = [
  ['filter', 'tpc port 80', capture],
  ['filter', '--cuont', expression, capture],
];

writePcap(capture, traffic(100, { seed: 1 }));
write(foundModules(new Set()));
write(foundModules(uncalled([samples.filter, samples.lines, samples.commands, ...mistakes])));
for (const [part, args] of Object.entries(samples)) keepCompiled(part, args);
rmSync(directory, { recursive: true });

/** The modules without comments and types; dist has been checked. */
function compile() {
  const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(/package\.json$/, 'bin/tsc');
  const plain = ['--declaration', '--declarationMap', '--sourceMap'].flatMap((option) => [option, 'false']);
  const args = ['-p', join(root, 'tsconfig.build.json'), '--outDir', compiled, '--noCheck', '--removeComments'];
  execFileSync(process.execPath, [tsc, ...args, ...plain], { stdio: 'inherit' });
}

/** @param seldom the modules that are imported late */
function foundModules(seldom) {
  const modules = new Modules(root, compiled, packages, (path, part) => parts.has(part) && seldom.has(path));
  for (const [part, paths] of parts) {
    if (part === 'commands') for (const path of modules.late) modules.find(path, 'seldom'); // grows meanwhile
    for (const path of paths) modules.find(path, part);
  }
  for (const asked of [modules.late, modules.dynamic]) for (const path of asked) modules.find(path, 'rest');
  return modules;
}

function write(modules) {
  rmSync(bin, { recursive: true, force: true });
  mkdirSync(bin);
  for (const part of new Set(modules.partOf.values())) writeFile(`${part}.cjs`, partText(modules, part));
  for (const [path, file] of entries) writeFile(file, starter(modules, path));
  chmodSync(join(bin, 'unibpf.cjs'), 0o755);
  writeFileSync(join(root, 'dist/cli/main.js'), otherStarter);
  rmSync(join(root, 'dist/cli/main.js.map'), { force: true }); // which tells of other lines
}

function writeFile(name, text) {
  writeFileSync(join(bin, name), latin1(text), 'latin1');
}

/** What is no Latin-1 stands in strings, templates and regular expressions, where an escape means the same. */
function latin1(text) {
  return text.replace(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A script that gives its modules as pairs of path and function: V8 takes long for an object with hundreds of properties. */
function partText(modules, part) {
  const paths = [...modules.code.keys()].filter((path) => modules.partOf.get(path) === part);
  const rows = paths.map((path) => rowOf(modules, path));
  const text = `(($load, $import, $outside, $late, $path, $url) => [\n${rows.join('\n')}\n])\n`;
  const place = (path) => [path, modules.partOf.get(path)].filter((name) => name !== undefined && name !== part);
  return text.replace(/(\$(?:load|import|late)\()"([^"\n]+)"\)/g, (_, call, path) => {
    return `${call}${place(path)
      .map((name) => JSON.stringify(name))
      .join(', ')})`;
  });
}

function rowOf(modules, path) {
  const parameters = modules.isPacked(path) ? 'module, exports, require' : '';
  const wait = entries.has(path) ? 'async ' : ''; // it may await
  return `${JSON.stringify(path)}, ${wait}(${parameters}) => {\n${modules.code.get(path)}\n},`;
}

/** Runs a module: finds the parts and the code that V8 has kept of them, and the modules in the parts. */
function starter(modules, entry) {
  const files = Object.fromEntries(packages.map((name) => [name, modules.packageFile(name)]));
  return `#!/usr/bin/env node
'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const packages = ${JSON.stringify(files)};
const entries = ${JSON.stringify(Object.fromEntries(entries))};
const scripts = new Map();
const modules = new Map();
const loaded = new Map();
function kept(part) {
  try {
    return readFileSync(\`\${__dirname}/\${part}-\${process.version}-\${process.platform}-\${process.arch}.cache\`);
  } catch {
    return undefined; // then it is compiled as ever
  }
}
function read(part) {
  const filename = \`\${__dirname}/\${part}.cjs\`;
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: kept(part) });
  scripts.set(part, script);
  const pairs = script.runInThisContext()($load, $import, $outside, $late, $path, $url);
  for (let i = 0; i < pairs.length; i += 2) modules.set(pairs[i], pairs[i + 1]);
}
function $load(path, part) {
  let exports = loaded.get(path);
  if (exports !== undefined) return exports;
  if (part !== undefined && !scripts.has(part)) read(part);
  exports = modules.get(path)();
  loaded.set(path, exports);
  return exports;
}
async function $import(path, part) {
  return path.startsWith('node:') ? require(path) : $load(path, part);
}
function $outside(name) {
  const path = packages[name] ?? name;
  if (!modules.has(path)) return require(name);
  let module = loaded.get(path);
  if (module === undefined) {
    loaded.set(path, (module = { exports: {} }));
    modules.get(path)(module, module.exports, $outside);
  }
  return module.exports;
}
function $late(path, part) {
  return new Proxy({}, { get: (_, name) => called(path, part, name) });
}
function called(path, part, name) {
  let real;
  return function (...args) {
    real ??= (path.startsWith('node:') ? require(path) : $load(path, part))[name];
    return new.target === undefined ? real(...args) : new real(...args);
  };
}
function $path(path) {
  return path in entries ? \`\${__dirname}/\${entries[path]}\` : \`\${__dirname}/../\${path}\`;
}
function $url(path) {
  return require('node:url').pathToFileURL($path(path));
}
read(${JSON.stringify(modules.partOf.get(entry))});
module.exports = { scripts, done: $load(${JSON.stringify(entry)}) };
`;
}

/** The modules of which no command calls anything. */
function uncalled(commands) {
  const coverage = join(directory, 'coverage');
  for (const args of commands) run([join(bin, 'unibpf.cjs'), ...args], { NODE_V8_COVERAGE: coverage });
  const scripts = readdirSync(coverage).flatMap(
    (name) => JSON.parse(readFileSync(join(coverage, name), 'utf8')).result,
  );
  const paths = [...parts.keys()].flatMap((part) => uncalledIn(part, scripts));
  return new Set(paths);
}

function uncalledIn(part, scripts) {
  const file = join(bin, `${part}.cjs`);
  const text = readFileSync(file, 'latin1');
  const rows = [...text.matchAll(/^"(.+\.js)", (?:async )?(?=\()/gm)].map((found) => {
    return { path: found[1], start: found.index + found[0].length, isCalled: false };
  });
  const functions = scripts
    .filter(({ url }) => url === file || url === pathToFileURL(file).href)
    .flatMap((script) => script.functions);
  for (const { ranges } of functions) {
    const [{ startOffset, count }] = ranges;
    const row = rows.findLast(({ start }) => start <= startOffset);
    if (count > 0 && row !== undefined && row.start !== startOffset) row.isCalled = true;
  }
  return rows.filter(({ isCalled }) => !isCalled).map(({ path }) => path);
}

/** Runs a command, and keeps what V8 has made of a part's code then. */
function keepCompiled(part, args) {
  const cache = join(bin, `${part}-${process.version}-${process.platform}-${process.arch}.cache`);
  const script = `
    process.argv.splice(1, Infinity, 'unibpf', ...${JSON.stringify(args)});
    const { scripts, done } = require(${JSON.stringify(join(bin, 'unibpf.cjs'))});
    done.then(() => fs.writeFileSync(${JSON.stringify(cache)}, scripts.get(${JSON.stringify(part)}).createCachedData()));`;
  run(['-e', script], {});
}

/** Runs Node; that nothing matched or the line was wrong is no failure. */
function run(args, environment) {
  const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, ...environment } });
  if (status === null || status > 2) throw new Error(`node ${args.join(' ')}: ${stderr}`);
}
