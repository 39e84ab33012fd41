// JavaScript as an engine: a classic program as a function that V8 compiles. For a packet a call that is the fastest there is,
// since nothing leaves JavaScript.

import { BpfError } from '../base/error.js';
import { linkHeaderBytes, metadataOf, packetByte } from '../classic/packet.js';
import type { ClassicProgram } from '../classic/program.js';
import type { ExtensionName } from '../classic/rows.js';
import { type ClassicTrap, defaultBudget, extensionOf } from '../classic/run.js';
import type { ClassicEngineOptions } from './classic.js';
import { batchByOne, type Executable } from './engine.js';
import { trapBase } from './javascript/line.js';
import { outlineOf } from './javascript/outline.js';
import { type Source, sourceOf } from './javascript/source.js';

/** Why there is no JavaScript to be made here, in one line; undefined where there is. */
export function javascriptMissing(): string | undefined {
  try {
    new Function();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Generated = (data: Uint8Array, length: number) => number;

/**
 * Makes a classic program ready to run as JavaScript. Nothing is checked beforehand: a fault is a trap, as on the classic machine.
 * @throws BpfError 'unavailable' where making code of text is forbidden
 */
export function javascriptEngine(
  program: ClassicProgram,
  options: ClassicEngineOptions = {},
  outline = outlineOf(program),
): Executable {
  const { environment = 'packet', budget = defaultBudget } = options;
  const verdict = generated(sourceOf(outline, { input: environment, budget, tellsTraps: false }));
  let execute: Generated | undefined;
  return {
    engine: 'javascript',
    run: (data, length) => {
      execute ??= generated(sourceOf(outline, { input: environment, budget, tellsTraps: true }));
      const value = execute(data, length);
      return value < 0 ? { result: 0n, trap: trapAt(program, value - trapBase) } : { result: BigInt(value) };
    },
    verdict,
    runBatch: (packets, verdicts) => batchByOne(verdict, packets, verdicts, 0),
    close: () => {},
  };
}

function generated({ constants, body }: Source): Generated {
  const missing = javascriptMissing();
  if (missing !== undefined) throw new BpfError('unavailable', `no JavaScript can be generated here: ${missing}`);
  const text = `${constants.declaration}\nreturn function verdict(data, length) {\n${body}\n}`;
  return new Function('extension', 'place', 'tables', text)(extension, place, constants.arrays);
}

function extension(name: ExtensionName, data: Uint8Array, a: number, x: number): number {
  return extensionOf(name, { data, a, x, metadata: metadataOf(data) });
}

/** The byte that an offset with its uppermost bit set names, -1 for none. */
function place(offset: number): number {
  return packetByte(offset >>> 0, linkHeaderBytes) ?? -1;
}

function trapAt({ operations }: ClassicProgram, pc: number): ClassicTrap {
  const kind = operations[pc]?.kind;
  if (kind === undefined) return { code: 'bad-instruction', pc };
  return { code: kind === 'goto' ? 'budget' : 'out-of-bounds', pc };
}
