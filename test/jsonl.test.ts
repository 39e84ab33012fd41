// One line in, one line out: what the batch protocol answers, without the processes around it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../src/base/error.js';
import { ClassicProgram } from '../src/classic/program.js';
import { answer } from '../src/cli/jsonl/answer.js';

interface Answer {
  readonly id: unknown;
  readonly ok: boolean;
  readonly error: { readonly code: string; readonly message: string; readonly start?: number; readonly end?: number };
  readonly [field: string]: unknown;
}

const utf8 = new TextEncoder();
const answerTo = (line: string): Answer => JSON.parse(answer(utf8.encode(line)));
const ask = (request: object): Answer => answerTo(JSON.stringify({ id: 1, ...request }));

const accept = [[6, 0, 0, 1]];

describe('a line', () => {
  const bad: readonly (readonly [what: string, line: string, code: string, message: string])[] = [
    ['that is empty', '', 'syntax', 'this line is no JSON'],
    ['that is no JSON', '{"id":1', 'syntax', 'this line is no JSON'],
    ['that is no object', '[1]', 'usage', 'expected a request as an object'],
    ['without an id', '{"op":"hello"}', 'usage', "missing field 'id'"],
    [
      'whose id is no safe integer',
      '{"id":1e17,"op":"hello"}',
      'usage',
      "expected a number as 'id' to be a safe integer",
    ],
  ];
  it.each(bad)('%s is answered with the id null', (_, line, code, message) => {
    expect(answerTo(line)).toEqual({ id: null, ok: false, error: { code, message } });
  });

  it('that is no UTF-8 is no JSON', () => {
    expect(JSON.parse(answer(Uint8Array.of(0x22, 0xff, 0x22))).error.code).toBe('syntax');
  });

  it('gets its id back, whatever JSON value it is', () => {
    for (const id of [0, -1, 'x\n', null, true, { a: [1, '2'] }, []]) expect(ask({ id, op: 'hello' }).id).toEqual(id);
  });

  it('with an id that is nested too deep is answered all the same', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(answerTo(`{"id":${deep},"op":"hello"}`)).toMatchObject({ id: null, ok: false, error: { code: 'limit' } });
  });
});

