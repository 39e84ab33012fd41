// What helpers of Linux answer: on every engine, and as the running kernel answers where it may be asked.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { kernelMissing } from '../src/run/kernel.js';
import { load, loadUnchecked } from '../src/run/load.js';
import { BpfMap } from '../src/run/map/map.js';
import { nativeMissing } from '../src/run/native.js';
import { verify } from '../src/verify/verify.js';

const engines = nativeMissing() === undefined ? (['interpreter', 'jit'] as const) : (['interpreter'] as const);
const frame = () => new Uint8Array(64).fill(8, 12, 13);

/** What a verified program of a type returns on a packet, on an engine. */
function verdict(text: string, type: string, engine: 'interpreter' | 'jit' | 'kernel', data = frame()): number {
  const verified = verify(Program.parse(text), environment(type), { license: 'GPL' });
  const filter = load(verified, { engine });
  const answer = filter.run(data.slice());
  filter.close();
  return answer;
}

/** Puts bytes on the stack, behind which there are 8 more. */
function onStack(bytes: Uint8Array): { readonly code: string; readonly top: number } {
  const whole = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  whole.set(bytes);
  const top = whole.length + 8;
  const words = [...new BigUint64Array(whole.buffer)];
  const code = words.map((word, i) => `r1 = ${word} ll; *(u64 *)(r10 -${top - 8 * i}) = r1`).join('; ');
  return { code: `${code}${code === '' ? '' : '; '}*(u64 *)(r10 -8) = 77`, top };
}

/** A helper's answer above the field of 16 bits at `at`, as it is afterwards. */
const mending = (helper: number, at: number, from: number, to: number, flags: number) =>
  `r6 = r1; r2 = ${at}; r3 = ${from} ll; r4 = ${to} ll; r5 = ${flags}; call ${helper}; r7 = r0
   *(u64 *)(r10 -8) = 0; r1 = r6; r2 = ${Math.min(at, 60)}; r3 = r10; r3 += -8; r4 = 2; call 26
   r0 = *(u16 *)(r10 -8); r7 <<= 16; w0 |= w7; exit`;

/** Reads a number from a text: the answer, or a half of the number. */
function parsing(helper: number, text: string, base: number, out: 'answer' | 'low' | 'high' = 'answer'): string {
  const bytes = new Uint8Array(Buffer.from(text, 'latin1'));
  const { code, top } = onStack(bytes);
  const wanted = { answer: 'r0 = r0', low: 'r0 = *(u32 *)(r10 -8)', high: 'r0 = *(u32 *)(r10 -4)' }[out];
  return `${code}; r1 = r10; r1 += -${top}; r2 = ${bytes.length}; r3 = ${base}; r4 = r10; r4 += -8; call ${helper}; ${wanted}; exit`;
}

const errno = (n: number) => 2 ** 32 - n;

/** A map whose value is a text that programs only read. */
function textMap(content: string): BpfMap {
  const value = new Uint8Array(Buffer.from(`${content}\0`, 'latin1'));
  const spec = {
    name: 'text',
    type: 'array',
    keySize: 4,
    valueSize: value.length,
    maxEntries: 1,
    flags: 0x80,
  } as const;
  return new BpfMap({ ...spec, entries: [{ key: new Uint8Array(4), value }] });
}

