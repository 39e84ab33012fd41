// The one kind of error that a user's text, bytes or arguments can cause, and the place in the source that it points at.
//
// Three kinds of fault are never mixed: the user's (a BpfError), the running program's (a trap, which is a value),
// and our own (an assertion, which nobody catches).

/** Every code a `BpfError` can carry; `docs/errors.md` shows each with an example. */
export const errorCodes = [
  'syntax', // the text isn't of the language
  'name', // an unknown host, field, protocol, label …
  'type', // the right words, put together in a way that means nothing
  'range', // a number, index or length outside its limits
  'link', // means nothing on this link type
  'unsupported', // known, but not built or not possible here
  'encoding', // bytes or instructions that are no program
  'verify', // the verifier refuses the program
  'usage', // the shape of a request, an option or an argument
  'unavailable', // an engine, a tool or a privilege is missing here
  'limit', // a limit of size or time is reached
  'io', // reading or writing failed
  'internal', // our own fault
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** A half-open range of a text, in UTF-16 units. It covers one token; it is empty only at the end of the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A span together with the text that it belongs to and, where the text has one, its name (a file, an option). */
export interface Place extends Span {
  readonly source: string;
  readonly name?: string;
  /** The number of its first line, where the text is a part of another one; default 1. */
  readonly line?: number;
}

export interface ErrorDetails {
  readonly place?: Place | undefined;
  /** What the user may have meant, as they would write it: `port`. */
  readonly suggestion?: string | undefined;
  /** Index of the offending instruction, in slots of 8 bytes (classic programs: in instructions). */
  readonly pc?: number | undefined;
  readonly cause?: unknown;
}

/** A mistake in what the caller gave: one sentence, a code of a closed list and, where there is one, the place. */
export class BpfError extends Error {
  override readonly name: string = 'BpfError';
  readonly code: ErrorCode;
  readonly place: Place | undefined;
  readonly suggestion: string | undefined;
  readonly pc: number | undefined;
  readonly #sentence: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const hint = details.suggestion === undefined ? '' : `; did you mean '${details.suggestion}'?`;
    super(message + hint, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.place = details.place;
    this.suggestion = details.suggestion;
    this.pc = details.pc;
    this.#sentence = message;
  }

  /** The same mistake, told of another place: in a file that has a name, or in the text that this one is a part of. */
  at(place: Place): BpfError {
    const { code, suggestion, pc, cause } = this;
    return new BpfError(code, this.#sentence, { place, suggestion, pc, cause });
  }
}

/** Fails loudly when something that we guarantee does not hold: a fault of this library, never of its caller. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${what}; this is a bug in unibpf`);
}

/** For the end of a switch over a closed union: the compiler shows every gap. */
export function unreachable(value: never): never {
  throw new Error(`assertion failed: unexpected ${JSON.stringify(value)}; this is a bug in unibpf`);
}
