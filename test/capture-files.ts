// Makes capture files for the tests, and reads captures back into plain values.

import { Readable } from 'node:stream';
import { type Capture, openCapture } from '../src/capture/open.js';

export interface SavedPacket {
  readonly data: Uint8Array;
  readonly length?: number;
  readonly seconds?: number;
  readonly fraction?: number;
}

export interface PcapOptions {
  readonly magic?: number;
  readonly littleEndian?: boolean;
  readonly version?: readonly [number, number];
  readonly snaplen?: number;
  readonly link?: number;
  /** Bytes of a record's header behind the two lengths. */
  readonly extra?: number;
  /** Whether the lengths stand as length, captured. */
  readonly swapped?: boolean;
}

/** A pcap file; by default microseconds, little-endian, version 2.4, Ethernet. */
export function pcapFile(packets: readonly SavedPacket[], options: PcapOptions = {}): Uint8Array {
  const { magic = 0xa1b2c3d4, littleEndian = true, version = [2, 4], snaplen = 262_144, link = 1 } = options;
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, magic, littleEndian);
  header.setUint16(4, version[0], littleEndian);
  header.setUint16(6, version[1], littleEndian);
  header.setUint32(16, snaplen, littleEndian);
  header.setUint32(20, link, littleEndian);
  return Buffer.concat([new Uint8Array(header.buffer), ...packets.map((packet) => record(packet, options))]);
}

function record(packet: SavedPacket, { littleEndian = true, extra = 0, swapped = false }: PcapOptions): Uint8Array {
  const lengths = [packet.data.length, packet.length ?? packet.data.length];
  if (swapped) lengths.reverse();
  const header = new DataView(new ArrayBuffer(16 + extra));
  [packet.seconds ?? 0, packet.fraction ?? 0, ...lengths].forEach((value, i) => {
    header.setUint32(4 * i, value, littleEndian);
  });
  return Buffer.concat([new Uint8Array(header.buffer), packet.data]);
}

/** A packet as a test looks at it. */
export interface ReadPacket {
  readonly data: string;
  readonly length: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly link: number;
}

export interface ReadResult {
  readonly packets: ReadPacket[];
  /** The message of the error that ended the reading. */
  readonly error?: string;
}

/** Reads bytes as a capture, in chunks of `chunk` bytes. */
export function readBytes(bytes: Uint8Array, chunk: number = bytes.length): Promise<ReadResult> {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunk) chunks.push(bytes.subarray(at, at + chunk));
  return readAll(openCapture(Readable.from(chunks, { objectMode: true })));
}

/** Reads a capture to its end or to its first error. */
export async function readAll(capture: Capture): Promise<ReadResult> {
  const packets: ReadPacket[] = [];
  try {
    for await (const batch of capture) {
      for (let i = 0; i < batch.count; i++) {
        const data = Buffer.from(batch.packet(i)).toString('hex');
        packets.push({ data, length: batch.lengths[i]!, ...batch.time(i), link: batch.link });
      }
    }
    return { packets };
  } catch (error) {
    return { packets, error: `${(error as { code: string }).code}: ${(error as Error).message}` };
  }
}
