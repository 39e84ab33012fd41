// One line of text for a packet, in tcpdump's manner.

import type { PacketBatch } from '../../capture/batch.js';
import { Bytes, CutOff, type Line } from './line.js';
import { printLink } from './link.js';
import type { Conversations } from './tcp.js';

/** What is told of packet `i`, without its time: `IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [S], …`. */
export function packetText(batch: PacketBatch, i: number, conversations: Conversations): string {
  const packet = new Bytes(batch.data, batch.offsets[i]!, batch.captured[i]!, batch.lengths[i]!);
  const line: Line = { text: '', protocol: '' };
  try {
    printLink(line, batch.link, packet, conversations);
  } catch (error) {
    if (!(error instanceof CutOff)) throw error;
    line.text += `${line.text === '' || line.text.endsWith(' ') ? '' : ' '}[|${line.protocol}]`;
  }
  return line.text;
}
