// Classic programs from text, in each of the forms that people paste. They are told apart by their shape.

import { BpfError, type Span } from '../base/error.js';
import type { Origin } from '../base/origin.js';
import type { ClassicInsn } from './insn.js';
import { parseAssembly } from './text/assembly.js';
import { parseListing } from './text/listing.js';
import { parseDecimals, parseHex, parseInitializers } from './text/numbers.js';
import type { TextProgram } from './text/program.js';

/** What was read, and the text that it was read from. */
export interface ParsedText {
  readonly insns: readonly ClassicInsn[];
  readonly origin: Origin;
}

interface Shape {
  readonly matches: RegExp;
  readonly parse: (source: string) => TextProgram;
}

/** The first that matches is the text's shape; what has none is assembly. */
const shapes: readonly Shape[] = [
  { matches: /^\s*\(\d+\)/, parse: parseListing },
  { matches: /^[^;#:]*\{/, parse: parseInitializers },
  { matches: /^\s*\d{1,5}\s*[,\n]|^\s*\d{1,5}\s*$/, parse: parseDecimals },
  { matches: /^(?:\s*[0-9a-f]{2})+\s*$/i, parse: parseHex },
  { matches: /\bbytecode\s+(["'])/, parse: parseOption },
  { matches: /^/, parse: parseAssembly },
];

/**
 * Reads `tcpdump -d`, `-dd` and `-ddd`, C initializers, the one line of bpf_asm, the options of iptables and tc that hold
 * it, hexadecimal bytes, and assembly.
 * @throws BpfError 'syntax', 'name' or 'range' with the place of what can't be read
 */
export function parse(source: string): ParsedText {
  if (source.trim() === '') {
    const place = { source, start: source.length, end: source.length };
    throw new BpfError('syntax', 'expected a classic program, found no text', { place });
  }
  const { insns, spans } = shapes.find(({ matches }) => matches.test(source))!.parse(source);
  return { insns, origin: { source, spans } };
}

/** `-m bpf --bytecode "4,48 0 0 9,…"` of iptables, `bytecode '1,6 0 0 4294967295,'` of tc. */
function parseOption(source: string): TextProgram {
  const [before, quote] = /\bbytecode\s+(["'])/.exec(source)!;
  const start = source.indexOf(before) + before.length;
  const end = source.indexOf(quote!, start);
  if (end < 0) {
    const place = { source, start: start - 1, end: start };
    throw new BpfError('syntax', `the quote ${quote} has no end`, { place });
  }
  return moved(() => parseDecimals(source.slice(start, end)), source, start);
}

/** What reading a part of the source gives, with its places moved to where the part stands. */
function moved(read: () => TextProgram, source: string, by: number): TextProgram {
  const shift = ({ start, end }: Span): Span => ({ start: start + by, end: end + by });
  try {
    const { insns, spans } = read();
    return { insns, spans: spans.map(shift) };
  } catch (error) {
    if (!(error instanceof BpfError) || error.place === undefined) throw error;
    throw error.at({ source, ...shift(error.place) });
  }
}