describe('a request', () => {
  const bad: readonly (readonly [what: string, request: object, code: string, message: string])[] = [
    ['without an operation', {}, 'usage', "expected 'op' to be the name of an operation"],
    ['of an unknown operation', { op: 'chek' }, 'usage', "unknown operation 'chek'; did you mean 'check'?"],
    ['of an operation named like a property', { op: '__proto__' }, 'usage', "unknown operation '__proto__'"],
    [
      'with a misspelt field',
      { op: 'check', classic: accept, enviroment: 'packet' },
      'usage',
      "unknown field 'enviroment'; did you mean 'environment'?",
    ],
    ['without a field that it needs', { op: 'check' }, 'usage', "missing field 'classic'"],
    ['with null for a field', { op: 'check', classic: null }, 'usage', "expected 'classic' to be a list, got null"],
    [
      'with an instruction of three numbers',
      { op: 'check', classic: [[6, 0, 0]] },
      'usage',
      "expected 'classic[0]' to be a list of 4, got a list of 3",
    ],
    [
      'with half a number',
      { op: 'check', classic: [[6, 0, 0, 0.5]] },
      'usage',
      "expected 'classic[0][3]' to be a whole number, got 0.5",
    ],
    [
      'with a number that fits no instruction',
      { op: 'check', classic: [[6, 0, 0, 2 ** 32]] },
      'encoding',
      'expected k of classic instruction 0 from 0 to 4294967295, found 4294967296',
    ],
    [
      'with a word that is none of the few',
      { op: 'disassemble', machine: 'clasic', classic: accept },
      'usage',
      "expected 'machine' to be one of classic, ebpf, got 'clasic'; did you mean 'classic'?",
    ],
    ['with odd digits', { op: 'disassemble', machine: 'ebpf', program: '950' }, 'encoding', ''],
  ];
  it.each(bad)('%s is refused', (_, request, code, message) => {
    const refused = ask(request);
    expect(refused).toMatchObject({ id: 1, ok: false, error: { code } });
    expect(refused.error.message).toContain(message);
  });

  it('of any shape gets an answer with a known code', () => {
    const names = ['op', 'classic', 'program', 'machine', 'text', 'filter', 'link', 'environment', 'inputs', 'engine'];
    const ops = ['hello', 'compile', 'assemble', 'disassemble', 'check', 'translate', 'verify', 'run'];
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...ops), fc.constant(accept), fc.constant('packet'));
    const request = fc.tuple(fc.constantFrom(...ops), fc.dictionary(fc.constantFrom(...names), value));
    fc.assert(
      fc.property(request, ([op, fields]) => {
        const told = ask({ op, ...fields });
        if (told.ok) return;
        expect(errorCodes).toContain(told.error.code);
        expect(told.error.code).not.toBe('internal');
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('hello', () => {
  it('names the engines, and the operations that can be asked for', () => {
    const told = ask({ op: 'hello' });
    expect(told).toMatchObject({ ok: true, name: 'unibpf', protocol: 1, arch: process.arch });
    expect(told.engines).toMatchObject({ interpreter: true, classic: true });
    expect(told.operations).toContain('check');
  });
});

describe('compile', () => {
  const compile = (fields: object) => ask({ op: 'compile', link: 'EN10MB', ...fields });

  it('makes a classic program, which returns the snapshot length', () => {
    const { classic } = compile({ filter: 'ip', snaplen: 96 }) as unknown as { classic: number[][] };
    expect(classic[0]).toEqual([0x28, 0, 0, 12]);
    expect(classic).toContainEqual([6, 0, 0, 96]);
    expect(compile({ filter: 'ip', snaplen: 96, link: 1 }).classic).toEqual(classic);
  });

  it('looks names up in the request alone', () => {
    expect(compile({ filter: 'host localhost' })).toMatchObject({ error: { code: 'name', start: 5, end: 14 } });
    const named = compile({ filter: 'host localhost', names: { hosts: { localhost: '127.0.0.1' } } });
    expect(named.classic).toEqual(compile({ filter: 'host 127.0.0.1' }).classic);
    const listed = compile({ filter: 'port domain', names: { services: { domain: ['53/tcp', '53/udp'] } } });
    expect(listed.classic).toEqual(compile({ filter: 'port 53' }).classic);
  });

  const bad: readonly (readonly [what: string, fields: object, error: object])[] = [
    ['a mistake in the expression', { filter: 'ip and tpc' }, { code: 'name', start: 7, end: 10 }],
    ['an expression that ends early', { filter: 'ip and' }, { code: 'syntax', start: 6, end: 6 }],
    ['no link type', { filter: 'ip', link: undefined }, { code: 'usage' }],
    ['an unknown link type', { filter: 'ip', link: 'EN11MB' }, { code: 'link' }],
    ['a snapshot length of 0', { filter: 'ip', snaplen: 0 }, { code: 'range' }],
    ['a netmask that is none', { filter: 'ip broadcast', netmask: '255.255' }, { code: 'range' }],
    ['a table of names that is none', { filter: 'ip', names: { hosts: ['a'] } }, { code: 'usage' }],
    ['an unknown table of names', { filter: 'ip', names: { host: {} } }, { code: 'usage' }],
  ];
  it.each(bad)('%s is refused', (_, fields, error) => {
    expect(compile(fields)).toMatchObject({ ok: false, error });
  });
});

describe('check', () => {
  it('accepts what Linux accepts', () => {
    expect(ask({ op: 'check', classic: accept })).toEqual({ id: 1, ok: true, verdict: 'accept' });
  });

  it('answers a refusal with its pc', () => {
    const classic = [
      [0, 0, 0, 0],
      [5, 0, 0, 7],
      [6, 0, 0, 1],
    ];
    expect(ask({ op: 'check', classic })).toMatchObject({ ok: true, verdict: 'reject', error: { pc: 1 } });
  });

  it('knows that a seccomp filter may do less', () => {
    const classic = [[48, 0, 0, 0], ...accept];
    expect(ask({ op: 'check', classic })).toMatchObject({ verdict: 'accept' });
    expect(ask({ op: 'check', classic, environment: 'seccomp' })).toMatchObject({
      verdict: 'reject',
      error: { pc: 0 },
    });
  });
});

describe('programs as text', () => {
  it('a classic program is listed in the forms of tcpdump', () => {
    const listed = (form: string) => ask({ op: 'disassemble', machine: 'classic', classic: accept, form }).text;
    expect(listed('d')).toBe('(000) ret      #1');
    expect(listed('dd')).toBe('{ 0x6, 0, 0, 0x00000001 },');
    expect(listed('ddd')).toBe('1\n6 0 0 1');
  });

  it('a classic program is printed and assembled again', () => {
    const { text } = ask({ op: 'disassemble', machine: 'classic', classic: accept });
    expect(ask({ op: 'assemble', machine: 'classic', text })).toEqual({ id: 1, ok: true, classic: accept });
  });

  it('an internal program is printed and assembled again', () => {
    const program = 'b7000000010000009500000000000000';
    const { text } = ask({ op: 'disassemble', machine: 'ebpf', program });
    expect(ask({ op: 'assemble', machine: 'ebpf', text })).toEqual({ id: 1, ok: true, program });
  });

  it('a mistake in a text has its place', () => {
    const refused = ask({ op: 'assemble', machine: 'ebpf', text: 'r0 = 1\nexot\n' });
    expect(refused.error).toMatchObject({ start: 7, end: 11 });
  });
});

describe('translate', () => {
  it('makes an internal program of a classic one', () => {
    const { program } = ask({ op: 'translate', classic: accept });
    expect(ask({ op: 'disassemble', machine: 'ebpf', program }).text).toContain('exit');
  });
});

describe('run', () => {
  const engines = ['interpreter', 'jit'];
  const sum = '71130000000000007114010000000000' + 'bf300000000000000f40000000000000' + '9500000000000000'; // r0 = data[0] + data[1]

  it.each([...engines, 'classic', 'javascript'])(
    '%s gives the verdict of a classic program on each input',
    (engine) => {
      const classic = [
        [48, 0, 0, 1],
        [22, 0, 0, 0],
      ];
      const told = ask({ op: 'run', classic, engine, inputs: ['0a2a', '0a', { data: '00ff', length: 1500 }] });
      expect(told).toMatchObject({
        ok: true,
        engine,
        results: [{ result: '0x2a' }, { result: '0x0' }, { result: '0xff' }],
      });
    },
  );

  it.each([...engines, 'classic', 'javascript'])('%s tells where in the classic program a trap is', (engine) => {
    const classic = ClassicProgram.parse('again: ldb [0]  jeq #1, out  ja again  out: ret #0');
    const loop = classic.insns.map(({ code, jt, jf, k }) => [code, jt, jf, k]);
    const { results } = ask({ op: 'run', classic: loop, engine, unverified: true, budget: 1000, inputs: ['01', '02'] });
    expect(results).toEqual([{ result: '0x0' }, { result: '0x0', trap: { code: 'budget', pc: 2 } }]);
  });

  it.each(engines)('%s runs an internal program, verified for the length of each input', (engine) => {
    const request = { op: 'run', program: sum, environment: 'memory', engine };
    expect(ask({ ...request, inputs: ['0102', '030405'] }).results).toEqual([{ result: '0x3' }, { result: '0x7' }]);
    expect(ask({ ...request, inputs: ['0102', '03'] })).toMatchObject({ ok: false, error: { code: 'verify', pc: 1 } });
  });

  it.each(engines)('%s reports the trap of an unverified program, and goes on', (engine) => {
    const request = { op: 'run', program: sum, environment: 'memory', engine, unverified: true };
    expect(ask({ ...request, inputs: ['03', '0102'] }).results).toEqual([
      { result: '0x0', trap: { code: 'out-of-bounds', pc: 1 } },
      { result: '0x3' },
    ]);
  });

  it.each(engines)('%s counts instructions against the budget', (engine) => {
    const program = '0500ffff000000009500000000000000'; // goto -1
    const request = { op: 'run', program, environment: 'memory', engine, unverified: true, budget: 1000 };
    expect(ask({ ...request, inputs: [''] }).results).toEqual([{ result: '0x0', trap: { code: 'budget', pc: 0 } }]);
  });

  it('shows the bytes that a program has changed', () => {
    const program = '7201000007000000b7000000000000009500000000000000'; // *(u8 *)(r1 +0) = 7; r0 = 0
    const request = { op: 'run', program, environment: 'memory', engine: 'interpreter' };
    expect(ask({ ...request, inputs: ['0a0b', '070b'] }).results).toEqual([
      { result: '0x0', data: '070b' },
      { result: '0x0' },
    ]);
  });

  const bad: readonly (readonly [what: string, fields: object, code: string])[] = [
    ['no program', { engine: 'interpreter', inputs: [] }, 'usage'],
    ['two programs', { engine: 'interpreter', inputs: [], classic: accept, program: sum }, 'usage'],
    ['no environment', { engine: 'interpreter', inputs: [], program: sum }, 'usage'],
    ['an unknown engine', { engine: 'warp', inputs: [], classic: accept }, 'usage'],
    ...['classic', 'javascript'].map(
      (engine) =>
        [
          `the engine ${engine} on an internal program`,
          { engine, inputs: [''], environment: 'memory', program: sum },
          'usage',
        ] as const,
    ),
    ['an unknown environment', { engine: 'jit', inputs: [''], environment: 'paket', program: sum }, 'name'],
    [
      'an input shorter than promised',
      { engine: 'jit', inputs: ['00'], environment: 'memory', size: 2, program: sum },
      'usage',
    ],
    [
      'a packet shorter on the wire than what is there',
      { engine: 'jit', inputs: [{ data: '0000', length: 1 }], classic: accept },
      'range',
    ],
    [
      'a length of what is no packet',
      { engine: 'jit', inputs: [{ data: '0000', length: 2 }], environment: 'memory', program: sum },
      'usage',
    ],
    ['half a system call', { engine: 'classic', inputs: ['00'], environment: 'seccomp', classic: accept }, 'usage'],
    [
      'a classic program in memory',
      { engine: 'classic', inputs: ['00'], environment: 'memory', classic: accept },
      'usage',
    ],
  ];
  it.each(bad)('%s is refused', (_, fields, code) => {
    expect(ask({ op: 'run', ...fields })).toMatchObject({ ok: false, error: { code } });
  });
});

describe('verify', () => {
  it('tells how much was explored', () => {
    const request = { op: 'verify', program: 'b7000000010000009500000000000000', environment: 'memory' };
    expect(ask(request)).toMatchObject({ ok: true, verdict: 'accept', processed: 2, stack: 0 });
  });

  it.each([
    ['reads what was never written', 'bf200000000000000f300000000000009500000000000000', 1],
    ['has an unknown opcode', 'ff000000000000009500000000000000', 0],
  ])('a program that %s is rejected', (_, program, pc) => {
    const told = ask({ op: 'verify', program, environment: 'memory' });
    expect(told).toMatchObject({ ok: true, verdict: 'reject', error: { pc } });
  });

  it('bytes that are no program are no request that can be carried out', () => {
    const told = ask({ op: 'verify', program: '9500', environment: 'memory' });
    expect(told).toMatchObject({ ok: false, error: { code: 'encoding' } });
  });
});

describe('seccomp', () => {
  const policy = (value: string) =>
    `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[
      {"index":0,"value":${value},"op":"SCMP_CMP_EQ"}]}]}`.replace(/\s+/g, '');
  const request = (value: string) => `{"id":1,"op":"seccomp","arch":"x86_64","policy":${policy(value)}}`;

  it('makes a filter of a policy whose numbers have 64 bits', () => {
    const { classic } = answerTo(request('18446744073709551615'));
    const data = (last: string) => `000000003e0000c00000000000000000${last}${'00'.repeat(40)}`;
    const inputs = [data('ffffffffffffffff'), data('feffffffffffffff')];
    const engine = 'classic';
    const { results } = ask({ op: 'run', classic, environment: 'seccomp', engine, inputs });
    expect(results).toEqual([{ result: '0x7fff0000' }, { result: '0x50001' }]);
  });

  it('takes the policy as text as well', () => {
    const text = ask({ op: 'seccomp', arch: 'x86_64', policy: policy('1') });
    expect(text).toEqual(answerTo(request('1')));
  });

  it('tells the place of a mistake in the text of the policy', () => {
    const { error } = answerTo(request('18446744073709551616'));
    expect(error.code).toBe('range');
    expect(policy('18446744073709551616').slice(error.start, error.end)).toBe('18446744073709551616');
  });

  it('tells of what may not be meant so', () => {
    const { warnings } = ask({ op: 'seccomp', arch: 'x86_64', policy: policy('1').replace('"read"', '"raed"') });
    expect(warnings).toMatchObject([{ code: 'unknown', path: 'syscalls[0].names[0]' }]);
  });
});
