// The modules of the command line for scripts/bundle.mjs: finds them from where they are asked for, and makes a function of each.
//
//   import { BpfError } from '../base/error.js';     const { BpfError } = $load("base/error.js");
//   await import('./lines.js')                       await $import("cli/lines.js")
//   new URL('./worker.js', import.meta.url)          new URL($path("cli/parallel/worker.js"))
//
// What is imported late is loaded when one of the imported functions is called: $late("filter/hint.js").
//
// It reads what tsc writes: imports and exports that begin a line, one line each, and no cycles (`npm run check` refuses them).

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

const require = createRequire(import.meta.url);

/** Modules of Node whose functions are seldom called, and that take long to load. */
const lateBuiltins = new Set(['node:child_process', 'node:net', 'node:os', 'node:timers/promises']);

/** Modules by their path in dist, those of packages by the path in node_modules, each in the part that asks for it first. */
export class Modules {
  /** The code of the function, by path. */
  code = new Map();
  /** The name of the part, by path. */
  partOf = new Map();
  /** What is asked for by a dynamic import, and what is imported late: it can be in another part. */
  dynamic = new Set();
  late = new Set();
  #root;
  #compiled;
  #packages;
  #isLate;

  /**
   * @param root the project's folder
   * @param compiled where tsc has put the modules
   * @param packages what is taken in of node_modules
   * @param isLate whether an import of the module at `path` by one of `part` may be late
   */
  constructor(root, compiled, packages, isLate) {
    this.#root = root;
    this.#compiled = compiled;
    this.#packages = packages;
    this.#isLate = isLate;
  }

