// The frame around every operation: what a line must be, how a refusal is worded.

import { BpfError } from '../../base/error.js';
import { parseJson } from '../../base/json.js';
import type { RequestFields } from './operation.js';
import { isObject } from './shape.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const scalarFirst = /^\s*\{\s*"id"\s*:\s*("(?:[^"\\]|\\.)*"|[\w.+-]+)\s*[,}]/;
const quicklyParsed = 2 ** 20;

/** @throws BpfError 'syntax' when the line is no JSON, 'usage' when it is no object */
export function parse(line: Uint8Array): RequestFields {
  let request: unknown;
  try {
    request = JSON.parse(utf8.decode(line));
  } catch (cause) {
    throw new BpfError('syntax', 'this line is no JSON', { cause });
  }
  if (!isObject(request)) throw new BpfError('usage', 'expected a request as an object');
  return request;
}

/** Fields that hold a document: the operation gets its text, with all numbers as they were written. */
const documents: ReadonlyMap<unknown, string> = new Map([['seccomp', 'policy']]);

/** The request with the documents in it as text; a document that was given as text stays as it is. */
export function withDocuments(request: RequestFields, line: Uint8Array): RequestFields {
  const name = documents.get(request.op);
  if (name === undefined || !isObject(request[name])) return request;
  const text = utf8.decode(line);
  const whole = parseJson(text);
  const span = whole.kind === 'object' ? whole.members.get(name)?.value.span : undefined;
  return span === undefined ? request : { ...request, [name]: text.slice(span.start, span.end) };
}

/** The id of a request, to be echoed. @throws BpfError 'usage' when there is none, or none that can be echoed */
export function identity(request: RequestFields): unknown {
  if (!Object.hasOwn(request, 'id')) throw new BpfError('usage', "missing field 'id'");
  if (typeof request.id === 'number' && !Number.isSafeInteger(request.id)) {
    throw new BpfError('usage', "expected a number as 'id' to be a safe integer");
  }
  return request.id;
}

/**
 * The id of a request that failed without an answer, or null where none is found quickly: what was too much for a worker
 * may be so for us.
 */
export function idOf(line: Uint8Array): unknown {
  try {
    const first = scalarFirst.exec(Buffer.from(line.subarray(0, 4096)).toString());
    if (first !== null) return identity({ id: JSON.parse(first[1]!) });
    return line.length <= quicklyParsed ? identity(parse(line)) : null;
  } catch {
    return null;
  }
}

/** The answer to a request that failed, as JSON without a newline. */
export function refusal(id: unknown, fault: unknown): string {
  const error = wording(fault);
  try {
    return JSON.stringify({ id, ok: false, error });
  } catch {
    return JSON.stringify({ id: null, ok: false, error }); // an id that is nested too deep to be written
  }
}

/** What is told of an error. An error that is neither ours to give nor a limit of the machine is our own fault. */
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
