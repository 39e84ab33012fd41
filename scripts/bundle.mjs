// Makes two files of the command line: to find and load a module takes Node half a millisecond of processor time, and a filter needs
// more than two hundred. What `unibpf filter` needs takes the place of dist/cli/main.js, the rest is dist/cli/rest.js, which is loaded
// with the first module that it has. Each module becomes a function that is called when it is asked for first:
//
//   "run/load.js": ($load) => { const { BpfError } = $load("base/error.js"); … return { load, … }; },
//
// It reads what tsc writes: imports and exports that begin a line, one line each, and no cycles (`npm run check` refuses them).

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const entry = 'cli/main.js';
const first = 'cli/filter.js';

/** What is imported from outside of dist, by what it is called there: loaded by Node as ever. */
const outside = new Map();
/** The functions, by the path of their module; and those that are wanted only by a dynamic import. */
const modules = new Map();
const later = new Set();

const main = translated(entry);
taken(`./${first.replace('cli/', '')}`, entry);
const mainFile = [...prologue(), loader(), main].join('\n');
const mainModules = new Set(modules.keys());
outside.clear();
for (const path of later) taken(`./${relative('cli', path)}`, entry); // grows meanwhile
const restFile = prologue(mainModules).join('\n').replace('const $modules', 'export const $modules');

const [shebang] = readFileSync(join(dist, entry), 'utf8').split('\n', 1);
writeFileSync(join(dist, entry), `${shebang}\n${mainFile}`);
writeFileSync(join(dist, 'cli/rest.js'), `${restFile}\n`);
rmSync(join(dist, `${entry}.map`), { force: true }); // which tells of other lines

/** The imports and the table of the modules that are there, but for some. */
function prologue(without = new Set()) {
  const imports = [...outside].map(([specifier, name]) => `import * as ${name} from ${JSON.stringify(specifier)};`);
  const some = [...modules].filter(([path]) => !without.has(path));
  const table = some.map(([path, code]) => `${JSON.stringify(path)}: ($load, $import) => {\n${code}\n},`);
  return [...imports, 'const $modules = {', ...table, '};'];
}

function loader() {
  return `const $loaded = new Map();
function $load(path) {
  let exports = $loaded.get(path);
  if (exports === undefined) $loaded.set(path, (exports = $modules[path]($load, $import)));
  return exports;
}
async function $import(path) {
  if (!(path in $modules)) Object.assign($modules, (await import('./rest.js')).$modules);
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
    .map((line) => line.replace(/\bimport\('(\.[^']+)'\)/g, (_, to) => dynamic(join(dirname(path), to))))
    .map((line) =>
      line.replaceAll('import.meta.url', `new URL(${JSON.stringify(relative('cli', path))}, import.meta.url).href`),
    );
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

/** A module that is loaded when it is wanted, as an expression. */
function dynamic(path) {
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
