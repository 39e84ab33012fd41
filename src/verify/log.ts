// A record of the walk for people to read, in Linux's notation: each instruction with what it changed; at level 2 with all
// that was known before it.

import { encode } from '../ebpf/encode.js';
import type { Insn } from '../ebpf/insn.js';
import { printInsn } from '../ebpf/print.js';
import { printChanges, printState } from './print.js';
import type { Frame, State } from './state.js';

export type LogLevel = 0 | 1 | 2;

/** How many characters are kept: the first ones. */
const limit = 16 * 1024 * 1024;

export class Log {
  readonly #level: LogLevel;
  readonly #lines: string[] = [];
  #size = 0;
  /** What the running function's frame was like before the present instruction. */
  #before: Frame | undefined;

  constructor(level: LogLevel) {
    this.#level = level;
  }

  get text(): string {
    return this.#lines.join('\n');
  }

  before(state: State): void {
    if (this.#level === 0) return;
    if (this.#level === 2) this.#add(`${state.pc}: ${printState(state)}`);
    this.#before = state.frame.copy();
  }

  after(state: State, insn: Insn, pc: number): void {
    if (this.#before === undefined) return;
    const opcode = encode([insn])[0]!.toString(16).padStart(2, '0');
    const line = `${pc}: (${opcode}) ${printInsn(insn)}`;
    const isCall = insn.kind === 'call-local' || insn.kind === 'exit';
    const changes = isCall ? '' : printChanges(this.#before, state);
    this.#add(changes === '' ? line : `${line.padEnd(37)} ; ${changes}`);
  }

  /** A path goes on that waited. */
  resume(state: State): void {
    if (this.#level > 0 && state.from >= 0) this.#add(`\nfrom ${state.from} to ${state.pc}: ${printState(state)}`);
  }

  /** A path is covered by what was seen before. */
  covered(state: State): void {
    if (this.#level > 0) this.#add(`${state.pc}: safe`);
  }

  #add(line: string): void {
    this.#size += line.length + 1;
    if (this.#size <= limit) this.#lines.push(line);
  }
}
