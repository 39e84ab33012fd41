// Machine code in two tiers: when the better one is made, and that nobody sees it but by the time that it takes.

import { describe, expect, it } from 'vitest';
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

  it('are made at once for a scan', () => {
    let made = 0;
    const tiers = new Tiered([verified.program, packet, { checked: false, facts: verified.facts }], () => {
      made++;
      return undefined;
    });
    expect(tiers.scan).toBeDefined();
    expect(made).toBe(1);
    tiers.close();
  });
});
