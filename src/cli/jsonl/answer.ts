// One line in, one line out: reads a request, carries it out, and words its answer. Nothing that a line can hold makes it
// throw.

import { BpfError } from '../../base/error.js';
import { nearest } from '../../base/nearest.js';
import type { RequestFields } from './operation.js';
import { operations } from './operations.js';
import { isObject } from './shape.js';

/** @returns the answer as JSON, without a newline */
export function answer(line: Uint8Array): string {
  let id: unknown = null;
  try {
    const request = parse(line);
    id = identity(request);
    return JSON.stringify({ id, ok: true, ...carryOut(request) });
  } catch (error) {
    return refusal(id, error);
  }
}

/** The answer to a request that failed. */
export function refusal(id: unknown, fault: unknown): string {
  const error = wording(fault);
  try {
    return JSON.stringify({ id, ok: false, error });
  } catch {
    return JSON.stringify({ id: null, ok: false, error }); // an id that is nested too deep to be written
  }
}

/** The id of a request, or null where the line has none that can be echoed. */
export function idOf(line: Uint8Array): unknown {
  try {
    return identity(parse(line));
  } catch {
    return null;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(line: Uint8Array): RequestFields {
  let request: unknown;
  try {
    request = JSON.parse(utf8.decode(line));
  } catch (cause) {
    throw new BpfError('syntax', 'this line is no JSON', { cause });
  }
  if (!isObject(request)) throw new BpfError('usage', 'expected a request as an object');
  return request;
}

function identity(request: RequestFields): unknown {
  if (!Object.hasOwn(request, 'id')) throw new BpfError('usage', "missing field 'id'");
  if (typeof request.id === 'number' && !Number.isSafeInteger(request.id)) {
    throw new BpfError('usage', "expected a number as 'id' to be a safe integer");
  }
  return request.id;
}

function carryOut({ id: _, op, ...fields }: RequestFields): object {
  if (typeof op !== 'string') throw new BpfError('usage', "expected 'op' to be the name of an operation");
  const operation = operations.get(op);
  if (operation !== undefined) return operation(fields);
  throw new BpfError('usage', `unknown operation '${op.slice(0, 40)}'`, {
    suggestion: nearest(op.slice(0, 40), operations.keys()),
  });
}

/** What an answer says of an error. An error that is neither ours to give nor a limit of the machine is our own fault. */
function wording(error: unknown): object {
  if (error instanceof BpfError) {
    const { code, message, place, pc } = error;
    return { code, message, start: place?.start, end: place?.end, pc };
  }
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof RangeError
    ? { code: 'limit', message: `too much for this machine: ${message}` }
    : { code: 'internal', message };
}