  /** Puts a module into a part, unless it is in one, and all that it imports. */
  find(path, part) {
    if (this.partOf.has(path)) return;
    this.partOf.set(path, part);
    this.code.set(path, this.isPacked(path) ? this.#packed(path, part) : this.#translated(path, part));
  }

  isPacked(path) {
    return this.#packages.some((name) => path.startsWith(`${name}/`));
  }

  /** The first file of a package, as `commander/index.js`. */
  packageFile(name) {
    return join(name, relative(this.packageFolder(name), require.resolve(name)));
  }

  packageFolder(name) {
    return join(this.#root, 'node_modules', name);
  }

  #text(path) {
    return readFileSync(join(path.startsWith('../') ? join(this.#root, 'dist') : this.#compiled, path), 'utf8');
  }

  #translated(path, part) {
    const exported = [];
    const beside = (to) => JSON.stringify(join(dirname(path), to));
    const lines = this.#text(path)
      .split('\n')
      .filter((line) => !line.startsWith('#!'))
      .map((line) => this.#statement(line, path, part, exported))
      .map((line) => line.replace(/\brequire\('([\w-]+)'\)/g, (_, name) => this.#taken(name, path, part)))
      .map((line) => line.replace(/\bimport\('([^']+)'\)/g, (_, to) => this.#imported(to, path)))
      .map((line) =>
        line.replace(/\bfileURLToPath\(new URL\('([^']+)', import\.meta\.url\)\)/g, (_, to) => `$path(${beside(to)})`),
      )
      .map((line) => line.replace(/\bnew URL\('([^']+)', import\.meta\.url\)/g, (_, to) => `$url(${beside(to)})`))
      .map((line) => line.replace('createRequire(import.meta.url)', '$outside'))
      .map((line) => line.replaceAll('import.meta.url', `$url(${JSON.stringify(path)}).href`));
    return `${lines.join('\n')}\nreturn { ${exported.join(', ')} };`;
  }

  /** A line with its import or export put into our words; the names of exports are added to `exported`. */
  #statement(line, path, part, exported) {
    const imported = /^import (?:\* as (\w+)|(\w+)|\{ (.*?),? \}) from '(.+)';$/.exec(line);
    if (imported !== null) {
      const [, all, byDefault, some, from] = imported;
      if (from === 'node:module') return ''; // see createRequire below
      const pattern = all ?? (byDefault ? `{ default: ${byDefault} }` : `{ ${some.replaceAll(' as ', ': ')} }`);
      const names = some?.split(', ').map((name) => name.split(' as ')[0]);
      return `const ${pattern} = ${this.#taken(from, path, part, names)};`;
    }
    const passed = /^export (?:\* as (\w+)|\{ (.+?),? \}) from '(.+)';$/.exec(line);
    if (passed !== null) {
      const [, all, some, from] = passed;
      const names = all === undefined ? some.split(', ').map((name) => name.split(' as ')) : [];
      if (all !== undefined) exported.push(`${all}: ${this.#taken(from, path, part)}`);
      exported.push(...names.map(([name, as = name]) => `${as}: ${this.#taken(from, path, part)}.${name}`));
      return '';
    }
    const declared = /^export ((?:async )?function\*?|const|let|class) (\w+)/.exec(line);
    if (declared !== null) exported.push(declared[2]);
    const several = /^export const \{ (.*?),? \} =/.exec(line);
    if (several !== null) exported.push(...several[1].split(', ').map((name) => name.replace(/^\w+: /, '')));
    if (/^export (?!(?:async )?function|const|let|class|\{\};)/.test(line) || /^import (?!\()/.test(line))
      throw new Error(`${path}: can't take '${line}' into one file`);
    return line === 'export {};' ? '' : line.replace(/^export /, '');
  }

  /** A module that is loaded when it is wanted, as an expression. */
  #imported(specifier, from) {
    const path = specifier.startsWith('.') ? join(dirname(from), specifier) : specifier;
    if (path !== specifier) this.dynamic.add(path);
    return `$import(${JSON.stringify(path)})`;
  }

  /** What another module exports, as an expression. `names`: what is taken of it, where that is known. */
  #taken(specifier, from, part, names) {
    if (!specifier.startsWith('.')) return this.#takenOutside(specifier, part, names);
    const path = join(dirname(from), specifier);
    if (this.#isLate(path, part) && names?.every((name) => this.#isFunction(path, name))) {
      this.late.add(path);
      return `$late(${JSON.stringify(path)})`;
    }
    this.find(path, part);
    return `$load(${JSON.stringify(path)})`;
  }

  #takenOutside(specifier, part, names) {
    if (this.#packages.includes(specifier)) this.find(this.packageFile(specifier), part);
    const isLate =
      lateBuiltins.has(specifier) && names?.every((name) => typeof require(specifier)[name] === 'function');
    return `${isLate ? '$late' : '$outside'}(${JSON.stringify(specifier)})`;
  }

  #isFunction(path, name) {
    return new RegExp(`^export (?:async )?function\\*? ${name}\\b`, 'm').test(this.#text(path));
  }

  /** A file of a package, which is CommonJS already: what it requires of the package is found too, and named by its path here. */
  #packed(path, part) {
    const [name] = path.split('/');
    const folder = this.packageFolder(name);
    const file = join(folder, relative(name, path));
    const own = (_, to) => {
      const required = join(name, relative(folder, createRequire(file).resolve(to)));
      this.find(required, part);
      return `$outside(${JSON.stringify(required)})`;
    };
    const code = readFileSync(file, 'utf8')
      .replace(/\brequire\('(\.[^']+)'\)/g, own)
      .replace(/\brequire\('(node:[^']+)'\)/g, (_, from) => this.#takenOutside(from, part, []));
    return path === this.packageFile(name) ? `${this.#licence(name)}\n${code}` : code;
  }

  /** The licence of a package as a comment. */
  #licence(name) {
    const [manifest, text] = ['package.json', 'LICENSE'].map((file) =>
      readFileSync(join(this.packageFolder(name), file), 'utf8').trim(),
    );
    return `/*! ${name} ${JSON.parse(manifest).version}\n\n${text}\n*/`;
  }
}
