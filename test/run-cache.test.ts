import { describe, expect, it } from 'vitest';
import { FilterCache } from '../src/run/cache.js';
import { nativeMissing } from '../src/run/native.js';

const frame = Uint8Array.of(0x45);
const raw = { link: 'RAW' } as const;

describe('a cache of filters', () => {
  it('compiles an expression once for the same options', () => {
    using cache = new FilterCache();
    const names = { services: { web: ['80/tcp'] } };
    const all = [{}, {}, raw, { ...raw, snaplen: 96 }, { names }, { names }, { names: { ...names } }];
    for (const options of all) cache.filter('ip', options);
    expect(cache.size).toBe(5);
    expect(cache.filter('ip', raw).run(frame)).toBe(262_144);
    expect(cache.filter('ip', { ...raw, snaplen: 96 }).run(frame)).toBe(96);
  });

  it('keeps a filter usable until each who has it has closed it', () => {
    const cache = new FilterCache();
    const [one, other] = [cache.filter('ip', raw), cache.filter('ip', raw)];
    one.close();
    one.close();
    expect(() => one.run(frame)).toThrow('this filter is closed');
    cache.close();
    expect(cache.bytes).toBe(0);
    expect(other.matches(frame)).toBe(true);
    other.close();
    expect(cache.filter('ip', raw).matches(frame)).toBe(true);
  });

  it('lets those go that were not asked for the longest, once they take more than the limit', () => {
    const measured = new FilterCache();
    measured.filter('ip', raw);
    const cache = new FilterCache({ limit: 2.5 * measured.bytes });
    const old = cache.filter('ip', raw);
    cache.filter('ip ', raw);
    cache.filter('ip', raw);
    cache.filter(' ip', raw);
    expect(cache.size).toBe(2);
    expect(cache.bytes).toBeLessThanOrEqual(2.5 * measured.bytes);
    cache.filter('ip', raw); // still there: it was asked for again
    expect(cache.size).toBe(2);
    expect(old.matches(frame)).toBe(true);
  });

  it('keeps nothing with a limit of 0, and refuses one that is no number', () => {
    const cache = new FilterCache({ limit: 0 });
    expect(cache.filter('ip', raw).matches(frame)).toBe(true);
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
    expect(() => new FilterCache({ limit: Number.NaN })).toThrow('expected a limit of bytes from 0 up, got NaN');
  });

  it('counts machine code, and keeps nothing of a mistake', () => {
    const cache = new FilterCache();
    expect(() => cache.filter('tpc')).toThrow("did you mean 'tcp'");
    expect(cache.size).toBe(0);
    cache.filter('tcp port 80', { engine: 'classic' });
    const objects = cache.bytes;
    cache.filter('tcp port 80');
    expect(cache.bytes > 2 * objects).toBe(nativeMissing() === undefined);
  });

  it('filters batches and captures as any filter', () => {
    using cache = new FilterCache();
    const shared = cache.filter('ip', raw);
    expect(shared.runBatch(frame, Uint32Array.of(0), Uint32Array.of(1), new Uint32Array(1))).toBe(1);
    expect(shared.execute(frame)).toEqual({ result: 262_144n });
    expect(shared.scanRecords.length).toBe(4);
  });
});
