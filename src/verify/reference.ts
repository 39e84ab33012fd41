// Objects that a program acquires (sockets, records of ring buffers) and must release on every path.

import type { Analysis } from './analysis.js';
import { refuse } from './refusal.js';
import { replaceEach, type State } from './state.js';
import { unknown } from './value.js';

/** @returns the id that all values leading to the object carry */
export function acquire(analysis: Analysis, state: State): number {
  const id = analysis.newId();
  state.references = [...state.references, { id, pc: state.pc }];
  return id;
}

export function dropReference(state: State, id: number): void {
  state.references = state.references.filter((reference) => reference.id !== id);
}

/** The object is given back: whatever led to it is a number like any other. */
export function release(state: State, id: number): void {
  dropReference(state, id);
  replaceEach(state, (value) => (value.reference === id ? unknown : value));
}

/** @param where what happens while something is held: `the program ends` */
export function checkNothingHeld(state: State, where: string): void {
  const [held] = state.references;
  if (held !== undefined) refuse(`${where} while what the call at ${held.pc} acquired is not released`);
}
