// How an error is shown to a person: the sentence, the line of the source, a caret under the place.
//
//   unknown protocol name 'tpc'; did you mean 'tcp'?
//     tpc port 80
//     ^^^

import { expectInstance } from './argument.js';
import { BpfError, type Place } from './error.js';

/** Longest piece of a source line that is shown; a longer line is cut around the place. */
const lineLimit = 100;

/** The message with its frame, without colour, without a trailing newline. */
export function frame(error: BpfError): string {
  expectInstance(error, BpfError);
  if (error.place === undefined) return error.message;
  const { where, line, column, width } = located(shownPlace(error.place));
  const head = where === '' ? error.message : `${where}: ${error.message}`;
  if (line.trim() === '') return head;
  return `${head}\n  ${line}\n  ${' '.repeat(column)}${'^'.repeat(width)}`;
}

/** Line (from 1) and column (from 1) of an offset in a text. */
export function lineAndColumn(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - start + 1 };
}

interface Located {
  readonly where: string;
  readonly line: string;
  readonly column: number;
  readonly width: number;
}

/** The end of a text is shown behind its last word: empty lines after it would show nothing. */
function shownPlace(place: Place): Place {
  const { length } = place.source.trimEnd();
  return place.start > length && place.start === place.source.length ? { ...place, start: length, end: length } : place;
}

function located(place: Place): Located {
  const { source, start, end } = place;
  const lineStart = source.lastIndexOf('\n', start - 1) + 1;
  const newline = source.indexOf('\n', start);
  const lineEnd = newline < 0 ? source.length : newline;
  const from = Math.max(lineStart, Math.min(start - lineLimit / 2, lineEnd - lineLimit));
  const to = Math.min(lineEnd, from + lineLimit);
  const position = lineAndColumn(source, start);
  const many = source.includes('\n') || place.line !== undefined;
  return {
    where: [place.name, ...(many ? [position.line + (place.line ?? 1) - 1, position.column] : [])]
      .filter((part) => part !== undefined)
      .join(':'),
    line: source.slice(from, to).replace(/\p{Cc}/gu, ' '),
    column: start - from,
    width: Math.max(1, Math.min(end, to) - start),
  };
}
