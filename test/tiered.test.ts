// Machine code in two tiers: when the better one is made, and that nobody sees it but by the time that it takes.

import { describe, expect, it } from 'vitest';
import { scanSlotCount } from '../src/base/records.js';
import { packet } from '../src/env/packet.js';
import { compile } from '../src/filter/compile.js';
import { load } from '../src/run/load.js';
import { nativeMissing } from '../src/run/native.js';
import { Tiered } from '../src/run/tiered.js';
import { translate } from '../src/translate/translate.js';
import { verify } from '../src/verify/verify.js';
import { ip4Frame, tcp } from './packets.js';

const web = ip4Frame(6, tcp(80, 1024));
const other = ip4Frame(6, tcp(81, 1024));
const verified = verify(translate(compile('tcp port 80', { names: {} }).program), packet);
/** More single packets or batches of one than the first tier takes. */
const many = 8 * verified.program.insns.length + 1;

/** The records of a pcap file, none of which is wanted, and what a scan over them is asked. */
const packets = 4096;
const record = [...new Uint8Array(8), other.length, 0, 0, 0, other.length, 0, 0, 0, ...other];
const records = Uint8Array.from({ length: packets * record.length }, (_, i) => record[i % record.length]!);
const interfaces = Uint32Array.of(262144, 1);

function stateOfScan(): Uint32Array {
  const state = new Uint32Array(scanSlotCount);
  state.set([0, records.length, 0, 16, 0, 262144, 1, packets]);
  return state;
}

describe.skipIf(nativeMissing() !== undefined)('two tiers of machine code', () => {
  it('give one verdict, a packet a call', () => {
    using filter = load(verified, { engine: 'jit' });
    for (let i = 0; i < many; i++) expect([filter.matches(web), filter.matches(other)]).toEqual([true, false]);
  });

  it('give one verdict, batch by batch', () => {
    using filter = load(verified, { engine: 'jit' });
    const verdicts = new Uint32Array(1);
    const run = (data: Uint8Array) =>
      filter.runBatch(data, Uint32Array.of(0), Uint32Array.of(data.length), verdicts, Uint32Array.of(data.length));
    for (let i = 0; i < many; i++) expect([run(web), run(other)]).toEqual([1, 0]);
  });

  it('are made when they are worth it, and once', () => {
    let made = 0;
    const tiers = new Tiered([verified.program, packet, { checked: false, facts: verified.facts }], () => {
      made++;
      return undefined;
    });
    const { verdict } = tiers;
    for (let i = 1; i < many - 1; i++) verdict(web, web.length);
    expect(made).toBe(0);
    for (let i = 0; i < many; i++) verdict(web, web.length);
    expect(made).toBe(1);
    tiers.close();
  });

  it('are made for scans of many packets: of a long program soon, of a short one late', () => {
    const hosts = Array.from({ length: 50 }, (_, i) => `10.0.${i}.${i}`);
    const long = verify(translate(compile(`host ${hosts.join(' or ')}`).program), packet);
    const scans: number[] = [];
    for (const { program, facts } of [verified, long]) {
      let made = 0;
      const tiers = new Tiered([program, packet, { checked: false, facts }], () => {
        made++;
        return undefined;
      });
      let scanned = 0;
      for (; made === 0; scanned++) tiers.scan?.(records, stateOfScan(), new Uint32Array(7 * packets), interfaces);
      scans.push(scanned);
      tiers.close();
    }
    const expected = [1 << 21, 8 * long.program.length].map((least) => Math.ceil(least / packets) + 1);
    expect(scans).toEqual(expected);
  });
});
