import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { operation } from '../src/classic/decode.js';
import { insnOf } from '../src/classic/encode.js';
import { ClassicProgram } from '../src/classic/program.js';

const every = Array.from({ length: 256 }, (_, code) => ({ code, jt: 1, jf: 2, k: 4660 }));
const known = every.filter((insn) => operation(insn) !== undefined);

/** `ip and tcp port 80`, as tcpdump compiles it for Ethernet. */
const listing = `(000) ldh      [12]
(001) jeq      #0x800           jt 2	jf 12
(002) ldb      [23]
(003) jeq      #0x6             jt 4	jf 12
(004) ldh      [20]
(005) jset     #0x1fff          jt 12	jf 6
(006) ldxb     4*([14]&0xf)
(007) ldh      [x + 14]
(008) jeq      #0x50            jt 11	jf 9
(009) ldh      [x + 16]
(010) jeq      #0x50            jt 11	jf 12
(011) ret      #262144
(012) ret      #0`;
const program = new ClassicProgram(
  [
    [0x28, 0, 0, 12],
    [0x15, 0, 10, 0x800],
    [0x30, 0, 0, 23],
    [0x15, 0, 8, 6],
    [0x28, 0, 0, 20],
    [0x45, 6, 0, 0x1fff],
    [0xb1, 0, 0, 14],
    [0x48, 0, 0, 14],
    [0x15, 2, 0, 80],
    [0x48, 0, 0, 16],
    [0x15, 0, 1, 80],
    [0x06, 0, 0, 262144],
    [0x06, 0, 0, 0],
  ].map(([code, jt, jf, k]) => ({ code: code!, jt: jt!, jf: jf!, k: k! })),
);

describe('classic instructions', () => {
  it('have the codes that Linux knows', () => {
    expect(known.map((insn) => insn.code.toString(16)).join(' ')).toBe(
      '0 1 2 3 4 5 6 7 c 14 15 16 1c 1d 20 24 25 28 2c 2d 30 34 35 3c 3d 40 44 45 48 4c 4d 50 54 5c 60 61 64 6c 74 7c 80 81 84 87 94 9c a4 ac b1',
    );
  });

  it.each(known)('$code comes back from what it says, without the fields that it leaves unused', (insn) => {
    const back = insnOf(operation(insn)!);
    expect(operation(back)).toEqual(operation(insn));
    expect(back.code).toBe(insn.code);
    for (const field of ['jt', 'jf', 'k'] as const) expect([0, insn[field]]).toContain(back[field]);
  });

  it('read the high half of the code', () => {
    expect(operation({ code: 0x128, jt: 0, jf: 0, k: 0 })).toBeUndefined();
  });

  it('are 8 bytes each, little-endian', () => {
    const bytes = new ClassicProgram([{ code: 0x15, jt: 1, jf: 2, k: 0x12345678 }]).encode();
    expect([...bytes]).toEqual([0x15, 0, 1, 2, 0x78, 0x56, 0x34, 0x12]);
    expect(ClassicProgram.decode(bytes).insns).toEqual([{ code: 0x15, jt: 1, jf: 2, k: 0x12345678 }]);
    expect(ClassicProgram.decode(program.encode()).insns).toEqual(program.insns);
  });

  it.each([1, 7, 9])('are not %i bytes', (length) => {
    expect(() => ClassicProgram.decode(new Uint8Array(length))).toThrow(BpfError);
  });

  it.each([
    [{ code: 65536, jt: 0, jf: 0, k: 0 }, 'expected code of classic instruction 0 from 0 to 65535, found 65536'],
    [{ code: 0, jt: 256, jf: 0, k: 0 }, 'expected jt of classic instruction 0 from 0 to 255, found 256'],
    [{ code: 0, jt: 0, jf: 0.5, k: 0 }, 'expected jf of classic instruction 0 from 0 to 255, found 0.5'],
    [{ code: 0, jt: 0, jf: 0, k: -1 }, 'expected k of classic instruction 0 from 0 to 4294967295, found -1'],
  ])('refuse a field that does not fit: %j', (insn, message) => {
    expect(() => new ClassicProgram([insn])).toThrow(message);
  });
});

describe('a classic program prints', () => {
  it('as tcpdump -d', () => {
    expect(program.toString()).toBe(listing);
  });

  it('as tcpdump -dd', () => {
    expect(program.toString('dd').split('\n').slice(0, 2)).toEqual([
      '{ 0x28, 0, 0, 0x0000000c },',
      '{ 0x15, 0, 10, 0x00000800 },',
    ]);
  });

  it('as tcpdump -ddd', () => {
    expect(program.toString('ddd').split('\n').slice(0, 3)).toEqual(['13', '40 0 0 12', '21 0 10 2048']);
  });

  // what libpcap's bpf_image prints at index 5 for k = 4660, jt = 1, jf = 2; it doesn't know ldx #pktlen
  it('each instruction as libpcap does', () => {
    const lines = known.map((insn) => new ClassicProgram([insn]).toString().slice('(000) '.length));
    expect(lines).toMatchInlineSnapshot(`
      [
        "ld       #0x1234",
        "ldx      #0x1234",
        "st       M[4660]",
        "stx      M[4660]",
        "add      #4660",
        "ja       4661",
        "ret      #4660",
        "tax      ",
        "add      x",
        "sub      #4660",
        "jeq      #0x1234          jt 2	jf 3",
        "ret      ",
        "sub      x",
        "jeq      x                jt 2	jf 3",
        "ld       [4660]",
        "mul      #4660",
        "jgt      #0x1234          jt 2	jf 3",
        "ldh      [4660]",
        "mul      x",
        "jgt      x                jt 2	jf 3",
        "ldb      [4660]",
        "div      #4660",
        "jge      #0x1234          jt 2	jf 3",
        "div      x",
        "jge      x                jt 2	jf 3",
        "ld       [x + 4660]",
        "or       #0x1234",
        "jset     #0x1234          jt 2	jf 3",
        "ldh      [x + 4660]",
        "or       x",
        "jset     x                jt 2	jf 3",
        "ldb      [x + 4660]",
        "and      #0x1234",
        "and      x",
        "ld       M[4660]",
        "ldx      M[4660]",
        "lsh      #4660",
        "lsh      x",
        "rsh      #4660",
        "rsh      x",
        "ld       #pktlen",
        "ldx      #pktlen",
        "neg      ",
        "txa      ",
        "mod      #4660",
        "mod      x",
        "xor      #0x1234",
        "xor      x",
        "ldxb     4*([4660]&0xf)",
      ]
    `);
  });

  it('extensions by name', () => {
    const extensions = Array.from({ length: 17 }, (_, i) => ({ code: 0x20, jt: 0, jf: 0, k: 0xfffff000 + 4 * i }));
    const lines = new ClassicProgram(extensions).toString().split('\n');
    expect(lines.map((line) => line.slice('(000) ld       '.length)).join(' ')).toBe(
      '[proto] [type] [ifidx] [nla] [nlan] [mark] [queue] [hatype] [rxhash] [cpu] [xor_x] [vlan_tci] [vlanp] [poff] [random] [vlan_tpid] [-4032]',
    );
  });
});
