// What only machine code has: its memory, its loader, its border with JavaScript.

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { native } from '../lib/native.js';
import { BpfError } from '../src/base/error.js';
import { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import type { Helper } from '../src/env/helper.js';
import { environment } from '../src/env/lookup.js';
import { Native, nativeMissing } from '../src/run/native.js';

const memory = environment('memory', { size: 8 });
const packet = environment('packet');
const nothing = new Uint32Array();
const isHttp = 'r0 = *(u16 *)skb[2]; if r0 == 80 goto +2; r0 = 0; exit; r0 = *(u32 *)skb[4]; exit';

/** An environment with one helper more, number 100. */
function helped(call: (...registers: bigint[]) => bigint): Environment {
  const helper: Helper = { id: 100, name: 'ours', arguments: ['any', 'any'], returns: 'scalar', traits: {}, call };
  return { ...memory, helpers: new Map([...memory.helpers, [helper.id, helper]]) };
}

/** What starts a process of this Node: under an emulator, the emulator, which UNIBPF_EMULATOR names with its options. */
const start = [...(process.env.UNIBPF_EMULATOR?.split(' ') ?? []), process.execPath];

/** What a program prints that has loaded the native part with other settings. */
function child(script: string, settings: Record<string, string>, ...options: string[]): string {
  const loader = new URL('../lib/native.js', import.meta.url).href;
  const text = `import { native } from '${loader}'; import { readFileSync } from 'node:fs'; ${script}`;
  const env = { ...process.env, ...settings };
  const [command, ...first] = start;
  return execFileSync(command!, [...first, ...options, '--input-type=module', '-e', text], { env, encoding: 'utf8' });
}

describe('the loader', () => {
  it('finds what the set-up has built, so that no test of machine code is skipped unawares', () => {
    expect([null, 'switched off by UNIBPF_NATIVE=0']).toContain(native.reason);
  });

  it('says in one line why there is no native part', () => {
    const text = child('console.log(native.addon, native.reason)', { UNIBPF_NATIVE: '0' });
    expect(text).toBe('null switched off by UNIBPF_NATIVE=0\n');
    const lost = child('console.log(native.reason)', { UNIBPF_PREBUILD: '/nowhere' });
    expect(lost).toMatch(/^No native build was found [^\n]*\n$/);
  });

  it.each([
    ['UNIBPF_CPU', 'fast', "expected UNIBPF_CPU to be 'baseline', found 'fast'"],
    ['UNIBPF_JIT_MEMORY', 'rwx', "expected UNIBPF_JIT_MEMORY to be 'dual' or 'mprotect', found 'rwx'"],
  ])('refuses another word in %s, and names those that there are', (name, word, message) => {
    expect(child('console.log(native.addon, native.reason, native.isWrong)', { [name]: word })).toBe(
      `null ${message} true\n`,
    );
    expect(child('console.log(native.isWrong)', { [name]: '' })).toBe('undefined\n');
  });
});

describe.skipIf(nativeMissing() !== undefined)('machine code', () => {
  it.each([0, 1, 2, 15, 16, 17, 18, 40, 1000])(
    'gives a batch of %i packets the verdicts that each one gets',
    (count) => {
      const filter = new Native(Program.parse(isHttp), packet, { checked: false });
      const data = Uint8Array.from({ length: 4 * count + 12 }, (_, i) => [0, 80, 7, 1, 0, 0, 0][(i * 5) % 7]!);
      const offsets = Uint32Array.from({ length: count }, (_, i) => 4 * i);
      const captured = Uint32Array.from({ length: count }, (_, i) => i % 13);
      const verdicts = new Uint32Array(count);
      const matches = filter.runBatch({ data, offsets, captured, lengths: captured }, verdicts);
      const expected = offsets.map((start, i) => filter.verdict(data.subarray(start, start + captured[i]!), 12));
      expect(verdicts).toEqual(expected);
      expect(matches).toBe(expected.filter((verdict) => verdict !== 0).length);
    },
  );

  it('refuses a batch with a packet that lies outside the data, and names it', () => {
    const filter = new Native(Program.parse(isHttp), packet, { checked: false });
    const [offsets, captured] = [Uint32Array.of(0, 4, 8), Uint32Array.of(4, 4, 5)];
    const run = (data: Uint8Array, lengths = captured) =>
      filter.runBatch({ data, offsets, captured, lengths }, new Uint32Array(3));
    expect(() => run(new Uint8Array(12))).toThrow('packet 2 ends at byte 13 of a buffer of 12');
    expect(() => run(new Uint8Array(13), Uint32Array.of(4, 3, 5))).toThrow('packet 1 was shorter on the wire');
    offsets[1] = 0xffff_ffff;
    expect(() => run(new Uint8Array(13))).toThrow('packet 1 ends at byte 4294967299');
  });

  it('refuses a batch whose offsets another thread can change', () => {
    const filter = new Native(Program.parse(isHttp), packet, { checked: false });
    const shared = new Uint32Array(new SharedArrayBuffer(4));
    const packets = { data: new Uint8Array(4), offsets: shared, captured: shared, lengths: shared };
    expect(() => filter.runBatch(packets, new Uint32Array(1))).toThrow('no other thread can change');
  });

  it('refuses a batch whose offsets a run may overwrite', () => {
    const filter = new Native(Program.parse(isHttp), packet, { checked: false });
    const numbers = new Uint32Array(8);
    const packets = { data: new Uint8Array(4), offsets: numbers.subarray(0, 2), captured: numbers.subarray(2, 4) };
    const lengths = numbers.subarray(2, 4);
    const run = (verdicts: Uint32Array, data = packets.data) =>
      filter.runBatch({ ...packets, data, lengths }, verdicts);
    expect(run(numbers.subarray(4, 6))).toBe(0);
    expect(() => run(numbers.subarray(1, 3))).toThrow('share no memory with what a run writes');
    expect(() => run(numbers.subarray(3, 5))).toThrow('share no memory with what a run writes');
    expect(() => run(numbers.subarray(4), new Uint8Array(numbers.buffer, 4))).toThrow('share no memory');
  });

  it('ends a run with what a helper throws', () => {
    const fault = new RangeError('no more');
    const world = helped(() => {
      throw fault;
    });
    const filter = new Native(Program.parse('*(u8 *)(r1 + 0) = 1; call 100; *(u8 *)(r1 + 1) = 1; exit'), world);
    const data = new Uint8Array(8);
    expect(() => filter.run(data, 8)).toThrow(fault);
    expect([...data.subarray(0, 2)]).toEqual([1, 0]);
    expect(new Native(Program.parse('r0 = 5; exit'), memory).run(data, 8)).toEqual({ result: 5n });
  });

  it('passes a helper its registers, and takes its answer as 64 bits', () => {
    const seen: bigint[][] = [];
    const world = helped((...registers) => {
      seen.push(registers);
      return -2n;
    });
    const filter = new Native(Program.parse('r1 = -1; r2 = 7 ll; call 100; exit'), world);
    expect(filter.run(new Uint8Array(8), 8)).toEqual({ result: 0xffff_ffff_ffff_fffen });
    expect(seen).toEqual([[0xffff_ffff_ffff_ffffn, 7n]]);
  });

  it('refuses to be closed by a helper that it calls, and runs on', () => {
    const refused: unknown[] = [];
    const world = helped(() => {
      try {
        filter.close();
      } catch (error) {
        refused.push(error);
      }
      return 3n;
    });
    const filter = new Native(Program.parse('call 100; exit'), world);
    expect(filter.run(new Uint8Array(8), 8)).toEqual({ result: 3n });
    expect(refused).toMatchObject([new BpfError('usage', "a program that is running can't be closed")]);
    filter.close();
    filter.close();
    expect(() => filter.run(new Uint8Array(8), 8)).toThrow('this program is closed');
  });

  it('may be run again by a helper that it calls', () => {
    const world = helped((depth) => (depth === 0n ? 0n : filter.run(Uint8Array.of(Number(depth) - 1), 1).result));
    const filter = new Native(Program.parse('r1 = *(u8 *)(r1 + 0); call 100; r0 += 1; exit'), world);
    expect(filter.run(Uint8Array.of(20), 1)).toEqual({ result: 21n });
  });

  it('goes no further when a helper takes away the memory of the input', () => {
    const data = new Uint8Array(8);
    const world = helped(() => {
      structuredClone(data.buffer, { transfer: [data.buffer] });
      return 0n;
    });
    const filter = new Native(Program.parse('r6 = r1; call 100; r0 = *(u64 *)(r6 + 0); exit'), world);
    expect(() => filter.run(data, 8)).toThrow('a helper took away the memory of the input');
  });
});

describe.skipIf(nativeMissing() !== undefined)('a proof', () => {
  const { addon } = native;
  const none = new Uint8Array();
  const wire = Program.parse('r0 = *(u8 *)(r1 +0); exit').encode();
  const world = addon?.environment({
    ...{ input: 'memory', packetLoads: false, packetAccess: 'none', networkHeader: 0, isWritable: true },
    context: { bytes: 0, lengths: nothing, protocols: nothing, starts: nothing, ends: nothing },
  });
  const options = { least: 1, isBaseline: false, takesMany: false, maps: [] };

  it('is what code without checks is made of, and nothing that looks like one', () => {
    const proof = addon?.prove(wire, new Uint8Array(2), none);
    for (const other of [
      wire,
      undefined,
      null,
      7,
      {},
      { ...proof },
      { wire, facts: new Uint8Array(2) },
      Object.create(proof ?? null),
    ]) {
      expect(() => addon?.compile(other as never, world!, options)).toThrow('expected a proof');
    }
  });

  it('keeps what it was made of', () => {
    const bytes = wire.slice();
    const proof = addon!.prove(bytes, new Uint8Array(2), none);
    bytes.fill(0);
    expect(addon!.compile(proof, world!, options).run(Uint8Array.of(7), 1)).toBe(7n);
  });

  it('is used up by the code that is made of it', () => {
    const proof = addon!.prove(wire, new Uint8Array(2), none);
    addon!.compile(proof, world!, options).close();
    expect(() => addon!.compile(proof, world!, options)).toThrow('expected a proof');
  });

  it('counts in an environment that the native part has read', () => {
    const proof = addon!.prove(wire, new Uint8Array(2), none);
    for (const other of [{}, { input: 'memory' }, proof, Object.create(world!), undefined]) {
      expect(() => addon!.compile(proof, other as never, options)).toThrow('expected an environment');
    }
  });

  it('has facts of each instruction', () => {
    const proof = addon!.prove(wire, new Uint8Array(3), none);
    expect(() => addon!.compile(proof, world!, options)).toThrow('expected facts of each slot');
  });
});

const compileAndRun = `
  const wire = Uint8Array.of(0xb7, 0, 0, 0, 42, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
  const world = native.addon.environment({ input: 'memory', packetLoads: false, packetAccess: 'none', networkHeader: 14, isWritable: true });
  const program = native.addon.compile(wire, world, { least: 0, isBaseline: false, takesMany: false, maps: [], uninitialised: new Uint8Array(2) });
  console.log(program.run(new Uint8Array(1), 1));`;

describe.skipIf(nativeMissing() !== undefined || process.platform !== 'linux')('code memory', () => {
  const maps = `for (const line of readFileSync('/proc/self/maps', 'utf8').split('\\n')) if (/ .wx. /.test(line)) console.log(line);`;

  it.each(['dual', 'mprotect'])('is never writable and executable at once: %s', (choice) => {
    const text = child(compileAndRun + maps, { UNIBPF_JIT_MEMORY: choice }, '--jitless');
    expect(text).toBe('42n\n');
  });
});
