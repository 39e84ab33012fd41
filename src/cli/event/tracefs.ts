// The tracefs of the running kernel: where it is, the format of an event, and an instance of one's own that records it.

import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { BpfError } from '../../base/error.js';
import { nearest } from '../../base/nearest.js';
import { systemFault } from '../../capture/fault.js';
import { parseRingLayout, type RingLayout } from '../../event/ring.js';

const roots = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

/** @throws BpfError 'unavailable' where there is no tracefs that may be used */
export function tracefsRoot(): string {
  const root = roots.find((each) => existsSync(`${each}/events`));
  if (root !== undefined) return root;
  throw new BpfError(
    'unavailable',
    `there is no tracefs at ${roots[0]} that may be read: it takes root, and perhaps 'mount -t tracefs nodev ${roots[0]}'`,
  );
}

/** The text of an event's format, by its name: `sched:sched_switch`. */
export function formatText(root: string, event: string): string {
  const [system = '', name = ''] = event.split(/[:/]/);
  const path = `${root}/events/${system}/${name}/format`;
  if (system !== '' && name !== '' && existsSync(path)) return readFileSync(path, 'utf8');
  const suggestion = nearest(event, eventNames(root));
  throw new BpfError('name', `the running kernel has no event '${event}'`, { suggestion });
}

function eventNames(root: string): string[] {
  const folders = (path: string) => readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders(`${root}/events`).flatMap(({ name: system }) =>
    folders(`${root}/events/${system}`).map(({ name }) => `${system}:${name}`),
  );
}

export function ringLayout(root: string): RingLayout {
  return parseRingLayout(readFileSync(`${root}/events/header_page`, 'utf8'));
}

/** Pages of one processor's buffer. */
export interface ProcessorPages {
  readonly cpu: number;
  readonly file: number;
}

/** A trace of one event, beside whatever else is traced. It is switched off and taken away by `close`. */
export class TraceInstance {
  readonly #path: string;
  readonly #switch: string;
  readonly processors: readonly ProcessorPages[];
  readonly #page: Buffer;
  /** A reader of our output who goes away ends the process: the instance must not outlive it. */
  readonly #onExit = (): void => this.close();

  /** @throws BpfError 'io' where it can't be made */
  constructor(root: string, event: string, { data }: RingLayout) {
    const [system, name] = event.split(/[:/]/);
    this.#path = `${root}/instances/unibpf-${process.pid}`;
    this.#switch = `${this.#path}/events/${system}/${name}/enable`;
    this.#page = Buffer.alloc(data.offset + data.size);
    try {
      mkdirSync(this.#path);
      const folders = readdirSync(`${this.#path}/per_cpu`).filter((folder) => /^cpu\d+$/.test(folder));
      this.processors = folders.map((folder) => ({
        cpu: Number(folder.slice(3)),
        file: openSync(`${this.#path}/per_cpu/${folder}/trace_pipe_raw`, constants.O_RDONLY | constants.O_NONBLOCK),
      }));
      process.once('exit', this.#onExit);
      writeFileSync(this.#switch, '1');
    } catch (error) {
      throw systemFault(`cannot trace '${event}'`, error);
    }
  }

  /** Records no more; what has been recorded can still be read. */
  stop(): void {
    writeFileSync(this.#switch, '0');
  }

  /** A page of what a processor has recorded, or undefined where there is nothing; the next call overwrites it. */
  read({ file }: ProcessorPages): Uint8Array | undefined {
    try {
      const length = readSync(file, this.#page);
      return length === 0 ? undefined : this.#page.subarray(0, length);
    } catch (error) {
      if (isAgain(error)) return undefined;
      throw systemFault('cannot read the trace', error);
    }
  }

  close(): void {
    process.off('exit', this.#onExit);
    this.stop();
    for (const { file } of this.processors) closeSync(file);
    rmdirSync(this.#path);
  }
}

function isAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

/** The name of a task that is or was there. */
export class TaskNames {
  readonly #names = new Map<number, string>();
  readonly #saved: string;

  constructor(root: string) {
    this.#saved = `${root}/saved_cmdlines`;
  }

  /** Empty where nobody knows it any more. */
  of(pid: number): string {
    if (pid === 0) return '<idle>';
    const known = this.#names.get(pid);
    if (known !== undefined) return known;
    const name = fromProc(pid) ?? this.#fromTrace(pid) ?? '';
    this.#names.set(pid, name);
    return name;
  }

  #fromTrace(pid: number): string | undefined {
    if (!existsSync(this.#saved)) return undefined;
    const line = readFileSync(this.#saved, 'utf8')
      .split('\n')
      .find((each) => each.startsWith(`${pid} `));
    return line?.slice(`${pid} `.length);
  }
}

function fromProc(pid: number): string | undefined {
  const path = `/proc/${pid}/comm`;
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch {
    return undefined; // it has ended: that is no fault
  }
}
