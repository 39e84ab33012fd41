// Native parts of tests (test/native), each compiled when it is first wanted.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What `test/native/NAME.c` exports; or why there is none, in words.
 * @throws Error with the compiler's words where it doesn't compile
 */
export function compiled<T>(name: string): T | string {
  if (process.platform !== 'linux') return 'the native parts of tests are for Linux alone';
  mkdirSync(`${root}build`, { recursive: true });
  const folder = mkdtempSync(`${root}build/${name}-`);
  try {
    const headers = `${root}node_modules/node-api-headers/include`;
    const output = `${folder}/${name}.node`;
    const args = ['-shared', '-fPIC', '-O1', '-I', headers, '-o', output, `${root}test/native/${name}.c`];
    const { status, error, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
    if (error !== undefined) return `there is no C compiler: ${error.message}`;
    if (status !== 0) throw new Error(stderr);
    // Another process may do the same: a file that is whole takes the place of one that is.
    renameSync(output, `${root}build/${name}.node`);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return createRequire(import.meta.url)(`${root}build/${name}.node`);
}
