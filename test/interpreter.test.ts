import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/base/hex.js';
import type { Insn } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { Interpreter } from '../src/run/interpreter.js';

const memory = environment('memory');
const packet = environment('packet');

const exit: Insn = { kind: 'exit', off: 0 };

function runs(insns: readonly Insn[], world = memory, data = '', budget?: number) {
  const bytes = fromHex(data);
  return new Interpreter(new Program(insns), world, { budget }).run(bytes, bytes.length);
}

describe('a run ends with a trap', () => {
  it('where a register is read that nothing has written', () => {
    expect(runs([exit])).toEqual({ result: 0n, trap: { code: 'uninitialised', pc: 0 } });
  });

  it('where memory is read one byte past the end', () => {
    const load = (off: number): Insn => ({ kind: 'load', size: 2, signed: false, dst: 0, src: 1, off });
    expect(runs([load(1), exit], memory, '010203')).toEqual({ result: 0x302n });
    expect(runs([load(2), exit], memory, '010203').trap).toEqual({ code: 'out-of-bounds', pc: 0 });
    expect(runs([load(-1), exit], memory, '010203').trap).toEqual({ code: 'out-of-bounds', pc: 0 });
  });

  it('where it would run off the end', () => {
    expect(runs([{ kind: 'neg', width: 64, dst: 1 }]).trap).toEqual({ code: 'bad-instruction', pc: 1 });
  });

  it('where a loop exceeds the budget, at the jump back', () => {
    expect(runs([{ kind: 'goto', off: -1, long: false }], memory, '', 10).trap).toEqual({ code: 'budget', pc: 0 });
  });

  it('where a function calls itself for the ninth frame', () => {
    const recursion: Insn[] = [{ kind: 'call-local', off: -1 }, exit];
    expect(runs(recursion).trap).toEqual({ code: 'stack-overflow', pc: 0 });
  });

  it('where it calls a helper that there is not', () => {
    expect(runs([{ kind: 'call-helper', helper: 99999 }, exit]).trap).toEqual({ code: 'bad-call', pc: 0 });
  });
});

describe('packet loads', () => {
  const ethernet = `ffffffffffff000000000000${'0800'}4500`;
  const load = (imm: number, size: 1 | 2 | 4 = 2): Insn[] => [
    { kind: 'alu', op: 'mov', width: 64, dst: 6, src: { reg: 1 } },
    { kind: 'alu', op: 'mov', width: 64, dst: 0, src: { imm: 7 } },
    { kind: 'packet', size, src: undefined, imm },
    exit,
  ];

  it.each([
    [12, 0x800n],
    [14, 0x4500n],
    [15, 0n], // one byte is missing: the program ends with 0
    [-0x100000, 0x4500n], // from the network header
    [-0x100000 - 2, 0n], // that is from the link header, and far beyond the packet
    [-0x200000 + 12, 0x800n],
    [-0x200001, 0n],
  ])('at %i give %d', (imm, value) => {
    expect(runs(load(imm), packet, ethernet)).toEqual({ result: value });
  });

  it('see the length and the protocol in the context', () => {
    const field = (off: number): Insn[] => [{ kind: 'load', size: 4, signed: false, dst: 0, src: 1, off }, exit];
    expect(runs(field(0), packet, ethernet).result).toBe(16n);
    expect(runs(field(16), packet, ethernet).result).toBe(0x0008n);
    expect(runs(field(192), packet, ethernet).trap).toEqual({ code: 'out-of-bounds', pc: 0 });
  });
});

describe('a context of Linux', () => {
  const frame = 'ffffffffffff0000000000000800450000';
  const run = (name: string, text: string) => {
    const data = fromHex(frame);
    const { result, trap } = new Interpreter(Program.parse(text), environment(name)).run(data, data.length);
    return [trap ?? result, toHex(data)];
  };

  it('has the address of the packet, which is reached through it up to its end', () => {
    const at = (off: number) => `r2 = *(u32 *)(r1 +0); r0 = *(u16 *)(r2 +${off}); exit`;
    expect(run('xdp', at(12))[0]).toBe(0x0008n);
    expect(run('xdp', at(16))[0]).toEqual({ code: 'out-of-bounds', pc: 1 });
    expect(run('xdp', 'r0 = *(u32 *)(r1 +4); r1 = *(u32 *)(r1 +0); r0 -= r1; exit')[0]).toBe(17n);
    expect(run('sched_cls', at(0).replace('r1 +0', 'r1 +76'))[0]).toBe(0xffffn);
  });

  it('lets a program change the packet where Linux does', () => {
    const store = (field: number) => `r2 = *(u32 *)(r1 +${field}); *(u8 *)(r2 +0) = 7; r0 = 0; exit`;
    expect(run('xdp', store(0))[1]).toBe(`07${frame.slice(2)}`);
    expect(run('cgroup_skb', store(76))).toEqual([{ code: 'out-of-bounds', pc: 1 }, frame]);
  });

  it('knows a protocol only where the data is a frame', () => {
    const protocol = 'r0 = *(u32 *)(r1 +16); exit';
    expect(run('sched_cls', protocol)[0]).toBe(0x0008n);
    expect(run('socket_filter', protocol)[0]).toBe(0n);
  });

  it('has its network header at the beginning where the link header is cut off', () => {
    const load = 'r6 = r1; r0 = *(u16 *)skb[-0x100000]; exit';
    expect(run('sched_cls', load)[0]).toBe(0x4500n);
    expect(run('socket_filter', load)[0]).toBe(0xffffn);
    expect(run('socket_filter', 'r6 = r1; r0 = *(u16 *)skb[-0x200000]; exit')[0]).toBe(0n);
  });
});
