// What an operation is: the shape of its requests, and the function that carries one out.

import type { Shape } from './shape.js';

/** Takes the fields of a request, without `id` and `op`, and returns those of its answer. */
export type Operation = (fields: unknown) => object;

export function operation<T>(shape: Shape<T>, carryOut: (request: T) => object): Operation {
  return (fields) => carryOut(shape(fields, ''));
}
