// Makes two files of the command line: to find and load a module takes Node half a millisecond of processor time, and a filter needs
// more than two hundred. What `unibpf filter` needs is dist/cli/code.js, the rest dist/cli/rest.js, which is loaded with the first module
// that it has. Each module becomes a function that is called when it is asked for first:
//
//   "run/load.js": ($load) => { const { BpfError } = $load("base/error.js"); … return { load, … }; },
//
// code.js is a script and no module, since V8 then takes what it made of it the last time, from a cache beside it, which is named for the
// Node and the machine that built it: others compile as ever. dist/cli/main.js only runs it.
//
// It reads what tsc writes: imports and exports that begin a line, one line each, and no cycles (`npm run check` refuses them).

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePcap } from './pcap.mjs';
import { traffic } from './traffic.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const entry = 'cli/main.js';
const cacheName = `code-${process.version}-${process.platform}-${process.arch}.cache`;
const first = ['cli/filter.js', 'cli/parallel/run.js', 'cli/parallel/worker.js'];

/** What is imported from outside of dist, by what it is called there: loaded by Node as ever. */
const outside = new Map();
/** The functions, by the path of their module; and those that are wanted only by a dynamic import. */
const modules = new Map();
const later = new Set();

const main = translated(entry);
for (const path of first) taken(`./${relative('cli', path)}`, entry);
const parameters = ['$url', '$module', ...outside.values()].join(', ');
const codeFile = `(async (${parameters}) => {\n${[...table(modules), loader(), main].join('\n')}\n})\n`;
const mainFile = starter();
const mainModules = new Set(modules.keys());
outside.clear();
for (const path of later) taken(`./${relative('cli', path)}`, entry); // grows meanwhile
const others = new Map([...modules].filter(([path]) => !mainModules.has(path)));
const restFile = [...imports(), 'const $url = import.meta.url;', ...table(others), 'export { $modules };', ''].join(
  '\n',
);

const [shebang] = readFileSync(join(dist, entry), 'utf8').split('\n', 1);
writeFileSync(join(dist, entry), `${shebang}\n${mainFile}`);
writeFileSync(join(dist, 'cli/code.js'), codeFile);
writeFileSync(join(dist, 'cli/rest.js'), restFile);
rmSync(join(dist, `${entry}.map`), { force: true }); // which tells of other lines
for (const name of readdirSync(join(dist, 'cli'))) if (name.endsWith('.cache')) rmSync(join(dist, 'cli', name));
keepCompiled();

function imports(some = outside) {
  return [...some].map(([specifier, name]) => `import * as ${name} from ${JSON.stringify(specifier)};`);
}

/** Packages that are no modules: imported, Node would parse them for their exports before it runs them. */
function isScript([specifier]) {
  return specifier === 'commander';
}

/** The table of modules. */
function table(some) {
  const rows = [...some].map(([path, code]) => `${JSON.stringify(path)}: ($load, $import) => {\n${code}\n},`);
  return ['const $modules = {', ...rows, '};'];
}

/** Runs the code with what it imports; `script` is for those who keep what V8 made of it. */
function starter() {
  const scripts = [...outside].filter(isScript);
  return `${imports([...outside].filter((one) => !isScript(one))).join('\n')}
import { readFileSync as $read } from "node:fs";
import { createRequire as $require } from "node:module";
import { fileURLToPath as $path } from "node:url";
import { Script as $Script } from "node:vm";
${scripts.map(([specifier, name]) => `const ${name} = $require(import.meta.url)(${JSON.stringify(specifier)});`).join('\n')}
const $file = (name) => $path(new URL(name, import.meta.url));
function $compiled() {
  try {
    return $read($file(\`code-\${process.version}-\${process.platform}-\${process.arch}.cache\`));
  } catch {
    return undefined; // then it is compiled as ever
  }
}
const $code = $file("code.js");
export const script = new $Script($read($code, "utf8"), { filename: $code, cachedData: $compiled() });
await script.runInThisContext()(import.meta.url, (name) => import(name), ${[...outside.values()].join(', ')});
`;
}

