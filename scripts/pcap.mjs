// Writes generated traffic as a capture in the pcap format: little-endian, microseconds, Ethernet, a frame each 10 µs.

import { closeSync, openSync, writeSync } from 'node:fs';

const recordsAtOnce = 2500;

/** @param traffic what `traffic` of traffic.mjs returns */
export function writePcap(path, { data, offsets, captured, lengths }) {
  const file = openSync(path, 'w');
  writeSync(file, fileHeader());
  for (let first = 0; first < offsets.length; first += recordsAtOnce) {
    const pieces = [];
    for (let i = first; i < Math.min(first + recordsAtOnce, offsets.length); i++) {
      pieces.push(recordHeader(i, captured[i], lengths[i]), data.subarray(offsets[i], offsets[i] + captured[i]));
    }
    writeSync(file, Buffer.concat(pieces));
  }
  closeSync(file);
}

function fileHeader() {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4); // version 2.4
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262144, 16); // snapshot length
  header.writeUInt32LE(1, 20); // Ethernet
  return header;
}

function recordHeader(index, captured, length) {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(1_700_000_000 + Math.floor(index / 100_000), 0);
  header.writeUInt32LE((index % 100_000) * 10, 4);
  header.writeUInt32LE(captured, 8);
  header.writeUInt32LE(length, 12);
  return header;
}
