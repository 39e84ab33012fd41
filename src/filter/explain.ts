// Why a filter says what it says of a packet. The plain program is run, with a mark on either way out of each primitive:
//
//   primitive   ▸   primitive and matched, or else failed
//
// A mark is an instruction that changes nothing; its span tells which primitive it is of, and which way.

import { expectBytes, expectObject } from '../base/argument.js';
import type { Span } from '../base/error.js';
import type { Operation } from '../classic/insn.js';
import { ClassicProgram } from '../classic/program.js';
import { type JumpName, jump } from '../classic/rows.js';
import { type ClassicPacket, type Observer, watchClassic } from '../classic/run.js';
import { and, type Condition, never, or } from './condition.js';
import { emit } from './emit/emit.js';
import { accept, build, reject } from './graph.js';
import { initialize } from './initialize.js';
import { type CompileOptions, meaning } from './meaning.js';
import type { Values } from './value.js';

export interface Explanation {
  /** How many bytes to keep of the packet, 0 for none. */
  readonly verdict: number;
  /** What was looked at before the first primitive: the length of headers, where it varies. */
  readonly before: readonly Check[];
  /** In the order of the text. */
  readonly primitives: readonly ExplainedPrimitive[];
}

/** A primitive of the text; `ended`: evaluating it left the packet or divided by zero, which refuses the packet. */
export interface ExplainedPrimitive extends Span {
  readonly outcome: 'matched' | 'failed' | 'ended' | 'not asked';
  readonly checks: readonly Check[];
}

/** A comparison and the loads before it; none where the program ended, or only kept what it loaded. */
export interface Check {
  readonly loads: readonly PacketLoad[];
  readonly comparison: Comparison | undefined;
}

export interface PacketLoad {
  /** The first byte, from the beginning of the packet. */
  readonly offset: number;
  readonly size: 1 | 2 | 4;
  /** The number in network order; undefined where the load left the packet. */
  readonly found: number | undefined;
}

export interface Comparison {
  readonly value: number;
  /** `set`: whether they have a bit in common. */
  readonly relation: JumpName;
  readonly with: number;
  readonly holds: boolean;
}

/**
 * Explains what a filter says of a packet.
 * @throws BpfError with the place of the mistake in `filter`
 */
export function explain(filter: string, packet: ClassicPacket, options: CompileOptions = {}): Explanation {
  expectObject(packet, 'the packet');
  expectBytes(packet.data, "the packet's data");
  expectObject(options, 'the options');
  const { g, condition, snaplen } = meaning(filter, options, false);
  const marks = new Marks(g.values);
  const root = initialize(build(marks.on(condition), accept, reject), g.values);
  const { insns, spans } = emit(root, g, snaplen, false);
  const program = new ClassicProgram(insns, { source: filter, spans });
  const watcher = new Watcher(program.operations, spans, marks);
  const { result } = watchClassic(program, packet, watcher);
  return { verdict: result, ...watcher.told() };
}

interface Mark {
  readonly primitive: Span;
  readonly matched: boolean;
}

/** The primitives of a condition in their order, and the marks on their ways out. */
class Marks {
  readonly primitives: Span[] = [];
  readonly marks = new Map<Span, Mark>();
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  /** The condition with its marks. */
  on(condition: Condition): Condition {
    switch (condition.kind) {
      case 'test':
      case 'steps':
      case 'fixed':
        return condition;
      case 'not':
        return { kind: 'not', operand: this.on(condition.operand) };
      case 'sequence': {
        const first = this.on(condition.first);
        const rest = condition.rest.map(({ operator, operand }) => ({ operator, operand: this.on(operand) }));
        return { kind: 'sequence', first, rest };
      }
      case 'primitive': {
        const { operand, span } = condition;
        this.primitives.push(span);
        return or(and(operand, this.#mark(span, true)), and(this.#mark(span, false), never));
      }
    }
  }

  #mark(primitive: Span, matched: boolean): Condition {
    const span = { ...primitive };
    this.marks.set(span, { primitive, matched });
    return { kind: 'steps', steps: [{ variable: undefined, value: this.#values.constant(0) }], span };
  }
}

/** Notes what a run looks at, by the primitive that asks for it. */
class Watcher implements Observer {
  readonly #operations: readonly (Operation | undefined)[];
  readonly #spans: readonly (Span | undefined)[];
  readonly #marks: Marks;
  readonly #outcomes = new Map<Span, boolean>();
  readonly #checks = new Map<Span | undefined, Check[]>();
  #current: Span | undefined;
  #loads: PacketLoad[] = [];

  constructor(operations: readonly (Operation | undefined)[], spans: readonly (Span | undefined)[], marks: Marks) {
    this.#operations = operations;
    this.#spans = spans;
    this.#marks = marks;
  }

  step(pc: number, { a, x }: { readonly a: number; readonly x: number }): void {
    const span = this.#spans[pc];
    const mark = span === undefined ? undefined : this.#marks.marks.get(span);
    if (span !== this.#current) this.#flush();
    if (mark !== undefined) this.#outcomes.set(mark.primitive, mark.matched);
    this.#current = mark?.primitive ?? span;
    const operation = this.#operations[pc];
    if (operation?.kind !== 'jump') return;
    const operand = operation.operand === 'x' ? x : operation.operand.k;
    const holds = jump[operation.op].eval(a, operand);
    this.#add({ value: a, relation: operation.op, with: operand, holds });
  }

  load(offset: number, size: 1 | 2 | 4, found: number | undefined): void {
    this.#loads.push({ offset, size, found });
  }

  told(): Pick<Explanation, 'before' | 'primitives'> {
    this.#flush();
    const { primitives } = this.#marks;
    const own = new Set<Span | undefined>(primitives);
    const before = [...this.#checks].flatMap(([span, checks]) => (own.has(span) ? [] : checks));
    return { before, primitives: primitives.map((span) => this.#primitive(span)) };
  }

  #primitive(span: Span): ExplainedPrimitive {
    const { start, end } = span;
    const checks = this.#checks.get(span);
    const matched = this.#outcomes.get(span);
    if (matched !== undefined) return { start, end, outcome: matched ? 'matched' : 'failed', checks: checks ?? [] };
    return { start, end, outcome: this.#current === span ? 'ended' : 'not asked', checks: checks ?? [] };
  }

  /** Loads that nothing was compared with. */
  #flush(): void {
    if (this.#loads.length > 0) this.#add(undefined);
  }

  #add(comparison: Comparison | undefined): void {
    const checks = this.#checks.get(this.#current) ?? [];
    checks.push({ loads: this.#loads, comparison });
    this.#checks.set(this.#current, checks);
    this.#loads = [];
  }
}
