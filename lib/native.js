// Finds and loads the native part: a build of this tree first, else the prebuild for this machine.
// Without one the library interprets, and `native.reason` says in one line why.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// What is no module Node would parse for its exports before it runs it, were it imported.
const require = createRequire(import.meta.url);

/** Variables that the native part reads, and the words that mean something. */
const settings = { UNIBPF_CPU: ['baseline'], UNIBPF_JIT_MEMORY: ['dual', 'mprotect'] };

export const native = load(fileURLToPath(new URL('..', import.meta.url)));

function load(root) {
  const wrong = wrongSetting();
  if (wrong !== undefined) return { addon: null, reason: wrong, isWrong: true };
  if (process.env.UNIBPF_NATIVE === '0') return { addon: null, reason: 'switched off by UNIBPF_NATIVE=0' };
  try {
    const path = found(root);
    return { addon: require(path), path, reason: null };
  } catch (error) {
    return { addon: null, reason: error.message.split('\n', 1)[0] };
  }
}

/** Where node-gyp-build finds it too; it is asked where that isn't sure, since to load it takes longer than to load what it finds. */
function found(root) {
  const { UNIBPF_PREBUILD: prebuild, PREBUILDS_ONLY: prebuildsOnly } = process.env;
  const folders = prebuild || prebuildsOnly ? [] : ['build/Release', `prebuilds/${process.platform}-${process.arch}`];
  const path = folders.map((folder) => `${root}/${folder}/unibpf.node`).find(existsSync);
  return path ?? require('node-gyp-build').resolve(root);
}

/** What is wrong with the first variable that has another word; an empty one is as good as none. */
function wrongSetting() {
  for (const [name, choices] of Object.entries(settings)) {
    const word = process.env[name];
    if (!word || choices.includes(word)) continue;
    return `expected ${name} to be ${choices.map((choice) => `'${choice}'`).join(' or ')}, found '${word}'`;
  }
  return undefined;
}
