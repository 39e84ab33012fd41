// What an operation is: the shape of its requests, and the function that carries one out.

import type { Shape } from './shape.js';

/** The fields of a request, without `id` and `op`. */
export type RequestFields = Readonly<Record<string, unknown>>;

/** Takes the fields of a request, and returns those of its answer. */
export type Operation = (fields: RequestFields) => object;

export function operation<T>(shape: Shape<T>, carryOut: (request: T) => object): Operation {
  return (fields) => carryOut(shape(fields, ''));
}
