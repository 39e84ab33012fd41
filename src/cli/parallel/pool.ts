// Scans several captures at once, each in a thread, and gives what was found in the order of the captures.

import { Worker } from 'node:worker_threads';
import { assert } from '../../base/error.js';
import type { Link } from '../../base/link.js';
import type { PacketBatch, Scanned } from '../../capture/batch.js';
import { Unpacker } from '../../capture/parcel.js';
import type { LaneEngine, ProgramSource } from '../lane.js';
import {
  type Answer,
  type Ended,
  errorOf,
  type FromWorker,
  type Job,
  type Portion,
  type Settings,
  words,
} from './messages.js';

/** A program of which each thread makes a lane. */
export interface ThreadedProgram {
  readonly source: ProgramSource;
  readonly engine: LaneEngine;
}

export interface PoolOptions {
  /** How many threads there are at the most. */
  readonly threads: number;
  readonly invert: boolean;
  /** Whether the packets are wanted, and not only how many they are. */
  readonly packets: boolean;
}

/** A part of what a scan has found. */
export interface Found {
  readonly batches: readonly PacketBatch[];
  /** What was gone over beside the batches, and how many packets of that matched. */
  readonly scanned: Scanned;
  readonly matches: number;
  /** Bytes of the capture that lie behind. */
  readonly position: number;
}

export class Pool {
  readonly #source: ProgramSource;
  readonly #inboxes: readonly Inbox[];
  readonly #threads: readonly Thread[];
  readonly #engines = new Set<string>();
  /** The capture that is scanned next. */
  #next = 0;

  /** @param paths regular files */
  constructor(paths: readonly string[], { source, engine }: ThreadedProgram, { threads, ...options }: PoolOptions) {
    this.#source = source;
    this.#inboxes = paths.map((path) => new Inbox(path));
    const settings = { ...options, engine };
    this.#threads = Array.from({ length: Math.min(threads, paths.length) }, () => this.#start(settings));
    for (const thread of this.#threads) this.#giveWork(thread);
  }

  /** The engines that have run so far, without repetition. */
  get engines(): readonly string[] {
    return [...this.#engines];
  }

  /** What is found in the capture at a place in the list. @throws BpfError what ended its scan, after all before that */
  async *found(index: number): AsyncGenerator<Found, void, void> {
    const inbox = this.#inboxes[index]!;
    const unpacker = new Unpacker();
    for (;;) {
      const message = await inbox.next();
      if (message instanceof Error) throw message;
      if (message.kind === 'ended') return;
      const { parcels, scanned, matches, position, size } = message;
      yield { batches: parcels.map((parcel) => unpacker.unpack(parcel)), scanned, matches, position };
      inbox.hasRead(size);
    }
  }

  /** Ends all threads, whatever they do. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #start(settings: Omit<Settings, 'shared'>): Thread {
    const state = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: { ...settings, shared: state.buffer } satisfies Settings,
    });
    const thread: Thread = { worker, state, inbox: undefined, failure: undefined };
    worker.on('message', (message: FromWorker) => this.#take(thread, message));
    worker.on('error', (error) => thread.inbox?.put(error instanceof Error ? error : new Error(String(error))));
    return thread;
  }

  #giveWork(thread: Thread): void {
    thread.inbox = this.#inboxes[this.#next++];
    if (thread.inbox === undefined) {
      thread.worker.postMessage(undefined);
      return;
    }
    thread.inbox.state = thread.state;
    thread.worker.postMessage({ path: thread.inbox.path } satisfies Job);
  }

  #take(thread: Thread, message: FromWorker): void {
    switch (message.kind) {
      case 'wanted':
        this.#answer(thread, message.link);
        break;
      case 'portion':
        this.#inboxOf(thread).put(message);
        break;
      case 'ended':
        this.#inboxOf(thread).put(this.#endOf(thread, message));
        this.#giveWork(thread);
        break;
    }
  }

  #endOf(thread: Thread, ended: Ended): Ended | Error {
    for (const engine of ended.engines) this.#engines.add(engine);
    const { failure } = thread;
    thread.failure = undefined;
    return failure ?? (ended.failure === undefined ? ended : errorOf(ended.failure));
  }

  #inboxOf({ inbox }: Thread): Inbox {
    assert(inbox !== undefined, 'who has found something was given a capture');
    return inbox;
  }

  /** Makes the program here, where names are known and warnings told; what fails is told when the capture's turn has come. */
  #answer(thread: Thread, link: Link): void {
    let answer: Answer;
    try {
      const { insns, origin } = this.#source(link);
      answer = { insns, origin };
    } catch (error) {
      thread.failure = error instanceof Error ? error : new Error(String(error));
    }
    thread.worker.postMessage(answer);
    Atomics.store(thread.state, words.answered, 1);
    Atomics.notify(thread.state, words.answered);
  }
}

interface Thread {
  readonly worker: Worker;
  readonly state: Int32Array;
  /** Where what it finds goes. */
  inbox: Inbox | undefined;
  /** Why there was no program for a link type of its capture. */
  failure: Error | undefined;
}

/** What was found in one capture and is not read yet. */
class Inbox {
  readonly path: string;
  /** The words that are shared with the thread that scans it. */
  state: Int32Array | undefined;
  readonly #messages: (Portion | Ended | Error)[] = [];
  #wake: (() => void) | undefined;

  constructor(path: string) {
    this.path = path;
  }

  put(message: Portion | Ended | Error): void {
    this.#messages.push(message);
    this.#wake?.();
  }

  async next(): Promise<Portion | Ended | Error> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Tells the thread that there is room again. */
  hasRead(size: number): void {
    if (this.state === undefined || size === 0) return;
    Atomics.sub(this.state, words.unread, size);
    Atomics.notify(this.state, words.unread);
  }
}
