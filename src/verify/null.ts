// Addresses that may be null, and what a comparison with 0 makes of them.

import * as scalar from '../abstract/scalar.js';
import { dropReference } from './reference.js';
import { replaceEach, type State } from './state.js';
import { changed, number, type Value } from './value.js';

/** Kinds of address that are never 0 once they are not marked as nullable. */
export function isNeverNull({ kind, nullable }: Value): boolean {
  if (nullable) return false;
  switch (kind) {
    case 'map':
    case 'map-key':
    case 'map-value':
    case 'memory':
    case 'socket':
    case 'sock-common':
    case 'tcp-sock':
      return true;
    case 'uninitialised':
    case 'scalar':
    case 'context':
    case 'stack':
    case 'packet':
    case 'packet-meta':
    case 'packet-end':
    case 'flow-keys':
    case 'trace-buffer':
    case 'xdp-sock':
    case 'kernel-sock':
    case 'dynptr':
    case 'function':
    case 'typed':
      return false;
  }
}

/** Tells a way that an address is 0, and with it all that came from the same call. */
export function assumeNull(state: State, pointer: Value): void {
  // What was not acquired need not be released.
  if (pointer.reference !== 0 && pointer.reference === pointer.id) dropReference(state, pointer.reference);
  replaceEach(state, (value) => (isSame(value, pointer) ? number(scalar.zero) : value));
}

/** Tells a way that an address is not 0, and with it all that came from the same call. */
export function assumeNotNull(state: State, pointer: Value): void {
  replaceEach(state, (value) => (isSame(value, pointer) ? notNull(value) : value));
}

function isSame(value: Value, pointer: Value): boolean {
  return value.nullable && value.id === pointer.id;
}

/** What a look-up found: a value, or what maps of that type hold instead: a socket, a map known by this look-up. */
function notNull(value: Value): Value {
  const found = changed(value, { nullable: false, id: 0 });
  if (value.kind !== 'map-value' || value.map === undefined) return found;
  if (value.map.inner !== undefined) return changed(found, { kind: 'map', map: value.map.inner, mapId: value.id });
  switch (value.map.type) {
    case 'xskmap':
      return changed(found, { kind: 'xdp-sock' });
    case 'sockmap':
    case 'sockhash':
      return changed(found, { kind: 'socket' });
    default:
      return found;
  }
}
