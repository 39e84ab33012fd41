// Batches that are sent to another thread: what arrives is what was sent.

import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CaptureInterface, PacketBatch } from '../src/capture/batch.js';
import { openCapture } from '../src/capture/open.js';
import { Packer, Unpacker } from '../src/capture/parcel.js';
import { CaptureWriter } from '../src/capture/writer.js';
import { pcapFile } from './capture-files.js';
import { ip4Frame, tcp, udp } from './packets.js';
import { enhanced, interfaceBlock, section } from './pcapng-blocks.js';

const frames = Array.from({ length: 50 }, (_, i) => ({
  data: ip4Frame(i % 2 ? 6 : 17, i % 2 ? tcp(i, 80) : udp(i, 53)),
}));
const blocks = (count: number, on: number) =>
  frames.slice(0, count).map(({ data }, i) => enhanced({ data, ticks: BigInt(i), on: i % on }));
const captures = {
  pcap: pcapFile(frames),
  'pcap whose records have more': pcapFile(frames, { magic: 0xa1b2cd34, extra: 8 }),
  'pcap of nanoseconds, cut': pcapFile(frames, { magic: 0xa1b23c4d, snaplen: 30 }),
  pcapng: Buffer.concat([
    section(),
    interfaceBlock({ link: 1 }),
    ...blocks(20, 1),
    interfaceBlock({ link: 1 }),
    ...blocks(20, 2),
    section({ littleEndian: false }),
    interfaceBlock({ link: 1 }, { littleEndian: false }),
    enhanced({ data: frames[0]!.data }, { littleEndian: false }),
  ]),
};

/** What becomes of the batches of a capture, read in chunks: every second packet, on the way that `change` says. */
async function through(bytes: Uint8Array, change: (batch: PacketBatch) => PacketBatch): Promise<[unknown[], Buffer[]]> {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += 700) chunks.push(bytes.subarray(at, at + 700));
  const written: Buffer[][] = [[], []];
  const writers = (['pcap', 'pcapng'] as const).map((format, i) => new CaptureWriter(sinkOf(written[i]!), { format }));
  const seen: unknown[] = [];
  for await (const batch of openCapture(Readable.from(chunks, { objectMode: true }))) {
    const which = Array.from({ length: Math.ceil(batch.count / 2) }, (_, i) => 2 * i);
    const taken = change(batch.part(which, { packets: batch.count, bytes: 7 }));
    for (let i = 0; i < taken.count; i++) {
      const data = Buffer.from(taken.packet(i)).toString('hex');
      seen.push([data, taken.time(i), taken.lengths[i], taken.link, taken.interface(i) as CaptureInterface]);
    }
    seen.push([taken.scanned, taken.format, taken.blocks, taken.interfaces.length]);
    for (const writer of writers) await writer.write(taken);
  }
  for (const writer of writers) await writer.close();
  return [seen, written.map((parts) => Buffer.concat(parts))];
}

function sinkOf(parts: Buffer[]): Writable {
  return new Writable({
    write(chunk, _, done) {
      parts.push(Buffer.from(chunk));
      done();
    },
  });
}

describe.each(Object.entries(captures))('batches of %s', (_, bytes) => {
  it('arrive as they were sent', async () => {
    const [packer, unpacker] = [new Packer(), new Unpacker()];
    const sent = (batch: PacketBatch) => unpacker.unpack(structuredClone(packer.pack(batch)));
    const [here, there] = [await through(bytes, (batch) => batch), await through(bytes, sent)];
    expect(here[0].length).toBeGreaterThan(20);
    expect(there).toEqual(here);
  });

  it('have more to tell than numbers where there are packets, or another list of interfaces', async () => {
    const packer = new Packer();
    for await (const batch of openCapture(bytes)) {
      expect(packer.isNeeded(batch)).toBe(true);
      packer.pack(batch);
      expect(packer.isNeeded(batch.part([], { packets: 1, bytes: 1 }))).toBe(batch.blocks.length > 0);
    }
  });
});
