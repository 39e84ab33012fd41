// Inputs that begin or end at a page that can't be touched (native/guard.c).

import { nativeMissing } from '../src/run/native.js';
import { compiled } from './compiled.js';

/** Room for an input, and two places in it. */
export interface GuardedRoom {
  /** Copies an input to the start of the room, behind what can't be touched. */
  atStart(input: Uint8Array): Uint8Array;
  /** Copies it to the end, before what can't be touched. */
  atEnd(input: Uint8Array): Uint8Array;
}

interface Guard {
  /** So many pages, with one before them and one behind that can't be touched. */
  guarded(pages: number): ArrayBuffer;
}

const guard = nativeMissing() ?? compiled<Guard>('guard');

/** Why there is no such room here; undefined where there is. */
export const guardMissing = typeof guard === 'string' ? guard : undefined;

/** @throws Error where `guardMissing` says why */
export function guardedRoom(): GuardedRoom {
  if (typeof guard === 'string') throw new Error(guard);
  const room = new Uint8Array(guard.guarded(1));
  const at = (offset: number, input: Uint8Array) => {
    const place = room.subarray(offset, offset + input.length);
    place.set(input);
    return place;
  };
  return { atStart: (input) => at(0, input), atEnd: (input) => at(room.length - input.length, input) };
}
