// A classic program as the body of a JavaScript function (data, length): its verdict.
//
// Where all jumps lead forward, each that one leads to ends a labelled block, so that a jump is a `break`, and V8 sees the very
// flow of the program:
//
//   L9: { …  L5: { …  if (A === 2048) break L5;  …  break L9; } … }  …
//
// A list of many comparisons becomes a table. A program with a loop, or whose blocks would nest too deep, is a `switch` over its
// blocks in a loop, and counts what it executes, a block at a time.

import { Constants } from './constants.js';
import type { SourceOptions } from './line.js';
import type { Outline } from './outline.js';
import { straight } from './straight.js';
import { switched } from './switched.js';

export interface Source {
  readonly body: string;
  readonly constants: Constants;
}

export function sourceOf(outline: Outline, options: SourceOptions): Source {
  const constants = new Constants();
  const blocks = outline.hasLoop ? undefined : straight(outline, options, constants);
  const body = (blocks ?? switched(outline.operations, options)).join('\n');
  const cells = [...new Set(body.match(/\bM\d+\b/g))].map((cell) => `, ${cell} = 0`);
  const variables = `let A = 0, X = 0, at = 0${cells.join('')};`;
  return { body: `'use strict';\nconst size = data.length;\n${variables}\n${body}`, constants };
}
