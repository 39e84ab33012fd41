// Shows how much memory it takes to filter a capture that never ends: a pcapng of many gigabytes from a pipe.
//
//   node scripts/pipe-memory.mjs [GIGABYTES]        default 2; fails above 200 MB resident

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import './usage.mjs';

const limit = 200;
const gigabytes = Number(process.argv[2] ?? 2);
const cli = fileURLToPath(new URL('../dist/bin/unibpf.cjs', import.meta.url));

const child = spawn(process.execPath, [cli, 'filter', '--count', 'tcp port 80', '-'], {
  stdio: ['pipe', 'inherit', 'inherit'],
});
const exit = once(child, 'exit');
let peak = 0;
const look = setInterval(() => {
  peak = Math.max(peak, highWater(child.pid));
}, 20);

const part = packets(600);
await write(Buffer.concat([section(), block(1, words(1, 262_144))]));
for (let left = gigabytes * 1e9; left > 0; left -= part.length) await write(part);
peak = Math.max(peak, highWater(child.pid));
child.stdin.end();
await exit;
clearInterval(look);
console.log(`${gigabytes} GB of pcapng from a pipe: at most ${peak.toFixed(0)} MB resident`);
process.exitCode = peak > 0 && peak <= limit ? 0 : 1;

async function write(bytes) {
  if (!child.stdin.write(bytes)) await once(child.stdin, 'drain');
}

/** The most memory that a process ever had, in MB, as Linux counts it. */
function highWater(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0; // it has ended
  }
}

/** TCP over IPv4 in frames of four sizes, every seventh to port 80. */
function packets(count) {
  const blocks = [];
  for (let i = 0; i < count; i++) {
    const frame = Buffer.alloc([60, 120, 440, 1500][i % 4]);
    frame.writeUInt16BE(0x0800, 12);
    frame[14] = 0x45;
    frame[23] = 6;
    frame.writeUInt16BE(i % 7 === 0 ? 80 : 443, 36);
    blocks.push(block(6, Buffer.concat([words(0, 0x60000, i, frame.length, frame.length), frame])));
  }
  return Buffer.concat(blocks);
}

function section() {
  return block(0x0a0d0d0a, Buffer.concat([words(0x1a2b3c4d, 1), Buffer.alloc(8, 0xff)]));
}

function block(type, body) {
  const size = 12 + body.length;
  return Buffer.concat([words(type, size), body, words(size)]);
}

function words(...values) {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i);
  return bytes;
}
