// The one printer of errors, and the exit status that each gives.

import { BpfError, type ErrorCode } from '../base/error.js';
import { frame } from '../base/frame.js';
import { coloured, isTerminal, takesColour, tell } from './terminal.js';

/** Exit statuses; 70 is EX_SOFTWARE of sysexits.h. */
export const status = { matched: 0, unmatched: 1, usage: 2, refused: 3, io: 4, fault: 5, internal: 70 } as const;

const statuses = {
  syntax: status.usage,
  name: status.usage,
  type: status.usage,
  range: status.usage,
  link: status.usage,
  unsupported: status.usage,
  encoding: status.usage,
  usage: status.usage,
  unavailable: status.usage,
  verify: status.refused,
  io: status.io,
  limit: status.usage,
  internal: status.internal,
} as const satisfies Record<ErrorCode, number>;

/** The exit status for what was thrown; whatever is no BpfError is our own fault. */
export function exitStatus(error: unknown): number {
  return error instanceof BpfError ? statuses[error.code] : status.internal;
}

/**
 * What is shown of an error: the code, the sentence, the line with a caret under the place.
 *
 *     error[name]: unknown protocol name 'tpc'; did you mean 'tcp'?
 *       tpc port 80
 *       ^^^
 *
 * Of our own faults, everything that helps to find them.
 */
export function shown(error: unknown, colour: boolean = takesColour(isTerminal('errors'))): string {
  if (!(error instanceof BpfError) || error.code === 'internal') return fault(error, colour);
  const [sentence, source, carets] = frame(error).split('\n');
  const head = `${coloured(`error[${error.code}]:`, 'red', colour)} ${coloured(sentence ?? '', 'bold', colour)}`;
  if (source === undefined || carets === undefined) return `${head}\n`;
  return `${head}\n${source}\n${coloured(carets, 'red', colour)}\n`;
}

/** What may mean something else than it seems. */
export function warn(message: string): void {
  tell(`warning: ${message}\n`);
}

function fault(error: unknown, colour: boolean): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${coloured('error[internal]:', 'red', colour)} ${what}\nThis is a bug in unibpf: please report it with the lines above.\n`;
}

/** An error as one JSON object: `{ "error": { code, message, start?, end?, pc?, name? } }`. */
export function errorObject(error: unknown): { readonly error: Record<string, unknown> } {
  if (!(error instanceof BpfError)) return { error: { code: 'internal', message: String(error) } };
  const { code, message, place, suggestion, pc } = error;
  const parts = {
    code,
    message,
    source: place?.source,
    name: place?.name,
    line: place?.line,
    start: place?.start,
    end: place?.end,
  };
  return { error: { ...parts, suggestion, pc } };
}
