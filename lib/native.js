// Finds and loads the native part: a build of this tree first, else the prebuild for this machine.
// Without one the library interprets, and `native.reason` says in one line why.

import { fileURLToPath } from 'node:url';
import nodeGypBuild from 'node-gyp-build';

export const native = load(fileURLToPath(new URL('..', import.meta.url)));

function load(root) {
  if (process.env.UNIBPF_NATIVE === '0') return { addon: null, reason: 'switched off by UNIBPF_NATIVE=0' };
  try {
    return { addon: nodeGypBuild(root), path: nodeGypBuild.resolve(root), reason: null };
  } catch (error) {
    return { addon: null, reason: error.message.split('\n', 1)[0] };
  }
}
