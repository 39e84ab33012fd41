import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { frame } from '../src/base/frame.js';
import { insnOf } from '../src/classic/encode.js';
import { type ClassicForm, ClassicProgram, classicForms } from '../src/classic/program.js';
import { checkedProgram, classic, operation } from './classic-insns.js';

const insns = (text: string) => ClassicProgram.parse(text).insns.map(({ code, jt, jf, k }) => [code, jt, jf, k]);

/** IPv4 or nothing, in every form. */
const expected = [
  [0x28, 0, 0, 12],
  [0x15, 0, 1, 0x800],
  [0x06, 0, 0, 262144],
  [0x06, 0, 0, 0],
];

describe('a classic program is read', () => {
  it.each<[string, string]>([
    [
      'as tcpdump -d',
      '(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 3\n(002) ret      #262144\n(003) ret      #0\n',
    ],
    [
      'as tcpdump -d, pasted with blanks',
      '  (000) ldh [12]  \n\n  (001) jeq #0x800 jt 2 jf 3 \r\n (002) ret #262144\n (003) ret #0',
    ],
    [
      'as tcpdump -dd',
      '{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000800 },\n{ 0x6, 0, 0, 0x00040000 },\n{ 0x6, 0, 0, 0x00000000 },',
    ],
    [
      'as an array of C',
      'static const struct sock_filter code[] = {\n  /* IPv4 */ { 0x28, 0, 0, 12 }, { 0x15, 0, 1, 0x800 },\n  { 6, 0, 0, 262144 }, { 6, 0, 0, 0 }\n};',
    ],
    ['as tcpdump -ddd', '4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n'],
    ['as the line of bpf_asm', '4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0,'],
    ['as an option of iptables', '-A INPUT -m bpf --bytecode "4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0" -j DROP'],
    ['as tc shows it', "filter parent 8001: bytecode '4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0,'"],
    ['as bytes', '280000000c000000 1500000100080000\n0600000000000400 0600000000000000'],
    [
      'as bytes with blanks',
      '28 00 00 00 0c 00 00 00 15 00 00 01 00 08 00 00 06 00 00 00 00 00 04 00 06 00 00 00 00 00 00 00',
    ],
    ['as assembly', '  ldh [12]\n  jne #0x800, drop\n  ret #262144\ndrop: ret #0'],
    ['as assembly in one line', 'ldh [12] jeq #2048, ok, drop ok: ret #0x40000 drop: ret #0'],
    [
      'as assembly with comments',
      '# IPv4\nldh [12] ; the type\njneq #0x800, drop /* no\nmore */\nRET #01000000\ndrop: ret #0b0',
    ],
  ])('%s', (_, text) => {
    expect(insns(text)).toEqual(expected);
  });

  it.each<[string, number[]]>([
    ['ld #0xffffffff', [0x00, 0, 0, 0xffffffff]],
    ['ldi -1', [0x00, 0, 0, 0xffffffff]],
    ['ld len', [0x80, 0, 0, 0]],
    ['ldx #pktlen', [0x81, 0, 0, 0]],
    ['ldxi 7', [0x01, 0, 0, 7]],
    ['ld M[15]', [0x60, 0, 0, 15]],
    ['ldx m[0]', [0x61, 0, 0, 0]],
    ['st M[1]', [0x02, 0, 0, 1]],
    ['stx M[1]', [0x03, 0, 0, 1]],
    ['ld [x+14]', [0x40, 0, 0, 14]],
    ['ldb [%x + -2]', [0x50, 0, 0, 0xfffffffe]],
    ['ldxb 4*([14]&0xf)', [0xb1, 0, 0, 14]],
    ['ldx 4*([14]&15)', [0xb1, 0, 0, 14]],
    ['ldh proto', [0x28, 0, 0, 0xfffff000]],
    ['ld #vlan_pr', [0x20, 0, 0, 0xfffff030]],
    ['ld [vlanp]', [0x20, 0, 0, 0xfffff030]],
    ['ld rand', [0x20, 0, 0, 0xfffff038]],
    ['ld [-1048576]', [0x20, 0, 0, 0xfff00000]],
    ['mod %x', [0x9c, 0, 0, 0]],
    ['xor #-1', [0xa4, 0, 0, 0xffffffff]],
    ['neg', [0x84, 0, 0, 0]],
    ['tax', [0x07, 0, 0, 0]],
    ['ret %a', [0x16, 0, 0, 0]],
    ['to: jmp to', [0x05, 0, 0, 0xffffffff]],
  ])("'%s'", (text, insn) => {
    expect(insns(text)).toEqual([insn]);
  });

  it('with the place of each instruction', () => {
    const { origin } = ClassicProgram.parse("bytecode '1,6 0 0 1,'");
    expect(origin?.spans.map(({ start, end } = { start: 0, end: 0 }) => origin.source.slice(start, end))).toEqual([
      '6 0 0 1',
    ]);
    const assembly = ClassicProgram.parse('go: ld  [x + 3] ; here\n jeq x, go2\ngo2: ret a').origin;
    expect(assembly?.spans.map((span) => span && assembly.source.slice(span.start, span.end))).toEqual([
      'ld  [x + 3]',
      'jeq x, go2',
      'ret a',
    ]);
  });
});

