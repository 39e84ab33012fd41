// The process that holds the conversation. The work is done in a second process, the worker, to which lines are passed on
// as they are: so a request that takes too long, or brings its process down, gets an answer as well, and the next request a
// fresh worker.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { BpfError } from '../../base/error.js';
import { LineSplitter } from './lines.js';
import { idOf, refusal } from './request.js';

/** The longest request, in bytes. */
const lineLimit = 64 * 1024 * 1024;

/** Milliseconds. An answer takes at most ten seconds: nine for the worker, the rest for its replacement. */
const patience = 9000;
const tick = 250;

const newline = Buffer.from('\n');
const workerFile = fileURLToPath(new URL('worker.js', import.meta.url));

type Worker = ChildProcessByStdio<Writable, Readable, null>;

/** Answers every line of `input` on `output`, in order; ends when the input has ended and all is answered. */
export async function converse(input: Readable, output: Writable): Promise<void> {
  const supervisor = new Supervisor(output);
  const splitter = new LineSplitter(lineLimit);
  try {
    for await (const chunk of input) {
      for (const line of splitter.push(chunk)) await supervisor.ask(line);
    }
    for (const line of splitter.end()) await supervisor.ask(line);
    await supervisor.answered();
  } finally {
    supervisor.close();
  }
}

class Supervisor {
  readonly #output: Writable;
  /** What the worker was asked and hasn't answered, oldest first. */
  readonly #asked: Buffer[] = [];
  readonly #clock: NodeJS.Timeout;
  #worker: Worker;
  /** How many ticks the oldest request has waited. A tick that comes late, since output was blocked, counts once. */
  #waited = 0;
  #closed = false;
  #roomMade = () => {};
  #allAnswered = () => {};

  constructor(output: Writable) {
    this.#output = output;
    this.#worker = this.#start();
    this.#clock = setInterval(() => this.#watch(), tick);
  }

  /** Passes a request on, and waits until there is room for another one; undefined stands for a line that was too long. */
  async ask(line: Buffer | undefined): Promise<void> {
    if (line === undefined) {
      await this.answered();
      this.#tell(refusal(null, new BpfError('limit', `expected a line of at most ${lineLimit} bytes`)));
      return;
    }
    if (this.#asked.push(line) === 1) this.#waited = 0;
    const room = new Promise<void>((resolve) => {
      this.#roomMade = resolve;
    });
    if (!send(this.#worker, line)) await room;
    if (this.#output.writableNeedDrain) await once(this.#output, 'drain');
  }

  /** Resolves when every request has been answered. */
  async answered(): Promise<void> {
    if (this.#asked.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#allAnswered = resolve;
    });
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#clock);
    this.#worker.kill('SIGKILL');
  }

  #start(): Worker {
    const worker = spawn(process.execPath, [...process.execArgv, workerFile], { stdio: ['pipe', 'pipe', 'inherit'] });
    const splitter = new LineSplitter(Number.POSITIVE_INFINITY);
    worker.stdin.on('drain', () => this.#roomMade());
    worker.stdin.on('error', () => {}); // it died: `close` tells
    worker.stdout.on('data', (chunk: Buffer) => {
      if (worker !== this.#worker) return; // it was given up
      for (const line of splitter.push(chunk)) this.#settle(line!);
    });
    worker.on('close', (status, signal) => {
      if (worker === this.#worker && !this.#closed) this.#replace(ended(status, signal));
    });
    return worker;
  }

  #settle(answer: Buffer | string): void {
    this.#asked.shift();
    this.#waited = 0;
    this.#tell(answer);
    if (this.#asked.length === 0) this.#allAnswered();
  }

  #tell(answer: Buffer | string): void {
    this.#output.cork(); // one system call for both
    this.#output.write(answer);
    this.#output.write(newline);
    this.#output.uncork();
  }

  #watch(): void {
    if (this.#asked.length > 0 && ++this.#waited * tick >= patience) this.#replace(tooLate());
  }

  /** Starts a fresh worker: the request that the old one failed on is answered with the reason, the others are asked again. */
  #replace(reason: BpfError): void {
    this.#worker.kill('SIGKILL');
    this.#worker = this.#start();
    const failed = this.#asked[0];
    if (failed !== undefined) this.#settle(refusal(idOf(failed), reason));
    for (const line of this.#asked) send(this.#worker, line);
    this.#roomMade();
  }
}

/** @returns whether there is room for more */
function send(worker: Worker, line: Buffer): boolean {
  worker.stdin.write(line);
  return worker.stdin.write(newline);
}

function tooLate(): BpfError {
  return new BpfError('limit', `this request takes longer than ${patience / 1000} seconds`);
}

/** V8 aborts its process when memory runs out. */
function ended(status: number | null, signal: NodeJS.Signals | null): BpfError {
  return signal === 'SIGABRT' || signal === 'SIGKILL'
    ? new BpfError('limit', 'this request needs more memory than there is')
    : new BpfError('internal', `the process that carries out requests ended with ${signal ?? `status ${status}`}`);
}
