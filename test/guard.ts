// Inputs that begin or end at a page that can't be touched (native/guard.c, which is compiled when it is first wanted).

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { nativeMissing } from '../src/run/native.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Room for an input, and two places in it. */
export interface GuardedRoom {
  /** Copies an input to the start of the room, behind what can't be touched. */
  atStart(input: Uint8Array): Uint8Array;
  /** Copies it to the end, before what can't be touched. */
  atEnd(input: Uint8Array): Uint8Array;
}

/** Why there is no such room here; undefined where there is. */
export const guardMissing: string | undefined = nativeMissing() ?? compiled();

function compiled(): string | undefined {
  if (process.platform !== 'linux') return 'pages are guarded on Linux alone';
  mkdirSync(`${root}build`, { recursive: true });
  const folder = mkdtempSync(`${root}build/guard-`);
  const headers = `${root}node_modules/node-api-headers/include`;
  const args = ['-shared', '-fPIC', '-O1', '-I', headers, '-o', `${folder}/guard.node`, `${root}test/native/guard.c`];
  const { status, error, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (error !== undefined) return `there is no C compiler: ${error.message}`;
  if (status !== 0) throw new Error(stderr);
  // Another process may do the same: a file that is whole takes the place of one that is.
  renameSync(`${folder}/guard.node`, `${root}build/guard.node`);
  return undefined;
}

/** @throws Error where `guardMissing` says why */
export function guardedRoom(): GuardedRoom {
  if (guardMissing !== undefined) throw new Error(guardMissing);
  const { guarded }: { guarded(pages: number): ArrayBuffer } = createRequire(import.meta.url)(
    `${root}build/guard.node`,
  );
  const room = new Uint8Array(guarded(1));
  const at = (offset: number, input: Uint8Array) => {
    const place = room.subarray(offset, offset + input.length);
    place.set(input);
    return place;
  };
  return { atStart: (input) => at(0, input), atEnd: (input) => at(room.length - input.length, input) };
}
