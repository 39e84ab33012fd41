// The shape of a program before any value is known: its functions, which instructions can be reached, where paths meet.

import type { Insn } from '../ebpf/insn.js';
import { isCall } from '../ebpf/registers.js';
import { VerifyError } from './refusal.js';

export interface Graph {
  /** The first slots of the program's functions, ascending; the main one starts at 0. */
  readonly functions: readonly number[];
  /** 1 for each slot at which paths can meet: where an earlier state is looked for. */
  readonly meetings: Uint8Array;
  /** 1 for each slot that a way through its function comes back to; each loop has one. */
  readonly loopHeads: Uint8Array;
  /** 1 for each slot that can be entered from anywhere but the instruction before it. */
  readonly entries: Uint8Array;
  /** 1 for each instruction of the jump classes, calls and exits included. */
  readonly jumps: Uint8Array;
  readonly flow: Flow;
  /** Whether a way through a function can come back to where it was. */
  readonly hasLoops: boolean;
  readonly hasMayGoto: boolean;
  /** Whether anything is called: helpers, functions of the kernel, or the program's own. */
  readonly hasCalls: boolean;
}

/** A graph that is being made. */
type Building = { -readonly [Part in keyof Graph]: Graph[Part] };

/** Where each instruction can lead to within its function; -1 for nowhere. A call leads behind itself. */
export interface Flow {
  /** The instruction behind it. */
  readonly next: readonly number[];
  /** Where it jumps to. */
  readonly jump: readonly number[];
}

/**
 * @throws VerifyError when a jump leaves its function, a function can be run off its end, or an instruction can't be
 * reached
 */
export function graphOf(insns: readonly Insn[]): Graph {
  if (insns.length === 0) throw new VerifyError('the program is empty', 0);
  const functions = functionsOf(insns);
  checkFunctions(insns, functions);
  const graph: Building = {
    functions,
    meetings: new Uint8Array(insns.length),
    loopHeads: new Uint8Array(insns.length),
    entries: new Uint8Array(insns.length),
    jumps: new Uint8Array(insns.length),
    flow: flowOf(insns),
    hasLoops: false,
    hasMayGoto: false,
    hasCalls: false,
  };
  mark(insns, graph);
  checkReachable(insns, graph);
  return graph;
}

/** How many functions a program may have; Linux's figure. */
const functionLimit = 256;

function functionsOf(insns: readonly Insn[]): number[] {
  const starts = new Set([0]);
  for (let pc = 0; pc < insns.length; pc++) {
    const start = calledFunction(insns[pc]!, pc);
    if (start === undefined) continue;
    if (!isInsn(insns, start)) throw new VerifyError(`no function of the program starts at ${start}`, pc);
    starts.add(start);
    if (starts.size > functionLimit) throw new VerifyError(`the program has more than ${functionLimit} functions`, pc);
  }
  return [...starts].sort((a, b) => a - b);
}

/** The first slot of the function that an instruction calls or takes the address of. */
export function calledFunction(insn: Insn, pc: number): number | undefined {
  if (insn.kind === 'call-local') return pc + 1 + insn.off;
  if (insn.kind === 'wide' && insn.from === 'code') return pc + 1 + insn.low;
  return undefined;
}

function isInsn(insns: readonly Insn[], pc: number): boolean {
  return pc >= 0 && pc < insns.length && insns[pc]!.kind !== 'wide-end';
}

function flowOf(insns: readonly Insn[]): Flow {
  const next: number[] = [];
  const jump: number[] = [];
  for (let pc = 0; pc < insns.length; pc++) {
    const insn = insns[pc]!;
    const { kind } = insn;
    const jumps = kind === 'jump' || kind === 'goto' || kind === 'may-goto';
    next.push(kind === 'exit' || kind === 'goto' ? -1 : pc + (kind === 'wide' ? 2 : 1));
    jump.push(jumps ? pc + 1 + insn.off : -1);
  }
  return { next, jump };
}

