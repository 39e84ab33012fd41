// One line in, one line out: reads a request, carries it out, and words its answer. Nothing that a line can hold makes it
// throw.

import { BpfError } from '../../base/error.js';
import { nearest } from '../../base/nearest.js';
import type { RequestFields } from './operation.js';
import { operations } from './operations.js';
import { identity, parse, refusal, withDocuments } from './request.js';

/** @returns the answer as JSON, without a newline */
export function answer(line: Uint8Array): string {
  let id: unknown = null;
  try {
    const request = parse(line);
    id = identity(request);
    return JSON.stringify({ id, ok: true, ...carryOut(withDocuments(request, line)) });
  } catch (error) {
    return refusal(id, error);
  }
}

function carryOut({ id: _, op, ...fields }: RequestFields): object {
  if (typeof op !== 'string') throw new BpfError('usage', "expected 'op' to be the name of an operation");
  const operation = operations.get(op);
  if (operation !== undefined) return operation(fields);
  const name = op.slice(0, 40);
  throw new BpfError('usage', `unknown operation '${name}'`, { suggestion: nearest(name, operations.keys()) });
}
