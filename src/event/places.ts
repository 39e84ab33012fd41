// How many numbers a calculation holds at once: a machine without a stack of numbers has only so many registers.

import type { Value } from './ast.js';

/** The most that the left side of a comparison may take; the right side one less. */
export const mostPlaces = 7;

/** How many numbers are held while a value is calculated. */
export function placesOf(value: Value): number {
  switch (value.kind) {
    case 'constant':
    case 'field':
      return 1;
    case 'negative':
      return placesOf(value.operand);
    case 'arithmetic':
      return Math.max(placesOf(value.left), 1 + placesOf(value.right));
  }
}
