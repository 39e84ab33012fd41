// Builds and loads the peers: peers.c, and for each filter the C that says what its classic program does.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL('../build/bench', import.meta.url));

/** libpcap and the touch floor; see peers.c. */
export const peers = built('peers', '-lpcap');

/** A file of C beside this one as an addon. */
export function built(name, ...libraries) {
  mkdirSync(folder, { recursive: true });
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  const headers = `-I${require('node-api-headers').include_dir}`;
  clang([source, headers, '-Wall', '-Wextra', '-o', `${folder}/${name}.node`, ...libraries]);
  return require(`${folder}/${name}.node`);
}

function clang(args) {
  execFileSync('clang', ['-O2', '-march=native', '-shared', '-fPIC', ...args], { stdio: 'inherit' });
}

/** The machine code that clang makes of a classic program, called in a plain loop. */
export function compiledByClang(name, program) {
  const base = `${folder}/${name.replace(/\W+/g, '-')}`;
  writeFileSync(`${base}.c`, toC(program));
  clang([`${base}.c`, '-o', `${base}.so`]);
  return peers.load(`${base}.so`);
}

const prologue = `#include <stdint.h>
#include <string.h>
static inline uint32_t word(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return __builtin_bswap32(v); }
static inline uint32_t half(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return __builtin_bswap16(v); }
static inline uint32_t byte(const uint8_t *p) { return *p; }
uint32_t filter(const uint8_t *p, uint32_t length, uint32_t captured) {
  uint32_t A = 0, X = 0, M[16] = {0};
  (void)A, (void)X, (void)M, (void)length;
`;

function toC(program) {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const lines = [];
  for (let pc = 0; pc * 8 < program.length; pc++) {
    const at = pc * 8;
    const insn = { jt: view.getUint8(at + 2), jf: view.getUint8(at + 3), k: view.getUint32(at + 4, true), pc };
    lines.push(`L${pc}: ${statement(view.getUint16(at, true), insn)}`);
  }
  return `${prologue}${lines.join('\n')}\n}\n`;
}

const sizes = { 0: ['word', 4], 8: ['half', 2], 16: ['byte', 1] };
const arithmetic = { 0: '+', 16: '-', 32: '*', 48: '/', 64: '|', 80: '&', 96: '<<', 112: '>>', 144: '%', 160: '^' };
const relations = { 16: '==', 32: '>', 48: '>=', 64: '&' };

/** One classic instruction as C; those that libpcap doesn't emit for these filters are refused. */
function statement(code, { jt, jf, k, pc }) {
  const operand = (code & 0x08) === 0 ? `${k}u` : 'X';
  const [load, size] = sizes[code & 0x18] ?? [];
  switch (code & 0x07) {
    case 0x00: // ld
      if ((code & 0xe0) === 0x20) return `if (captured < ${k + size}u) return 0; A = ${load}(p + ${k});`;
      if ((code & 0xe0) === 0x40)
        return `if ((uint64_t)X + ${k + size}u > captured) return 0; A = ${load}(p + X + ${k});`;
      return `A = ${{ 0: `${k}u`, 96: `M[${k}]`, 128: 'length' }[code & 0xe0]};`;
    case 0x01: // ldx
      if ((code & 0xe0) === 0xa0) return `if (captured < ${k + 1}u) return 0; X = (p[${k}] & 15) * 4;`;
      return `X = ${{ 0: `${k}u`, 96: `M[${k}]`, 128: 'length' }[code & 0xe0]};`;
    case 0x02:
      return `M[${k}] = A;`;
    case 0x03:
      return `M[${k}] = X;`;
    case 0x04:
      return (code & 0xf0) === 0x80 ? 'A = -A;' : `A = A ${arithmetic[code & 0xf0]} ${operand};`;
    case 0x05:
      if ((code & 0xf0) === 0) return `goto L${pc + 1 + k};`;
      return `if (A ${relations[code & 0xf0]} ${operand}) goto L${pc + 1 + jt}; else goto L${pc + 1 + jf};`;
    case 0x06:
      return (code & 0x18) === 0x10 ? 'return A;' : `return ${k}u;`;
    default:
      return code & 0x80 ? 'A = X;' : 'X = A;';
  }
}
