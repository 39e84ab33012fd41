// What a program may see and call. An environment is a value: the generator, the verifier and the loader are given the
// same one, and none of them asks another.

import { expectArray, expectInstance, expectObject, expectText } from '../base/argument.js';
import type { Helper } from './helper.js';

export interface Environment {
  /** `packet`, `memory`, `seccomp`, or a Linux program type in lower case: `socket_filter`, `xdp` … */
  readonly name: string;
  /** What r1, r2 … hold when the program starts. */
  readonly arguments: readonly Argument[];
  /** How many bytes every input has at least: behind an argument `data`, or of a context that is the input. */
  readonly dataSize: number;
  /** The parts of the context that r1 may be used to reach; empty where r1 is no context. */
  readonly fields: readonly Field[];
  /**
   * What the context is: `packet`, a description made of the packet that the input is; `input`, the input's own bytes. By
   * default the first where a program can reach a packet.
   */
  readonly context?: ContextSource | undefined;
  /** Whether the packet loads of RFC 9669 (section 5.5) mean something here. */
  readonly packetLoads: boolean;
  /** The byte of the data at which a packet's network header begins: 14 where the data is a frame, else 0. */
  readonly networkHeader: number;
  /** What a program may do to the packet that it reaches through addresses in the context. */
  readonly packetAccess: PacketAccess;
  /** The helpers that a program may call, by number. */
  readonly helpers: ReadonlyMap<number, Helper>;
  readonly result: Result;
  /** Programs name what they are attached to by the kernel's type information: none can be verified without it. */
  readonly needsTypes?: boolean;
  /** Whether only the function that a program starts with may leave it, by tail calls and packet loads. */
  readonly leavesInMain?: boolean;
  /** Whether functions with much stack get one of their own, which doesn't count with that of their callers. */
  readonly privateStacks?: boolean;
  /** Whether a program may, or has to, be one that can sleep; undefined: it may not. */
  readonly sleepable?: 'refused' | 'allowed' | 'demanded';
  /**
   * `refused`: a program with a loop is accepted only where its end is proved, as in Linux; `budgeted`: it need not be, and
   * every engine counts the instructions of such a program.
   */
  readonly loops: 'refused' | 'budgeted';
}

/** @throws BpfError 'usage' unless the value has the parts of an environment */
export function expectEnvironment(value: unknown): void {
  expectObject(value, 'an environment');
  const parts: { readonly [Part in keyof Environment]?: unknown } = value;
  expectText(parts.name, "an environment's name");
  expectArray(parts.arguments, "an environment's arguments");
  expectArray(parts.fields, "an environment's fields");
  expectInstance(parts.helpers, Map, "an environment's helpers as a Map");
  expectObject(parts.result, "an environment's result");
}

export type ContextSource = 'packet' | 'input';

/** What the context of an environment is made of; undefined where it has none. */
export function contextSource(environment: Environment): ContextSource | undefined {
  if (!environment.arguments.includes('context')) return undefined;
  const { context, packetLoads, packetAccess } = environment;
  return context ?? (packetLoads || packetAccess !== 'none' ? 'packet' : 'input');
}

/** `buffer`: as `write`, and every helper takes addresses in it, since it is memory of its own. */
export type PacketAccess = 'none' | 'read' | 'write' | 'buffer';

/** What a register holds at the start. */
export type Argument =
  /** the address of the context */
  | 'context'
  /** the address of the input's bytes */
  | 'data'
  /** how many bytes the input has */
  | 'length';

/** How many bytes one access touches. */
export type AccessSize = 1 | 2 | 4 | 8;

/**
 * A part of the context, as the program sees it. An access must lie inside one field, at a multiple of its own size where the
 * field doesn't say otherwise.
 */
export interface Field {
  readonly name: string;
  /** Byte offset from the start of the context. */
  readonly offset: number;
  /** How many bytes it takes. */
  readonly size: number;
  /** The sizes that a load may have. */
  readonly read: readonly AccessSize[];
  /** The sizes that a store may have; none where the field is only read. */
  readonly write: readonly AccessSize[];
  /** What a load yields. */
  readonly yields: Yield;
  /** Every access must begin where the field does. */
  readonly startOnly?: boolean;
  /** An access may begin at any byte of it. */
  readonly unaligned?: boolean;
}

/** What a program gets when it loads a field. */
export type Yield =
  /** a number */
  | 'scalar'
  /** the address of the packet's first byte */
  | 'packet'
  /** the address of the bytes that stand before the packet */
  | 'packet-meta'
  /** the address behind the packet's last byte */
  | 'packet-end'
  /** the address of the keys of Linux's flow dissector */
  | 'flow-keys'
  /** the address of a full socket, or of the part that all sockets have; `-or-null`: if there is one */
  | 'socket'
  | 'socket-or-null'
  | 'sock-common'
  | 'sock-common-or-null'
  /** the address of what a tracepoint lets its programs write: how much that is, is only known when one is attached */
  | 'trace-buffer'
  /** the address of a kernel structure, which only programs with type information can use */
  | 'typed';

export interface Result {
  /** How much of r0 is the answer; the rest is cut off. */
  readonly bits: 32 | 64;
  /** The least and the greatest answer that a program may give, as signed numbers; undefined where any will do. */
  readonly range?: readonly [min: number, max: number] | undefined;
  /** Whether r0 may be left holding an address, as Linux allows where it ignores the rest of r0. */
  readonly mayBeAddress?: boolean;
}
