// The main job, at once: without arguments on a capture that is generated here, with arguments (`npm start -- filter
// EXPR FILE …`) as the command line itself.

import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { traffic } from './traffic.mjs';

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = relative('', fileURLToPath(new URL('../build/demo', import.meta.url)));
const expression = 'tcp port 80 and not net 10.0.0.0/8';
const packets = 200_000;

const given = process.argv.slice(2);
process.exitCode = given.length > 0 ? unibpf(given) : demonstrate();

function demonstrate() {
  const capture = `${folder}/traffic.pcap`;
  mkdirSync(folder, { recursive: true });
  writePcap(capture, traffic(packets));
  console.log(`${capture}: ${packets} frames of generated Ethernet traffic`);
  const commands = [
    ['compile', '-d', expression],
    ['filter', '-c', '5', expression, capture],
    ['filter', expression, capture, '-w', `${folder}/matched.pcap`],
  ];
  for (const command of commands) {
    console.log(`\n$ unibpf ${command.map(quoted).join(' ')}`);
    const status = unibpf(command);
    if (status !== 0) return status;
  }
  console.log('\non a capture of your own: npm start -- filter EXPRESSION FILE');
  return 0;
}

/** @returns its exit status */
function unibpf(args) {
  const { status, signal, error } = spawnSync(process.execPath, [cli, ...args], { stdio: 'inherit' });
  if (error) throw error;
  if (signal) process.kill(process.pid, signal);
  return status;
}

function quoted(argument) {
  return /^[\w./-]+$/.test(argument) ? argument : `'${argument}'`;
}

/** Writes a capture in the pcap format, little-endian, microseconds, a frame each 10 µs. */
function writePcap(path, { data, offsets, captured, lengths }) {
  const file = openSync(path, 'w');
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4); // version 2.4
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262144, 16); // snapshot length
  header.writeUInt32LE(1, 20); // Ethernet
  let pieces = [header];
  for (let i = 0; i < offsets.length; i++) {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000 + Math.floor(i / 100_000), 0);
    record.writeUInt32LE((i % 100_000) * 10, 4);
    record.writeUInt32LE(captured[i], 8);
    record.writeUInt32LE(lengths[i], 12);
    pieces.push(record, data.subarray(offsets[i], offsets[i] + captured[i]));
    if (pieces.length < 5000 && i < offsets.length - 1) continue;
    writeSync(file, Buffer.concat(pieces));
    pieces = [];
  }
  closeSync(file);
}
