// What can be made of matched packets: a capture file, a number, nothing; lines and JSON are in lines.ts.

import type { PacketBatch } from '../capture/batch.js';
import type { CaptureWriter, WriterOptions } from '../capture/writer.js';
import { print, standardOutput } from './terminal.js';

/** Takes the packets of each batch whose verdict is not 0. */
export interface PacketOutput {
  /** Whether it looks at the packets. */
  readonly takesPackets: boolean;
  take(batch: PacketBatch): Promise<void>;
  /** Told after a failure too: how many they were, or undefined where no packet was looked at before it. */
  end(matched: number | undefined): Promise<void>;
}

/** A capture file; made when the first batch comes, so that an input that can't be read leaves what was there. */
export function captureOutput(path: string, options: WriterOptions): PacketOutput {
  let writer: CaptureWriter | undefined;
  return {
    takesPackets: true,
    async take(batch) {
      writer ??= await openWriter(path, options);
      await writer.write(batch);
    },
    async end() {
      await writer?.close();
    },
  };
}

/** No packets: only their number is wanted. */
export const noOutput: PacketOutput = { takesPackets: false, async take() {}, async end() {} };

/** Besides what another output does: the number at the end, first on its line. */
export function countOutput(other: PacketOutput, json: boolean): PacketOutput {
  return {
    takesPackets: other.takesPackets,
    take: other.take,
    async end(matched) {
      await other.end(matched);
      if (matched === undefined) return;
      await print(json ? `${JSON.stringify({ count: matched })}\n` : `${matched} packet${matched === 1 ? '' : 's'}\n`);
    },
  };
}

async function openWriter(path: string, options: WriterOptions): Promise<CaptureWriter> {
  const { CaptureWriter } = await import('../capture/writer.js');
  if (path === '-') standardOutput(); // so that somebody listens to its errors
  return new CaptureWriter(path, options);
}