/** Filters a capture, and keeps what V8 made of the code for that. */
function keepCompiled() {
  const directory = mkdtempSync(join(tmpdir(), 'unibpf-'));
  const [file, out] = ['in.pcap', 'out.pcap'].map((name) => join(directory, name));
  writePcap(file, traffic(100, { seed: 1 }));
  const expression =
    'tcp port 80 or (udp and not net 172.16.0.0/12) or host 10.0.0.1 or 10.0.0.2 or 10.0.0.3 or 10.0.0.4';
  const script = `
    process.argv.splice(1, Infinity, 'unibpf', 'filter', ${JSON.stringify(expression)}, ${JSON.stringify(file)}, '-w', ${JSON.stringify(out)});
    const { script } = await import(${JSON.stringify(new URL('../dist/cli/main.js', import.meta.url))});
    const { writeFileSync } = await import('node:fs');
    writeFileSync(${JSON.stringify(join(dist, 'cli', cacheName))}, script.createCachedData());`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'pipe'] });
  rmSync(directory, { recursive: true });
}

function loader() {
  return `const $loaded = new Map();
function $load(path) {
  let exports = $loaded.get(path);
  if (exports === undefined) $loaded.set(path, (exports = $modules[path]($load, $import)));
  return exports;
}
async function $import(path) {
  if (path.startsWith("node:")) return $module(path);
  if (!(path in $modules)) Object.assign($modules, (await $module("./rest.js")).$modules);
  return $load(path);
}`;
}

/** The code of a module with what it imports taken from the loader; what it leads to is added to the modules. */
function translated(path) {
  const exported = [];
  const lines = readFileSync(join(dist, path), 'utf8')
    .split('\n')
    .filter((line) => !/^(#!|\/\/# sourceMappingURL)/.test(line))
    .map((line) => statement(line, path, exported))
    .map((line) => line.replace(/\bimport\('([^']+)'\)/g, (_, to) => dynamic(to, path)))
    .map((line) => line.replaceAll('import.meta.url', `new URL(${JSON.stringify(relative('cli', path))}, $url).href`));
  if (path === entry) return lines.join('\n');
  return `${lines.join('\n')}\nreturn { ${exported.join(', ')} };`;
}

/** A line with its import or export put into our words; the names of exports are added to `exported`. */
function statement(line, path, exported) {
  const imported = /^import (?:\* as (\w+)|(\w+)|\{ (.*) \}) from '(.+)';$/.exec(line);
  if (imported !== null) {
    const [, all, byDefault, some, from] = imported;
    const pattern = all ?? (byDefault ? `{ default: ${byDefault} }` : `{ ${some.replaceAll(' as ', ': ')} }`);
    return `const ${pattern} = ${taken(from, path)};`;
  }
  const passed = /^export (?:\* as (\w+)|\{ (.+) \}) from '(.+)';$/.exec(line);
  if (passed !== null) {
    const [, all, some, from] = passed;
    const names = all === undefined ? some.split(', ') : [];
    if (all !== undefined) exported.push(`${all}: ${taken(from, path)}`);
    exported.push(
      ...names.map((name) => name.split(' as ')).map(([name, as = name]) => `${as}: ${taken(from, path)}.${name}`),
    );
    return '';
  }
  const declared = /^export ((?:async )?function\*?|const|let|class) (\w+)/.exec(line);
  if (declared !== null) exported.push(declared[2]);
  const several = /^export const \{ (.*) \} =/.exec(line);
  if (several !== null) exported.push(...several[1].split(', ').map((name) => name.replace(/^\w+: /, '')));
  if (/^export (?!(?:async )?function|const|let|class|\{\};)/.test(line) || /^import (?!\()/.test(line))
    throw new Error(`${path}: can't take '${line}' into one file`);
  return line === 'export {};' ? '' : line.replace(/^export /, '');
}

/** A module that is loaded when it is wanted, as an expression; a script can't import even those of Node itself. */
function dynamic(specifier, from) {
  if (specifier.startsWith('node:')) return `$import(${JSON.stringify(specifier)})`;
  const path = join(dirname(from), specifier);
  later.add(path);
  return `$import(${JSON.stringify(path)})`;
}

/** What another module exports, as an expression. */
function taken(specifier, from) {
  if (!specifier.startsWith('.')) return named(specifier);
  const path = join(dirname(from), specifier);
  if (path.startsWith('..')) return named(relative('cli', path));
  if (!modules.has(path)) {
    modules.set(path, ''); // it is on its way
    modules.set(path, translated(path));
  }
  return `$load(${JSON.stringify(path)})`;
}

function named(specifier) {
  const name = outside.get(specifier) ?? `$outside${outside.size}`;
  outside.set(specifier, name);
  return name;
}
