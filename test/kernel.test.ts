// The running kernel as an oracle. Where it can't be asked, everything here is skipped, and the reason is in the name.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { native } from '../lib/native.js';
import { fromHex } from '../src/base/hex.js';
import { check } from '../src/classic/check.js';
import { insnOf } from '../src/classic/encode.js';
import { ClassicProgram } from '../src/classic/program.js';
import { runClassic } from '../src/classic/run.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { packet } from '../src/env/packet.js';
import { kernelEngine, kernelMissing } from '../src/run/kernel.js';
import { translate } from '../src/translate/translate.js';
import { checkedProgram, operation } from './classic-insns.js';

const missing = kernelMissing();
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

/** IPv4 with TCP, IPv6 with UDP, ARP. */
const frames = [
  `02000000000102000000000208004500002800004000400600000102030405060708c3500050${'00'.repeat(8)}5002${'00'.repeat(6)}`,
  `02000000000102000000000286dd60000000000a1140${'fe80'.repeat(16)}003500350010000000`,
  `ffffffffffff0200000000020806${'0001'.repeat(14)}`,
].map(fromHex);
const packets = frames.flatMap((frame) => Array.from({ length: frame.length + 1 }, (_, end) => frame.subarray(0, end)));

/** Extensions that Linux's packets in tests can't answer, or answer in their own way. */
const foreign = new Set(['type', 'ifindex', 'hatype', 'nlattr', 'nlattrNest', 'payloadOffset']);
const ordinary = checkedProgram.filter((program) =>
  program.operations.every((op) => op?.kind !== 'extension' || !foreign.has(op.name)),
);

describe.skipIf(missing)(`the running kernel${skipped}`, () => {
  it('takes translated programs, as socket filters too, and gives the classic verdict', () => {
    fc.assert(
      fc.property(ordinary, fc.constantFrom(...packets), (program, data) => {
        const engine = kernelEngine(translate(program), packet);
        const expected = runClassic(program, { data });
        const answer = verdictOrRefusal(() => engine.verdict(data, data.length));
        engine.close();
        expect(['Linux tests no packet whose headers are cut off', expected], program.toString()).toContain(answer);
      }),
      { seed: 1, numRuns: 600 },
    );
  });

  it('takes the classic programs that check accepts, and no others', () => {
    const any = fc
      .array(operation, { minLength: 1, maxLength: 12 })
      .map((list) => new ClassicProgram(list.map(insnOf)));
    fc.assert(
      fc.property(fc.oneof(any, checkedProgram), (program) => {
        const ours = accepts(() => check(program, 'packet'));
        const theirs = accepts(() => native.addon?.kernel?.attachClassic(program.encode()));
        expect(ours, program.toString()).toBe(theirs);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it.each([
    ['ld #ifidx', 'Linux chooses the ifindex of a test packet itself'],
    ['ld #type', 'Linux chooses the pkt_type of a test packet itself'],
    ['ld #poff', 'Linux has no helper 65536'],
    ['ld #nla', 'Linux has no helper 65537'],
    ['ld #nlan', 'Linux has no helper 65538'],
    ['ld #hatype', 'Linux has no helper 65539'],
  ])('can not say what %s gives: %s', (load, reason) => {
    expect(() => kernelEngine(translate(ClassicProgram.parse(`${load} ret a`)), packet)).toThrow(reason);
  });

  it('runs no test where its packet would differ', () => {
    const length = kernelEngine(translate(ClassicProgram.parse('ld #len ret a')), packet);
    expect(length.verdict(frames[0]!, frames[0]!.length)).toBe(frames[0]!.length);
    expect(() => length.verdict(frames[0]!, 2000)).toThrow('as long as what was captured');
    const protocol = kernelEngine(translate(ClassicProgram.parse('ld #proto ret a')), packet);
    expect(() => protocol.verdict(frames[0]!.subarray(0, 20), 20)).toThrow('headers are cut off');
    expect(() => protocol.verdict(new Uint8Array(100_000), 100_000)).toThrow('no test on a packet of 100000 bytes');
  });

  it('says why it refuses a program', () => {
    const exit = new Program([{ kind: 'exit', off: 0 }]);
    expect(() => kernelEngine(exit, packet)).toThrow(
      expect.objectContaining({ code: 'verify', pc: 0, message: 'Linux refuses the program: R0 !read_ok' }),
    );
  });

  it.each([
    ['r0 = 0; if r0 == 0 goto -1; exit', 'infinite loop detected at insn 1', 1],
    ['r0 = 0; exit; r0 = 1; exit', 'unreachable insn 2', 2],
    ['r0 = 0; exit; r0 = r1; call pc-2; exit', 'unreachable insn 2', 2],
  ])('says what is wrong with the ways of %s', (text, message, pc) => {
    expect(() => kernelEngine(Program.parse(text), environment('socket_filter'))).toThrow(
      expect.objectContaining({ code: 'verify', pc, message: `Linux refuses the program: ${message}` }),
    );
  });

  it('runs programs of its own types, which may change the packet', () => {
    const program = Program.parse(
      'r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4); r4 = r2; r4 += 14; if r4 > r3 goto out; *(u8 *)(r2 +0) = 0x42; out: r0 = 2; exit',
    );
    const data = Uint8Array.from(frames[0]!);
    expect(kernelEngine(program, environment('xdp')).verdict(data, data.length)).toBe(2);
    expect(data).toEqual(Uint8Array.of(0x42, ...frames[0]!.subarray(1)));
  });

  it('gives a socket filter the bytes that it is to see', () => {
    const program = Program.parse('r6 = r1; r0 = *(u8 *)skb[0]; exit');
    expect(kernelEngine(program, environment('socket_filter')).verdict(Uint8Array.of(7), 1)).toBe(7);
  });

  it('tests no program that wants more than bytes', () => {
    const filter = translate(ClassicProgram.parse('ret #0'), 'seccomp');
    expect(() => kernelEngine(filter, environment('seccomp'))).toThrow("no program of environment 'seccomp'");
  });
});

/** What the call returns, or the message of what it throws. */
function verdictOrRefusal(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as Error).message;
  }
}

function accepts(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}