describe('what is no classic program', () => {
  // the code, then the message with its frame
  it.each<[string, string]>([
    ['', 'syntax: expected a classic program, found no text'],
    ['(000) ret #0\n(002) ret #0', 'syntax: 2:2: expected instruction 1, found 2\n  (002) ret #0\n   ^^^'],
    [
      '(000) jeq #0 jt 1 jf 300',
      'range: expected an instruction from 1 to 256, found 300\n  (000) jeq #0 jt 1 jf 300\n                       ^^^',
    ],
    [
      '(000) jeq #0 jt 0 jf 1',
      'range: expected an instruction from 1 to 256, found 0\n  (000) jeq #0 jt 0 jf 1\n                  ^',
    ],
    [
      '(000) jeq #0 jt 1',
      "syntax: expected 'jf', found the end of the text\n  (000) jeq #0 jt 1\n                   ^",
    ],
    ['(000) ldhh [12]', "name: unknown instruction 'ldhh'; did you mean 'ldh'?\n  (000) ldhh [12]\n        ^^^^"],
    [
      '(000) ldh M[1]',
      "syntax: 'ldh' takes an offset '[k]' or '[x + k]' or an extension\n  (000) ldh M[1]\n            ^",
    ],
    [
      '(000) unimp 65536',
      'range: expected a code from 0 to 65535, found 65536\n  (000) unimp 65536\n              ^^^^^',
    ],
    ['(000) jeq [12] jt 1 jf 2', "syntax: 'jeq' takes '#k' or 'x'\n  (000) jeq [12] jt 1 jf 2\n            ^"],
    ['ld %y', "syntax: expected 'a' or 'x', found 'y'\n  ld %y\n      ^"],
    ['{ 0x28, 0, 0 }', "syntax: expected ',', found '}'\n  { 0x28, 0, 0 }\n               ^"],
    ['{ 0x28, 256, 0, 0 }', 'range: expected jt from 0 to 255, found 256\n  { 0x28, 256, 0, 0 }\n          ^^^'],
    ['{ 0x28, 0, 0, 0 } 5', "syntax: expected '{', found '5'\n  { 0x28, 0, 0, 0 } 5\n                    ^"],
    ['2\n6 0 0 0', 'syntax: 1:1: expected 2 instructions, found 1\n  2\n  ^'],
    ['1\n6 0 0', 'syntax: 2:5: expected code jt jf k, found 3 numbers\n  6 0 0\n      ^'],
    [
      '1,6 0 0 4294967296',
      'range: expected k from 0 to 4294967295, found 4294967296\n  1,6 0 0 4294967296\n          ^^^^^^^^^^',
    ],
    ['1,6 0 0 x', "syntax: 'x' is no number\n  1,6 0 0 x\n          ^"],
    ["bytecode '1,6 0 0 x'", "syntax: 'x' is no number\n  bytecode '1,6 0 0 x'\n                    ^"],
    ["bytecode '1,6 0 0 0", "syntax: the quote ' has no end\n  bytecode '1,6 0 0 0\n           ^"],
    ['2800000012', 'encoding: expected 16 digits for each instruction, found 10 digits\n  2800000012\n  ^^^^^^^^^^'],
    ['ret', 'syntax: expected an operand, found the end of the text\n  ret\n     ^'],
    ['ret x', "syntax: 'ret' takes '#k' or 'a'\n  ret x\n      ^"],
    [
      'ldxb 2*([14]&0xf)',
      "unsupported: the only product that can be loaded is '4*([k]&0xf)'\n  ldxb 2*([14]&0xf)\n       ^",
    ],
    [
      'ldxb 4*([14]&0xff)',
      "unsupported: the only product that can be loaded is '4*([k]&0xf)'\n  ldxb 4*([14]&0xff)\n               ^^^^",
    ],
    ['ld protoc', "name: unknown extension 'protoc'; did you mean 'proto'?\n  ld protoc\n     ^^^^^^"],
    ['ja drpo\ndrop: ret #0', "name: 1:4: unknown label 'drpo'; did you mean 'drop'?\n  ja drpo\n     ^^^^"],
    ['jeq #1, ok\nok: ret #1\nok: ret #0', "name: 3:1: label 'ok' stands twice\n  ok: ret #0\n  ^^"],
    [
      'go: jeq #1, go\nret #1',
      "range: 1:13: a conditional jump leads back to 'go': only 'ja' can\n  go: jeq #1, go\n              ^^",
    ],
    [
      `jeq #1, go\n${'tax\n'.repeat(256)}go: ret #1`,
      "range: 1:9: a conditional jump goes over 256 instructions to 'go', and at most 255 are possible\n  jeq #1, go\n          ^^",
    ],
    ['jeq [1], go\ngo: ret #1', "syntax: 1:5: 'jeq' takes '#k' or 'x', and a label\n  jeq [1], go\n      ^"],
    ['ld #4294967296', 'range: expected a number of 32 bits, found 4294967296\n  ld #4294967296\n      ^^^^^^^^^^'],
    ['ld #-2147483649', 'range: expected a number of 32 bits, found -2147483649\n  ld #-2147483649\n       ^^^^^^^^^^'],
    ['ld #08', "syntax: '08' is no number\n  ld #08\n      ^^"],
    ['ld #0xg', "syntax: '0xg' is no number\n  ld #0xg\n      ^^^"],
    ['ret #0 €', "syntax: unexpected character '€'\n  ret #0 €\n         ^"],
    ['ret #0 /* no', 'syntax: a comment has no end\n  ret #0 /* no\n         ^'],
  ])('%s', (text, answer) => {
    expect(errorOf(text)).toBe(answer);
  });
});

