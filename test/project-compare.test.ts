// The comparison with tcpdump, on a folder of two captures: it tells what is the same and what isn't.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { fromHex } from '../src/base/hex.js';
import { pcapFile } from './capture-files.js';
import { testFolder } from './command-line.js';

const script = fileURLToPath(new URL('../scripts/compare-tcpdump.mjs', import.meta.url));
const file = testFolder();
const isThere = spawnSync('tcpdump', ['--version']).status === 0;

it.skipIf(!isThere)(
  `scripts/compare-tcpdump.mjs finds whole captures equal${isThere ? '' : '; skipped: there is no tcpdump'}`,
  () => {
    const frame = fromHex(
      `02000000000102000000000208004500002800004000400600000102030405060708c3500050${'00'.repeat(16)}`,
    );
    const whole = pcapFile([{ data: frame }, { data: new Uint8Array(60) }]);
    const index = file(
      'index.jsonl',
      '{ "file": "one.pcap", "link": "EN10MB" }\n{ "file": "other.pcap", "link": "NULL" }\n',
    );
    file('one.pcap', whole);
    file('other.pcap', pcapFile([{ data: new Uint8Array(20) }], { link: 0 }));
    const { stdout, stderr, status } = spawnSync(process.execPath, [script, index.replace('index.jsonl', '')], {
      encoding: 'utf8',
    });
    expect([stdout, stderr, status]).toEqual([
      '== captures against tcpdump: 26 equal, 0 match nothing, 0 refused, 0 different\n',
      '',
      0,
    ]);
  },
);
