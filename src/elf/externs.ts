// What an object expects to be defined elsewhere: a setting, a variable or a function of the kernel's.

import type { Btf } from './btf.js';

/** Why a symbol that nothing in the object defines can't be resolved. */
export class Externs {
  readonly #kinds: ReadonlyMap<string, string>;

  constructor(btf: Btf | undefined) {
    this.#kinds = new Map(btf === undefined ? [] : [...kindsIn(btf, '.kconfig'), ...kindsIn(btf, '.ksyms')]);
  }

  reason(name: string): string {
    return `'${name}' ${this.#kinds.get(name) ?? 'is defined nowhere in the object, and programs have no library'}`;
  }
}

function kindsIn(btf: Btf, name: '.kconfig' | '.ksyms'): [string, string][] {
  const section = btf.section(name);
  if (section === undefined) return [];
  return btf.placed(section).map(({ variable }) => {
    const what =
      name === '.kconfig'
        ? "is a setting of the kernel (.kconfig), which isn't read"
        : variable.kind === 'function'
          ? "is a function of the kernel's (a kfunc), which only the kernel's types number"
          : "is a variable of the kernel's (.ksyms), whose place only the kernel knows";
    return [btf.name(variable), what];
  });
}
