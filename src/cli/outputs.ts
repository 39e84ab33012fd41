// What can be made of matched packets: lines, JSON, a capture file, a number.

import { toHex } from '../base/hex.js';
import { linkOfFile } from '../base/link.js';
import type { PacketBatch } from '../capture/batch.js';
import { isFine } from '../capture/clock.js';
import { CaptureWriter, type WriterOptions } from '../capture/writer.js';
import { type DumpStyle, dump } from './print/dump.js';
import { headerSize } from './print/link.js';
import { packetText } from './print/packet.js';
import { Conversations } from './print/tcp.js';
import { TimePrinter, type TimeStyle } from './print/time.js';
import { print } from './terminal.js';

/** Takes the packets of each batch whose verdict is not 0. */
export interface PacketOutput {
  take(batch: PacketBatch): Promise<void>;
  /** Told after a failure too: how many they were, or undefined where no packet was looked at before it. */
  end(matched: number | undefined): Promise<void>;
}

/** One line a packet, and its bytes below it if they are wanted. */
export function textOutput(times: TimeStyle, bytes: DumpStyle | undefined, snaplen: number): PacketOutput {
  const conversations = new Conversations();
  const printer = new TimePrinter(times);
  return linesOutput((batch, i) => {
    const time = printer.text(batch.time(i), isFine(batch.interface(i).clock));
    const shown = bytes === undefined ? '' : dump(dumped(batch, i, bytes, snaplen), bytes);
    return `${time}${packetText(batch, i, conversations)}${shown}\n`;
  });
}

function dumped(batch: PacketBatch, i: number, style: DumpStyle, snaplen: number): Uint8Array {
  return batch.packet(i).subarray(style.link ? 0 : headerSize(batch.link), snaplen);
}

/** One JSON object a packet and line; `bytes`: with the packet's bytes in hexadecimal. */
export function jsonOutput(bytes: boolean, snaplen: number): PacketOutput {
  const conversations = new Conversations();
  return linesOutput((batch, i) => {
    const { seconds, nanoseconds } = batch.time(i);
    const object = {
      time: `${seconds}.${String(nanoseconds).padStart(9, '0')}`,
      link: linkOfFile(batch.link).name,
      length: batch.lengths[i],
      captured: batch.captured[i],
      text: packetText(batch, i, conversations),
      ...(bytes ? { data: toHex(batch.packet(i).subarray(0, snaplen)) } : {}),
    };
    return `${JSON.stringify(object)}\n`;
  });
}

function linesOutput(lineOf: (batch: PacketBatch, i: number) => string): PacketOutput {
  return {
    async take(batch) {
      let lines = '';
      for (let i = 0; i < batch.count; i++) lines += lineOf(batch, i);
      await print(lines);
    },
    async end() {},
  };
}

/** A capture file; made when the first batch comes, so that an input that can't be read leaves what was there. */
export function captureOutput(path: string, options: WriterOptions): PacketOutput {
  let writer: CaptureWriter | undefined;
  return {
    async take(batch) {
      writer ??= new CaptureWriter(path, options);
      await writer.write(batch);
    },
    async end() {
      await writer?.close();
    },
  };
}

/** No packets: only their number is wanted. */
export const noOutput: PacketOutput = { async take() {}, async end() {} };

/** Besides what another output does: the number at the end, first on its line. */
export function countOutput(other: PacketOutput, json: boolean): PacketOutput {
  return {
    take: other.take,
    async end(matched) {
      await other.end(matched);
      if (matched === undefined) return;
      await print(json ? `${JSON.stringify({ count: matched })}\n` : `${matched} packet${matched === 1 ? '' : 's'}\n`);
    },
  };
}