function errorOf(text: string): string {
  try {
    ClassicProgram.parse(text);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return `${error.code}: ${frame(error)}`;
  }
}

describe('parse and print are inverse', () => {
  it.each(classicForms)('in the form %s', (form: ClassicForm) => {
    fc.assert(
      fc.property(checkedProgram, (program) => {
        expect(ClassicProgram.parse(program.toString(form)).insns).toEqual(program.insns);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('for one instruction, labels apart', () => {
    fc.assert(
      fc.property(
        operation.filter((op) => op.kind !== 'jump' && op.kind !== 'goto'),
        (op) => {
          const program = new ClassicProgram([insnOf(op)]);
          for (const form of classicForms)
            expect(ClassicProgram.parse(program.toString(form)).insns).toEqual(program.insns);
        },
      ),
      { seed: 2, numRuns: 1000 },
    );
  });
});

describe('any text', () => {
  const words = [
    '(',
    ')',
    '000',
    'ld',
    'ldxb',
    '[',
    ']',
    '12',
    'x',
    '+',
    '#',
    '0x',
    '{',
    '}',
    ',',
    'jeq',
    'jt',
    'L1:',
    'L1',
    '\n',
    ' ',
    "bytecode '",
    '"',
    '4*([',
    '&0xf)',
    ';',
    '/*',
    '-',
    'ret',
    'a',
    '€',
    '40 0 0 12',
  ];
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join(' ')),
    fc
      .tuple(checkedProgram, fc.constantFrom(...classicForms), fc.nat(), fc.constantFrom(...words))
      .map(([program, form, at, word]) => {
        const printed = program.toString(form);
        const cut = at % (printed.length + 1);
        return printed.slice(0, cut) + word + printed.slice(cut + 1);
      }),
  );

  it('is a program, or a BpfError with a place in it', () => {
    fc.assert(
      fc.property(text, (source) => {
        try {
          const { insns, origin } = ClassicProgram.parse(source);
          expect(origin?.spans.length).toBe(insns.length);
        } catch (error) {
          if (!(error instanceof BpfError)) throw error;
          expect(error.place?.source).toBe(source);
          expect(error.place?.start).toBeLessThanOrEqual(error.place?.end ?? -1);
          expect(error.place?.end).toBeLessThanOrEqual(source.length);
        }
      }),
      { seed: 3, numRuns: 5_000 },
    );
  });
});

describe('assembly prints', () => {
  it('labels where something leads to', () => {
    expect(
      classic(
        [0x20, 0, 0, 0xfffff000],
        [0x15, 0, 1, 0x800],
        [0x45, 1, 2, 1],
        [0x05, 0, 0, 1],
        [0x06, 0, 0, 1],
        [0x16, 0, 0, 0],
      ).toString('asm'),
    ).toBe(
      `        ld #proto
        jne #0x800, L3
        jset #0x1, L4, L5
L3:     ja L5
L4:     ret #1
L5:     ret a`,
    );
  });

  it.each([
    [[0x0e, 0, 0, 0] as const, 'instruction 0 has code 14, which assembly has no word for'],
    [[0x05, 0, 0, 0] as const, 'instruction 0 jumps to 1, where there is no instruction to label'],
  ])('no %j', (row, message) => {
    expect(() => classic(row).toString('asm')).toThrow(message);
  });
});