describe.each(engines)('on the %s', (engine) => {
  it.each([
    ['a field of four bytes', mending(10, 24, 0x01020304, 0x05060708, 4), 0xf7f7],
    ['a field of two bytes', mending(11, 24, 0x0102, 0x0304, 2), 0xfdfd],
    ['a difference', mending(10, 24, 0, 0x1234, 0), 0xedcb],
    ['a field of three bytes', mending(10, 24, 0, 0, 3), (errno(22) << 16) >>> 0],
    ['an odd place', mending(10, 25, 0, 0, 2), (errno(14) << 16) >>> 0],
    ['a place behind the packet', mending(11, 64, 0, 0, 2), (errno(14) << 16) >>> 0],
    ['a difference from something', mending(10, 24, 1, 0, 0), (errno(22) << 16) >>> 0],
    ['no checksum, which stays', mending(11, 24, 0, 0x1234, 0x22), 0],
  ])('a checksum is mended: %s', (_, text, answer) => {
    expect(verdict(text, 'sched_cls', engine)).toBe(answer);
  });

  it.each([
    [105, '42', 0, 2, 42],
    [105, ' \t-0x1f,', 0, 7, -0x1f],
    [105, '-9223372036854775808', 10, 20, 0],
    [105, '9223372036854775808', 10, errno(34), 0],
    [105, '0778', 0, 3, 0o77],
    [105, '0x', 0, 1, 0],
    [106, '18446744073709551615', 10, 20, -1],
    [106, '18446744073709551616', 10, errno(34), 0],
    [106, '-1', 10, errno(22), 0],
    [106, 'ff', 16, 2, 0xff],
    [106, 'ff', 10, errno(22), 0],
    [106, '1', 2, errno(22), 0],
  ])('helper %d reads %j in base %d', (helper, text, base, answer, low) => {
    expect(verdict(parsing(helper, text, base), 'sched_cls', engine)).toBe(answer);
    expect(verdict(parsing(helper, text, base, 'low'), 'sched_cls', engine)).toBe(low >>> 0);
  });

  it.each([
    ['xdp', 0, 4],
    ['xdp', 1, 0],
    ['sched_cls', 0, 7],
    ['sched_cls', 1, 7],
    ['sched_cls', 2, 2],
  ])('a packet of %s with flags %d is sent elsewhere', (type, flags, answer) => {
    expect(verdict(`r1 = 1; r2 = ${flags}; call 23; exit`, type, engine)).toBe(answer);
  });

  it('bytes that there are can be pulled', () => {
    const pull = (length: number) => verdict(`r2 = ${length}; call 39; exit`, 'sched_cls', engine);
    expect([0, 64, 65].map(pull)).toEqual([0, 0, errno(12)]);
  });

  /** What a program returns that nobody verified; map 0 holds a text. */
  const run = (text: string, content = '') => {
    const world = environment('kprobe');
    const filter = loadUnchecked(Program.parse(text), world, { engine, maps: [textMap(content)] });
    const { result } = filter.execute(new Uint8Array(world.dataSize));
    filter.close();
    return result;
  };

  it('times go on, and the process is this one', () => {
    for (const helper of [5, 118, 125, 160, 208]) {
      const [before, after] = [run(`call ${helper}; exit`), run(`call ${helper}; exit`)];
      expect(before > 0n && after >= before).toBe(true);
    }
    expect([run('call 14; exit'), run('call 14; r0 >>= 32; exit')]).toEqual([BigInt(process.pid), BigInt(process.pid)]);
    expect([run('call 15; exit'), run('call 15; r0 >>= 32; exit')]).toEqual(
      [process.getuid!(), process.getgid!()].map(BigInt),
    );
  });

  it.skipIf(process.platform !== 'linux')(
    'the name of the process is written, with zeros behind it; /proc has it on Linux alone',
    () => {
      const name = readFileSync('/proc/self/comm', 'latin1').trimEnd();
      const text = (at: number) =>
        `*(u64 *)(r10 -8) = -1; r1 = r10; r1 += -8; r2 = 4; call 16; r1 = *(u8 *)(r10 -${8 - at}); r0 <<= 8; r0 |= r1; exit`;
      expect([0, 1, 2, 3, 4].map((at) => run(text(at)))).toEqual(
        [...Buffer.from(name, 'latin1').subarray(0, 3), 0, 255].map(BigInt),
      );
    },
  );

  it.each([
    ['abc', 'abc', 0n],
    ['abc', 'abd', 2n ** 32n - 1n],
    ['b', 'abc', 1n],
    ['ab', 'abc', 0n],
    ['\xff', 'a', 1n],
    ['abc', 'ab', 1n],
  ])('%j is compared with %j', (one, other, answer) => {
    const bytes = new Uint8Array(Buffer.from(one, 'latin1'));
    const { code, top } = onStack(bytes);
    const text = `${code}; r1 = r10; r1 += -${top}; r2 = ${bytes.length}; r3 = map[idx:0][0]+0; call 182; exit`;
    expect(run(text, other)).toBe(answer);
  });

  it('text is made of a format and numbers, as far as there is room', () => {
    const text = (out: string) => `*(u64 *)(r10 -8) = 7; *(u64 *)(r10 -24) = -1; *(u64 *)(r10 -16) = -1
      r1 = r10; r1 += -24; r2 = 5; r3 = map[idx:0][0]+0; r4 = r10; r4 += -8; r5 = 8; call 165; ${out}; exit`;
    const made = (format: string, out: string) => run(text(out), format);
    expect(made('n=%d', 'r0 = r0')).toBe(4n);
    expect(made('n=%d', 'r0 = *(u32 *)(r10 -24)')).toBe(BigInt(Buffer.from('n=7\0').readUInt32LE()));
    expect(made('longer=%x', 'r0 = r0')).toBe(9n);
    expect(made('longer=%x', 'r0 = *(u64 *)(r10 -24); r0 >>= 24')).toBe(0xffff_0067n); // g, the end, and what was there
    expect(made('%d-%d', 'r0 = r0')).toBe(2n ** 32n - 22n); // more directives than numbers
  });
});

