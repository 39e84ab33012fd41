// Where the bytes of a capture go: a file, standard output, any stream.

import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { systemFault } from './fault.js';

export interface ByteSink {
  /** What messages call it: the path, or `standard output`. */
  readonly name: string;
  /** How many bytes were written, after a failure too. */
  readonly written: number;
  /** Writes all of `data`, which may be used again afterwards. */
  write(data: Uint8Array): void | Promise<void>;
  /** Takes back what was written beyond the first `size` bytes where that can be done: in a file. */
  cut(size: number): void;
  close(): void;
}

/** What a capture can be written to: a path, `-` for standard output, or a stream. */
export type CaptureOutput = string | Writable;

/** @throws BpfError 'io' when the file can't be made */
export function openSink(output: CaptureOutput): ByteSink {
  if (output === '-') return standardOutput();
  if (typeof output !== 'string') return streamSink(output, 'the stream');
  try {
    return fileSink(openSync(output, 'w'), `'${output}'`);
  } catch (error) {
    throw systemFault(`cannot create '${output}'`, error);
  }
}

/** Standard output, as the file that the shell opened or as the pipe that it may be. */
function standardOutput(): ByteSink {
  return fstatSync(1).isFile() ? fileSink(1, 'standard output') : streamSink(process.stdout, 'standard output');
}

function fileSink(fd: number, name: string): ByteSink {
  const stats = fstatSync(fd);
  let written = 0;
  return {
    name,
    get written() {
      return written;
    },
    write(data) {
      try {
        for (let done = 0; done < data.length; ) {
          const count = writeSync(fd, data, done);
          done += count;
          written += count;
        }
      } catch (error) {
        throw systemFault(`cannot write ${name}`, error);
      }
    },
    cut(size) {
      if (stats.isFile() && stats.size === 0) ftruncateSync(fd, size);
    },
    close() {
      try {
        closeSync(fd);
      } catch (error) {
        throw systemFault(`cannot write ${name}`, error);
      }
    },
  };
}

function streamSink(stream: Writable, name: string): ByteSink {
  let written = 0;
  return {
    name,
    get written() {
      return written;
    },
    write(data) {
      return new Promise((resolve, reject) => {
        const failed = (error: Error): void => reject(systemFault(`cannot write ${name}`, error));
        stream.once('error', failed);
        stream.write(data, (error) => {
          stream.off('error', failed);
          if (error) return failed(error);
          written += data.length;
          resolve();
        });
      });
    },
    cut() {},
    close() {},
  };
}
