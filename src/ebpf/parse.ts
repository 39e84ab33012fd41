// Assembly text to instructions. Each statement, on a line of its own or up to a semicolon, is in either notation:
//
//   start:  r0 = *(u32 *)(r1 +4)      # Linux's, as its verifier log and LLVM write it
//           jeq %r0, 5, start         # that of the bpf_conformance suite
//   5: (95) exit                      # the number of a slot, which is checked, and an opcode, as listings have them
//
// A jump leads to a label, or says how many slots it skips (`pc+3`, `+3`). The label `exit`, where nobody sets it, is the
// first exit.

import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import type { Origin } from '../base/origin.js';
import { altered, type Insn } from './insn.js';
import { Cursor, type Token, tokens } from './text/cursor.js';
import { isLinux, parseLinux } from './text/linux/parse.js';
import { parseMnemonic } from './text/mnemonic/parse.js';
import type { Draft } from './text/operands.js';

export interface Parsed {
  /** By slots: a wide load is followed by its `wide-end`. */
  readonly insns: readonly Insn[];
  readonly origin: Origin;
}

/** @throws BpfError 'syntax', 'name' (an unknown label) or 'range', each with its place */
export function parse(source: string): Parsed {
  const assembly = new Assembly(source);
  for (const statement of statements(tokens(source))) assembly.add(statement);
  return assembly.finish();
}

interface Slot extends Draft {
  readonly start: number;
  readonly end: number;
}

class Assembly {
  readonly #source: string;
  readonly #slots: Slot[] = [];
  readonly #labels = new Map<string, number>();

  constructor(source: string) {
    this.#source = source;
  }

  add(statement: readonly Token[]): void {
    const cursor = new Cursor(this.#source, statement);
    while (cursor.peek(1) === ':' && !cursor.atEnd) this.#label(cursor);
    if (cursor.atEnd) return;
    const start = cursor.token!.start;
    const draft = isLinux(cursor) ? parseLinux(cursor) : parseMnemonic(cursor);
    cursor.expectEnd();
    const slot = { ...draft, start, end: statement.at(-1)!.end };
    this.#slots.push(slot);
    if (draft.insn.kind === 'wide') this.#slots.push({ insn: { kind: 'wide-end' }, start, end: slot.end });
  }

  finish(): Parsed {
    if (this.#slots.length === 0) {
      const end = this.#source.length;
      throw new BpfError('syntax', 'expected an instruction', { place: { source: this.#source, start: end, end } });
    }
    if (!this.#labels.has('exit')) this.#addImplicitExit();
    return {
      insns: this.#slots.map((slot, pc) => this.#resolved(slot, pc)),
      origin: { source: this.#source, spans: this.#slots.map(({ start, end }) => ({ start, end })) },
    };
  }

  #label(cursor: Cursor): void {
    const token = cursor.next('a label');
    cursor.expect(':');
    if (token.kind === 'number') this.#checkNumber(cursor, token);
    else this.#setLabel(cursor, token);
  }

  #setLabel(cursor: Cursor, token: Token): void {
    if (token.kind !== 'word') throw cursor.error('syntax', 'expected a label before the colon', token);
    if (this.#labels.has(token.text)) throw cursor.error('name', `the label '${token.text}' is set twice`, token);
    this.#labels.set(token.text, this.#slots.length);
  }

  /** `5: (95)`, the beginning of a listing's line */
  #checkNumber(cursor: Cursor, token: Token): void {
    const here = this.#slots.length;
    if (Number(token.text) !== here) throw cursor.error('syntax', `expected ${here}, the number of this slot`, token);
    if (!cursor.accept('(')) return;
    while (cursor.peek() !== ')') cursor.next('an opcode'); // 0f is a number and a word
    cursor.expect(')');
  }

  #addImplicitExit(): void {
    const pc = this.#slots.findIndex(({ insn }) => insn.kind === 'exit');
    if (pc >= 0) this.#labels.set('exit', pc);
  }

  #resolved({ insn, to }: Slot, pc: number): Insn {
    if (to === undefined) return insn;
    const off = to.kind === 'word' ? this.#find(to) - pc - 1 : offsetOf(insn);
    switch (insn.kind) {
      case 'jump':
      case 'may-goto':
        return altered(insn, { off: this.#short(off, to) });
      case 'goto':
        return altered(insn, { off: insn.long ? off : this.#short(off, to) });
      case 'call-local':
        return altered(insn, { off });
      case 'wide':
        return altered(insn, { low: off });
      default:
        return insn;
    }
  }

  #find(label: Token): number {
    const pc = this.#labels.get(label.text);
    if (pc !== undefined) return pc;
    const place = { source: this.#source, start: label.start, end: label.end };
    throw new BpfError('name', `unknown label '${label.text}'`, {
      place,
      suggestion: nearest(label.text, this.#labels.keys()),
    });
  }

  #short(off: number, { start, end }: Token): number {
    if (off >= -0x8000 && off <= 0x7fff) return off;
    const place = { source: this.#source, start, end };
    throw new BpfError('range', `expected a jump over -32768 to 32767 slots, found ${off}`, { place });
  }
}

/** How far an instruction leads that says it in numbers. */
function offsetOf(insn: Insn): number {
  if (insn.kind === 'wide') return insn.low;
  return 'off' in insn ? insn.off : 0;
}

function statements(all: readonly Token[]): Token[][] {
  const found: Token[][] = [[]];
  for (const token of all) {
    if (token.kind === 'break') found.push([]);
    else found.at(-1)!.push(token);
  }
  return found;
}