/** Every jump stays inside its function, and the last instruction of each leaves it or jumps. */
function checkFunctions(insns: readonly Insn[], functions: readonly number[]): void {
  for (let index = 0; index < functions.length; index++) {
    const start = functions[index]!;
    const end = functions[index + 1] ?? insns.length;
    for (let pc = start; pc < end; pc++) checkJump(insns, pc, start, end);
    const last = insns[end - 1]!;
    if (last.kind !== 'exit' && last.kind !== 'goto') {
      throw new VerifyError('the last instruction of a function is neither an exit nor a jump', end - 1);
    }
  }
}

function checkJump(insns: readonly Insn[], pc: number, start: number, end: number): void {
  const insn = insns[pc]!;
  if (insn.kind !== 'jump' && insn.kind !== 'goto' && insn.kind !== 'may-goto') return;
  const to = pc + 1 + insn.off;
  if (to < start || to >= end)
    throw new VerifyError(`a jump leads to ${to}, out of its function (${start} to ${end - 1})`, pc);
  if (!isInsn(insns, to)) throw new VerifyError(`a jump leads into the middle of the wide load at ${to - 1}`, pc);
}

/** Paths meet at the targets of jumps and behind calls; a conditional jump is where they are worth comparing. */
function mark(insns: readonly Insn[], graph: Building): void {
  const { functions, meetings, entries, jumps } = graph;
  let leadsBack = false;
  for (let pc = 0; pc < insns.length; pc++) {
    const insn = insns[pc]!;
    if (insn.kind === 'exit') jumps[pc] = 1;
    if (insn.kind === 'jump' || insn.kind === 'may-goto' || insn.kind === 'goto') {
      jumps[pc] = 1;
      if (insn.kind !== 'goto') meetings[pc] = 1;
      meetings[pc + 1 + insn.off] = 1;
      entries[pc + 1 + insn.off] = 1;
      if (insn.kind === 'may-goto') graph.hasMayGoto = true;
      if (insn.off < 0) leadsBack = true;
    }
    if (!isCall(insn)) continue;
    graph.hasCalls = true;
    jumps[pc] = 1;
    if (insn.kind === 'call-local') meetings[pc] = 1;
    meetings[pc + 1] = 1;
    entries[pc + 1] = 1;
  }
  for (const start of functions) {
    meetings[start] = 1;
    entries[start] = 1;
  }
  // Without a jump back there is none.
  if (leadsBack) markLoops(graph);
}

const walked = { never: 0, before: 1, fully: 2 } as const;

/**
 * Loops begin where a walk through a function, deep first, comes to a slot that it came by: the order in which blocks stand, and
 * jumps back that close no loop, don't matter.
 */
function markLoops(graph: Building): void {
  const { functions, loopHeads, flow } = graph;
  const seen = new Uint8Array(loopHeads.length);
  const way = [...functions];
  for (let pc = way.at(-1); pc !== undefined; pc = way.at(-1)) {
    if (seen[pc] !== walked.never) {
      // All that it leads to has been walked through.
      seen[pc] = walked.fully;
      way.pop();
      continue;
    }
    seen[pc] = walked.before;
    for (const to of [flow.next[pc]!, flow.jump[pc]!]) {
      if (to < 0) continue;
      if (seen[to] === walked.before) loopHeads[to] = 1;
      else if (seen[to] === walked.never) way.push(to);
    }
  }
  graph.hasLoops = loopHeads.includes(1);
}

/** Linux refuses a program with instructions that no path reaches, whatever the values are. */
function checkReachable(insns: readonly Insn[], { flow, functions }: Graph): void {
  const reached = new Uint8Array(insns.length);
  const pending = [0];
  for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
    // Along the straight way, and what it jumps over later.
    for (let at = pc; at >= 0 && reached[at] === 0; at = flow.next[at]!) {
      reached[at] = 1;
      if (flow.jump[at]! >= 0) pending.push(flow.jump[at]!);
      if (functions.length > 1) pending.push(...calledBy(insns[at]!, at));
      if (flow.next[at] === at + 2) reached[at + 1] = 1;
    }
  }
  const dead = reached.indexOf(0);
  if (dead >= 0) throw new VerifyError('no path leads to this instruction', dead);
}

function calledBy(insn: Insn, pc: number): readonly number[] {
  const callee = calledFunction(insn, pc);
  return callee === undefined ? [] : [callee];
}
