// What event filters are measured against: the kernel's two ways (event-peers.cc), closures of JavaScript, and filtrex.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL('../build/bench', import.meta.url));
const filtrexVersion = '3.1.0';

/** The kernel's ways; see event-peers.cc. */
export const kernel = build();

function build() {
  mkdirSync(folder, { recursive: true });
  const source = fileURLToPath(new URL('event-peers.cc', import.meta.url));
  const include = `-I${require('node-api-headers').include_dir}`;
  const output = `${folder}/event-peers.node`;
  const flags = ['-O2', '-std=c++20', '-Wall', '-Wextra', '-shared', '-fPIC'];
  execFileSync('g++', [...flags, source, include, '-o', output], { stdio: 'inherit' });
  return require(output);
}

const ops = { or: 0, and: 1, '!=': 3, '==': 4, '<': 5, '<=': 6, '>': 7, '>=': 8, '&': 9 };
const numbersOfNode = 9;

/** The tree of a filter as the kernel's ways take it: operations have two operands. */
export function kernelFilter(expression) {
  const nodes = [];
  const texts = [];
  const add = (node, text = '') => {
    nodes.push(node);
    texts.push(text);
    return nodes.length - 1;
  };
  const visit = ({ kind, operands, ...test }) => {
    if (operands === undefined) return addTest(add, { kind, ...test });
    if (operands.length === 1) return visit(operands[0]);
    const at = add([ops[kind], 0, 0, 0, 0, 0, 0, 0, 0]);
    nodes[at][1] = visit({ kind, operands: operands.slice(0, -1) });
    nodes[at][2] = visit(operands.at(-1));
    return at;
  };
  visit(expression);
  const buffer = Buffer.alloc(256 * texts.length);
  for (const [i, text] of texts.entries()) buffer.write(text, 256 * i, 'latin1');
  const numbers = BigInt64Array.from(nodes.flat().map((number) => BigInt.asIntN(64, BigInt(number))));
  if (numbers.length !== nodes.length * numbersOfNode) throw new Error('a node has another number of numbers');
  return kernel.build(numbers, buffer);
}

function addTest(add, { kind, source, order, value, mask, pattern }) {
  const place = [-1, -1, source.offset, source.size];
  if (kind === 'number') return add([ops[order], ...place, source.signed, value, order === '!=', 0]);
  if (kind === 'bits') return add([ops['&'], ...place, source.signed, mask, 0, 0]);
  const text = Buffer.from(pattern.bytes).toString('latin1');
  return add([ops['=='], ...place, 0, 0, pattern.negated, pattern.kind === 'full' ? 1 : 2], text);
}

// ---- JavaScript ------------------------------------------------------------------------------------------------------

/** A filter as closures over a view and the offset of a record: what one would write by hand. */
export function closure({ kind, operands, ...test }) {
  if (operands === undefined) return testClosure({ kind, ...test });
  const parts = operands.map(closure);
  return parts.reduce((a, b) =>
    kind === 'and' ? (view, at) => a(view, at) && b(view, at) : (view, at) => a(view, at) || b(view, at),
  );
}

function testClosure({ kind, source, order, value, mask, pattern }) {
  if (kind === 'text') return textClosure(source, pattern);
  const { offset } = source;
  if (source.size !== 4 || !source.signed) throw new Error('only numbers of 32 bits with a sign are measured');
  const number = Number(value ?? mask);
  switch (kind === 'bits' ? '&' : order) {
    case '==':
      return (view, at) => view.getInt32(at + offset, true) === number;
    case '!=':
      return (view, at) => view.getInt32(at + offset, true) !== number;
    case '<':
      return (view, at) => view.getInt32(at + offset, true) < number;
    case '<=':
      return (view, at) => view.getInt32(at + offset, true) <= number;
    case '>':
      return (view, at) => view.getInt32(at + offset, true) > number;
    case '>=':
      return (view, at) => view.getInt32(at + offset, true) >= number;
    default:
      return (view, at) => (view.getInt32(at + offset, true) & number) !== 0;
  }
}

function textClosure({ offset }, { kind, bytes, negated }) {
  const wanted = kind === 'full' ? [...bytes, 0] : [...bytes];
  return (view, at) => {
    for (let i = 0; i < wanted.length; i++) if (view.getUint8(at + offset + i) !== wanted[i]) return negated;
    return !negated;
  };
}

/** filtrex, which is installed beside the other peers: no part of this package needs it. */
export async function filtrex() {
  const path = `${folder}/filtrex/node_modules/filtrex/dist/esm/filtrex.mjs`;
  if (!existsSync(path)) {
    mkdirSync(`${folder}/filtrex`, { recursive: true });
    const args = ['install', '--prefix', `${folder}/filtrex`, '--no-save', '--no-audit', '--no-fund'];
    execFileSync('npm', [...args, `filtrex@${filtrexVersion}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const { compileExpression } = await import(pathToFileURL(path));
  return compileExpression;
}
