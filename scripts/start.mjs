// The main job, at once: without arguments on a capture that is generated here, with arguments (`npm start -- filter
// EXPR FILE …`) as the command line itself.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePcap } from './pcap.mjs';
import { traffic } from './traffic.mjs';

const cli = fileURLToPath(new URL('../dist/bin/unibpf.cjs', import.meta.url));
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
