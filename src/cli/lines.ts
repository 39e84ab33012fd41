// Matched packets as text: lines in tcpdump's manner, or JSON. Only commands that print packets load this, and what it prints with.

import { toHex } from '../base/hex.js';
import { linkOfFile } from '../base/link.js';
import type { PacketBatch } from '../capture/batch.js';
import { isFine } from '../capture/clock.js';
import type { PacketOutput } from './outputs.js';
import { type DumpStyle, dump } from './print/dump.js';
import { headerSize } from './print/link.js';
import { packetText } from './print/packet.js';
import { Conversations } from './print/tcp.js';
import { TimePrinter, type TimeStyle } from './print/time.js';
import { print } from './terminal.js';

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
    takesPackets: true,
    async take(batch) {
      let lines = '';
      for (let i = 0; i < batch.count; i++) lines += lineOf(batch, i);
      await print(lines);
    },
    async end() {},
  };
}
