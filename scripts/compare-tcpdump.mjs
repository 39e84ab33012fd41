// Compares with tcpdump: every capture of a folder copied, and filtered by many expressions where its link type is Ethernet
// or raw IP; the files written must be equal byte for byte.
//
//   node scripts/compare-tcpdump.mjs FOLDER      (FOLDER has captures and an index.jsonl: { file, link } a line)

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './usage.mjs';

const { compile } = await import('../dist/filter/compile.js');
const { ClassicLane } = await import('../dist/cli/lane.js');
const { captureOutput } = await import('../dist/cli/outputs.js');
const { pass } = await import('../dist/cli/pass.js');

const expressions = [
  'ip',
  'ip6',
  'arp or rarp',
  'tcp',
  'udp',
  'icmp or icmp6',
  'tcp port 80',
  'udp port 53 or port 67',
  'tcp port 80 and not net 10.0.0.0/8',
  'portrange 1000-2000',
  'src port 80 or dst port 443',
  'host 10.0.0.1',
  'src net 192.168.0.0/16',
  'dst net fe80::/10',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'ip[6:2] & 0x1fff != 0',
  'ip[8] < 64 and len > 100',
  'icmp[icmptype] = icmp-echo',
  'less 100',
  'greater 600',
  'not (tcp or udp)',
  'ip proto 47 or ip proto 89',
  'ether multicast',
  'vlan and ip',
];

const nanosecondMagic = 0xa1b23c4d;

const filtered = new Set(['EN10MB', 'RAW', 'IPV4', 'IPV6']);

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node scripts/compare-tcpdump.mjs FOLDER');
  process.exit(2);
}
const work = mkdtempSync(join(tmpdir(), 'unibpf-compare-'));
const counts = { equal: 0, none: 0, refused: 0, different: 0 };
try {
  for (const line of readFileSync(join(folder, 'index.jsonl'), 'utf8').trimEnd().split('\n')) {
    const { file, link } = JSON.parse(line);
    for (const expression of filtered.has(link) ? ['', ...expressions] : ['']) {
      await compare(join(folder, file), expression);
    }
  }
} finally {
  rmSync(work, { recursive: true });
}
const { equal, none, refused, different } = counts;
console.log(
  `== captures against tcpdump: ${equal} equal, ${none} match nothing, ${refused} refused, ${different} different`,
);
process.exitCode = different > 0 || equal === 0 ? 1 : 0;

async function compare(capture, expression) {
  const [theirs, ours] = [join(work, 'tcpdump.pcap'), join(work, 'unibpf.pcap')];
  rmSync(ours, { force: true });
  const failure = await filter(capture, expression, ours);
  const written = readFileSync(ours, { flag: 'a+' });
  const precision = written.length > 0 && written.readUInt32LE() === nanosecondMagic ? 'nano' : 'micro';
  const options = [`--time-stamp-precision=${precision}`, '-r', capture, '-w', theirs];
  const { status, stderr, error } = spawnSync('tcpdump', [...options, expression], { encoding: 'utf8' });
  if (error) throw error;
  const kind = outcome({ failure, written, refusal: status === 0 ? '' : stderr, theirs });
  counts[kind]++;
  if (kind === 'different') console.log(`different: ${capture} '${expression}': ${failure ?? ''}\n${stderr}`);
}

/** A damaged capture makes both fail, after the packets before the damage; those must be equal. */
function outcome({ failure, written, refusal, theirs }) {
  // What can match nothing is an error for tcpdump, and a warning here: a header without packets.
  if (refusal.includes('rejects all packets')) return written.length === 24 ? 'none' : 'different';
  if (/not supported|supported only|no VLAN support|unknown|syntax/.test(refusal))
    return failure === undefined ? 'different' : 'refused';
  return readFileSync(theirs).equals(written) ? 'equal' : 'different';
}

/** @returns what went wrong, if something did */
async function filter(capture, expression, written) {
  // A capture doesn't tell the netmask of its network; tcpdump takes 0.
  const source = ({ number }) => compile(expression, { link: number, netmask: '0.0.0.0' }).program;
  const how = {
    lane: new ClassicLane(source, 'auto'),
    threaded: undefined,
    workers: undefined,
    output: captureOutput(written, {}),
    invert: false,
    limit: Infinity,
    quiet: true,
    stats: false,
    json: false,
    lines: false,
  };
  try {
    await pass([capture], how);
    return undefined;
  } catch (error) {
    return error.message;
  }
}
