// Which line of which source an instruction came from, as the compiler's line information says.

import type { Place } from '../base/error.js';
import type { Btf } from './btf.js';
import { type Records, readRecords } from './extra.js';
import type { Part } from './part.js';

interface Line {
  /** The first byte of its section that is of this line. */
  readonly offset: number;
  readonly fileAt: number;
  readonly textAt: number;
  /** The number of the line, and of the column in it, both from 1. */
  readonly position: number;
}

const columnBits = 10;

export class Lines {
  readonly #btf: Btf | undefined;
  readonly #lines: Records<Line>;
  /** Instructions of one line share its place. */
  readonly #places = new Map<Line, Place | undefined>();

  /** @param extra the section .BTF.ext; without it nothing is known. @throws BpfError 'encoding' when it isn't whole */
  constructor(btf?: Btf, extra?: Part) {
    this.#btf = btf;
    const lines: Records<Line> = btf && extra ? readRecords(extra, btf, 'lines', lineAt) : new Map();
    this.#lines = new Map([...lines].map(([section, list]) => [section, list.toSorted((a, b) => a.offset - b.offset)]));
  }

  /**
   * The place in the source that an instruction came from, if it is known.
   * @param start the byte at which its function begins
   */
  place(section: string, offset: number, start: number): Place | undefined {
    const line = lastUpTo(this.#lines.get(section) ?? [], offset);
    if (line === undefined || line.offset < start) return undefined;
    if (!this.#places.has(line)) this.#places.set(line, this.#placeOf(line));
    return this.#places.get(line);
  }

  #placeOf({ fileAt, textAt, position }: Line): Place | undefined {
    const source = this.#btf!.line(textAt);
    if (source.trim() === '') return undefined;
    const name = this.#btf!.text(fileAt, "the name of a line's file");
    const column = Math.max(position & ((1 << columnBits) - 1), 1);
    const start = column <= source.length ? column - 1 : source.length - source.trimStart().length;
    const end = start + (/^(?:[\w$]+|.)/u.exec(source.slice(start))?.[0].length ?? 1);
    return { source, name, line: position >>> columnBits, start, end };
  }
}

function lineAt(records: Part, at: number): Line {
  return {
    offset: records.u32(at),
    fileAt: records.u32(at + 4),
    textAt: records.u32(at + 8),
    position: records.u32(at + 12),
  };
}

/** The last line that begins at a byte or before it. */
function lastUpTo(lines: readonly Line[], offset: number): Line | undefined {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lines[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return lines[low - 1];
}
