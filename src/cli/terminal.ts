// What may be written where: colour only on a terminal, texts to standard output and standard error without losing any.
//
// Node's streams for the two take longer to load than a small capture takes to be filtered. What is short is written at once, while
// a pipe surely has room for it: a write that waits for a reader would keep signals waiting too. The rest goes the way of the streams.

import { once } from 'node:events';
import { fstatSync, writeSync } from 'node:fs';

/** Whether a stream takes colour: a terminal, unless NO_COLOR is set; anything, where FORCE_COLOR is. */
export function takesColour(isTerminal: boolean, environment: NodeJS.ProcessEnv = process.env): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = environment;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (refused !== undefined && refused !== '') return false;
  return isTerminal && terminal !== 'dumb';
}

const codes = { red: 31, green: 32, bold: 1, dim: 2 } as const;

/** Text in a colour, for a stream that takes it. */
export function coloured(text: string, colour: keyof typeof codes, on: boolean): string {
  return on ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}

/** A pipe has room for so many bytes, unless somebody else has filled it. */
const leastPipe = 4096;

/** Standard output or standard error: nothing is lost, and what is written comes in order. */
class Output {
  readonly #fd: 1 | 2;
  readonly #open: () => NodeJS.WriteStream;
  /** A reader who went away (`| head`) is told to it, and a full disk. */
  #failed: (error: NodeJS.ErrnoException) => void = (error) => {
    throw error;
  };
  #stream: NodeJS.WriteStream | undefined;
  /** How many bytes may still be written at once. A console of Windows wants other characters than UTF-8. */
  #room = process.platform === 'win32' ? 0 : leastPipe;

  constructor(fd: 1 | 2, open: () => NodeJS.WriteStream) {
    this.#fd = fd;
    this.#open = open;
  }

  onError(failed: (error: NodeJS.ErrnoException) => void): void {
    this.#failed = failed;
  }

  get isTerminal(): boolean {
    return fstatSync(this.#fd).isCharacterDevice() && this.stream.isTTY === true;
  }

  get stream(): NodeJS.WriteStream {
    this.#stream ??= this.#open().on('error', (error) => this.#failed(error));
    return this.#stream;
  }

  /** @returns whether the reader keeps up */
  write(text: string): boolean {
    if (this.#stream !== undefined) return this.#stream.write(text);
    const bytes = Buffer.from(text);
    const written = bytes.length <= this.#room ? this.#writeNow(bytes) : 0;
    return written === bytes.length || this.stream.write(bytes.subarray(written));
  }

  /** @returns how many bytes were written: not all, where the reader doesn't keep up and nobody wants to wait */
  #writeNow(bytes: Buffer): number {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code !== 'EAGAIN') this.#failed(error);
    }
    this.#room -= written;
    return written;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

const output = new Output(1, () => process.stdout);
const errors = new Output(2, () => process.stderr);

/** Writes to standard output, and waits while its reader is slower. */
export async function print(text: string): Promise<void> {
  if (text.length > 0 && !output.write(text)) await once(output.stream, 'drain');
}

/** Writes to standard output what is short. */
export function say(text: string): void {
  output.write(text);
}

/** Writes to standard error. */
export function tell(text: string): void {
  errors.write(text);
}

/** Standard output for those who write to it themselves; a failure that they don't expect is handled as one of `print`. */
export function standardOutput(): NodeJS.WriteStream {
  return output.stream;
}

export function isTerminal(which: 'output' | 'errors'): boolean {
  return which === 'output' ? output.isTerminal : errors.isTerminal;
}

/** A reader who went away (`| head`) ends the process quietly, with the status of success; `report` is told the rest. */
export function watchOutput(report: (error: Error) => void): void {
  errors.onError(() => process.exit()); // there is nobody to tell
  output.onError((error) => {
    if (error.code !== 'EPIPE') report(error);
    process.exit(error.code === 'EPIPE' ? 0 : process.exitCode);
  });
}