const missing = kernelMissing();
const judged = missing === undefined && nativeMissing() === undefined;

describe.skipIf(!judged)(
  `the running kernel${missing === undefined ? '' : `, which can't be asked: ${missing}`}`,
  () => {
    const sameEverywhere = (text: string, type: string, data = frame()) => {
      const [asked, ...others] = (['kernel', ...engines] as const).map((engine) => verdict(text, type, engine, data));
      for (const other of others) expect({ text, answer: other }).toEqual({ text, answer: asked });
    };

    it('mends checksums in the same way', () => {
      const number = fc.oneof(
        fc.constantFrom(0, 1, 0xffff, 0xfffe, 0x10000, 0xffff_ffff),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      );
      const flags = fc.constantFrom(0, 2, 4, 0x10, 0x12, 0x14, 0x20, 0x24, 0x64, 0x22, 0x62, 3, 0x100, 0x84);
      const bytes = fc
        .uint8Array({ minLength: 64, maxLength: 64 })
        .map((data) => data.fill(8, 12, 13).fill(0, 13, 14).fill(0x45, 14, 15));
      fc.assert(
        fc.property(
          fc.tuple(
            fc.constantFrom(10, 11),
            fc.constantFrom(16, 24, 40, 41, 62, 63, 64, 70_000),
            number,
            number,
            flags,
            bytes,
          ),
          ([helper, at, from, to, flag, data]) => {
            sameEverywhere(
              mending(helper, at, (flag & 15) === 0 && from % 3 !== 0 ? 0 : from, to, flag),
              'sched_cls',
              data,
            );
          },
        ),
        { seed: 1, numRuns: 100 },
      );
    });

    it('reads numbers in the same way', () => {
      const text = fc
        .tuple(
          fc.constantFrom('', ' ', '\t \n', '\xa0'),
          fc.constantFrom('', '', '-', '+', '--'),
          fc.oneof(
            fc.constantFrom('', '0', '0x', '0X1f', '0xg', '07', '08', 'ff', '12ab'),
            fc.bigInt({ min: 0n, max: 2n ** 66n }).map(String),
            fc.nat(70).map((n) => '0'.repeat(n)),
          ),
          fc.constantFrom('', ' ', 'z', '\0', '5'),
        )
        .map((parts) => parts.join('').slice(0, 72))
        .filter((each) => each.length > 0);
      fc.assert(
        fc.property(fc.constantFrom(105, 106), text, fc.constantFrom(0, 8, 10, 16, 2, 0x20), (helper, given, base) => {
          for (const out of ['answer', 'low', 'high'] as const)
            sameEverywhere(parsing(helper, given, base, out), 'sched_cls');
        }),
        { seed: 1, numRuns: 100 },
      );
    });
  },
);
