// The verifier, case by case, and what it says besides the verdict.

import { describe, expect, it } from 'vitest';
import { Program } from '../src/ebpf/program.js';
import { environment, environmentNames } from '../src/env/lookup.js';
import { memory } from '../src/env/memory.js';
import { facts } from '../src/verify/facts.js';
import { VerifyError } from '../src/verify/refusal.js';
import { VerifiedProgram, verify } from '../src/verify/verify.js';
import { verifyCases } from './verify-case-files.js';

function refusal(program: Program, size = 0): VerifyError {
  try {
    verify(program, memory(size));
  } catch (error) {
    if (error instanceof VerifyError) return error;
    throw error;
  }
  return expect.fail('the program was accepted');
}

describe('the verifier', () => {
  it.each(verifyCases)('judges: $name', ({ program, environment, refused, ...options }) => {
    if (refused === undefined) {
      expect(verify(program, environment, options).program).toBe(program);
      return;
    }
    const judge = () => verify(program, environment, options);
    expect(judge).toThrow(refused.pattern);
    expect(judge).toThrow(expect.objectContaining({ code: 'verify', pc: refused.pc }));
  });
});

describe('a refusal', () => {
  it('tells the jumps that led there', () => {
    const text = 'r0 = 0; if r2 > 5 goto on; exit; on: if r2 > 9 goto out; r0 = r3; out: exit';
    expect(refusal(Program.parse(text)).path).toEqual([
      { pc: 1, taken: true },
      { pc: 3, taken: false },
    ]);
  });

  it('tells the rounds of a loop', () => {
    const text = 'r0 = 0; again: r0 += 1; if r0 < 3 goto again; r0 = r3; exit';
    const { path } = refusal(Program.parse(text));
    expect(path.map(({ taken }) => taken)).toEqual([true, true, false]);
  });

  it('points at the source text', () => {
    const { place } = refusal(Program.parse('r0 = 0; r0 = r7; exit'));
    expect(place?.source.slice(place.start, place.end)).toContain('r0 = r7');
  });
});

describe('a verified program', () => {
  const program = Program.parse(
    'r3 = *(u8 *)(r1 +0); r5 = r3; r3 |= 1; r0 = 100; r0 /= r3; r0 /= r5; r4 = 1; if r4 == 2 goto out; r0 += 1; out: exit',
  );
  const verified = verify(program, memory(1));

  it('has the facts that were proved', () => {
    const { facts: proved } = verified;
    expect(proved[0]).toBe(facts.inBounds);
    expect(proved[4]).toBe(facts.divisorNotZero);
    expect(proved[5]).toBe(0);
    expect(proved[7]).toBe(facts.neverTaken);
  });

  it("gives away copies of the facts, so that nobody's change counts", () => {
    verified.facts.fill(0xff);
    expect(verified.facts[5]).toBe(0);
  });

  it('tells the range of its result', () => {
    const text = 'r0 = *(u8 *)(r1 +0); if r0 > 9 goto out; r0 = 20; out: exit';
    expect(verify(Program.parse(text), memory(1)).result).toEqual({ min: 10n, max: 255n });
  });

  it('counts the 0 that a packet load ends with among its results', () => {
    const program = Program.parse('r6 = r1; r0 = *(u8 *)skb[0]; r0 = 7; exit');
    expect(verify(program, environment('packet')).result).toEqual({ min: 0n, max: 7n });
  });

  it('tells how much stack its functions take together', () => {
    const text = '*(u64 *)(r10 -24) = 0; call f; exit; f: *(u64 *)(r10 -8) = 0; r0 = 0; exit';
    expect(verify(Program.parse(text), memory()).stack).toBe(48);
  });

  it('is made by verify alone', () => {
    expect(VerifiedProgram.is(verified)).toBe(true);
    expect(VerifiedProgram.is({ ...verified })).toBe(false);
    expect(VerifiedProgram.is(Object.create(VerifiedProgram.prototype))).toBe(false);
  });
});

describe('the log', () => {
  const program = Program.parse('r2 = *(u8 *)(r1 +0); r0 = r2; if r0 > 5 goto out; r0 = 7; out: exit');

  it("shows each instruction with what it changes, in Linux's notation", () => {
    const { log } = verify(program, memory(1), { log: 1 });
    expect(log?.split('\n')[0]).toBe(
      '0: (71) r2 = *(u8 *)(r1 +0)           ; R2=scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))',
    );
    expect(log).toContain('from 2 to 4: R0=scalar(id=1,smin=umin=smin32=umin32=6,smax=umax=smax32=umax32=255');
  });

  it('shows at level 2 what was known before it, too', () => {
    expect(verify(program, memory(1), { log: 2 }).log).toContain('1: R1=mem(sz=1) R2=scalar(');
  });

  it('leads up to a refusal', () => {
    const refused = Program.parse('r0 = 0; r0 = r7; exit');
    expect(() => verify(refused, memory(), { log: 1 })).toThrow(
      expect.objectContaining({ log: expect.stringContaining('r0 = 0') }),
    );
  });

  it('is not there unless it was asked for', () => {
    expect(verify(program, memory(1)).log).toBeUndefined();
  });
});

describe('environments', () => {
  it('are found by name', () => {
    for (const name of ['packet', 'memory', 'seccomp', 'xdp', 'sched_cls']) {
      expect(environmentNames).toContain(name);
      expect(environment(name).name).toBe(name);
    }
  });

  it('suggest the name that was meant', () => {
    expect(() => environment('pakcet')).toThrow("did you mean 'packet'");
  });

  it('take a size only where there are bytes, and an attach type only where there is one', () => {
    expect(() => environment('packet', { size: 4 })).toThrow('no size');
    expect(() => environment('memory', { attach: 'xdp' })).toThrow('no attach types');
    expect(() => environment('memory', { size: -1 })).toThrow('a size of 0 to');
    expect(() => environment('cgroup_sock_addr')).toThrow('needs an attach type');
    expect(() => environment('cgroup_skb', { attach: 'cgroup_inet_egres' })).toThrow("'cgroup_inet_egress'");
  });
});

describe('what no text says', () => {
  it('a second half of a wide load alone is no instruction', () => {
    const program = new Program([{ kind: 'wide-end' }, { kind: 'exit', off: 0 }]);
    expect(() => verify(program, memory())).toThrow(
      expect.objectContaining({ pc: 0, message: 'the second half of a wide load is no instruction' }),
    );
  });

  it("an environment's helper takes a key without a map", () => {
    const find = { id: 1, name: 'find', arguments: ['key'], returns: 'scalar', traits: {} } as const;
    const world = { ...memory(), helpers: new Map([[1, find]]) };
    expect(() => verify(Program.parse('r1 = r10; call 1; exit'), world)).toThrow('find needs a map before r1');
  });
});

describe('licences and flags', () => {
  const traced = Program.parse('r1 = r10; r1 += -8; r2 = 8; r3 = 0; call 113; r0 = 0; exit');

  it('keep helpers from programs that they are not for', () => {
    expect(() => verify(traced, environment('kprobe'), { license: 'MIT' })).toThrow('compatible with the GPL');
    expect(verify(traced, environment('kprobe'), { license: 'Dual BSD/GPL' }).processed).toBe(7);
  });

  it('ask for alignment', () => {
    const program = Program.parse('r0 = *(u32 *)(r1 +2); exit');
    expect(verify(program, memory(8)).processed).toBe(2);
    expect(() => verify(program, memory(8), { flags: 1 })).toThrow('multiple of 4');
  });
});
