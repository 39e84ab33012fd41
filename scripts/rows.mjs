// Rows of vectors: where they are read from, which requests they stand for, and what an answer lacks of what is expected.
// The head of replay.mjs tells what a row is.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseJson } from '../dist/base/json.js';

/** The files of rows in a folder, or the one file. */
export function files(path) {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return names.filter((name) => /\.jsonl(\.gz)?$/.test(name)).map((name) => join(path, name));
}

/** The rows of a file; a line of `defaults` holds fields for the requests of the lines after it. */
export function readRows(file) {
  const bytes = readFileSync(file);
  const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').filter(Boolean);
  const rows = [];
  let defaults = {};
  for (const text of lines) {
    const line = JSON.parse(text);
    if (line.defaults) defaults = line.defaults.request;
    else if (line.request) rows.push({ ...line, request: { ...defaults, ...line.request, ...policyText(line, text) } });
  }
  return rows;
}

/** The policy of a request as text: its numbers may have 64 bits, which JavaScript's have not. */
function policyText({ request }, text) {
  if (request.op !== 'seccomp') return {};
  const { start, end } = parseJson(text).members.get('request').value.members.get('policy').value.span;
  return { policy: text.slice(start, end) };
}

/** The requests that a request of a row stands for. */
export function variants(request) {
  if (request.op === 'compile' && request.optimize === undefined) {
    return [true, false].map((optimize) => ({ ...request, optimize }));
  }
  if ((request.op !== 'run' && request.op !== 'event') || request.engine !== undefined) return [request];
  const engines =
    request.classic === undefined ? ['interpreter', 'jit'] : ['interpreter', 'jit', 'classic', 'javascript'];
  return engines.map((engine) => ({ ...request, engine }));
}

/** Where an answer lacks what is expected, in words; undefined where it holds everything. */
export function differs(actual, expected, half, path) {
  if (half && path.endsWith('.result') && typeof actual === 'string') {
    return BigInt.asUintN(32, BigInt(actual)) === BigInt.asUintN(32, BigInt(expected))
      ? undefined
      : `${path}: expected ${expected} in 32 bits, got ${actual}`;
  }
  if (typeof expected !== 'object' || expected === null) {
    return actual === expected ? undefined : `${path}: expected ${shown(expected)}, got ${shown(actual)}`;
  }
  if (typeof actual !== 'object' || actual === null)
    return `${path}: expected ${shown(expected)}, got ${shown(actual)}`;
  if (Array.isArray(expected) && actual.length !== expected.length) {
    return `${path}: expected ${expected.length} items, got ${actual.length}`;
  }
  for (const key of Object.keys(expected)) {
    const difference = differs(actual[key], expected[key], half, `${path}.${key}`);
    if (difference !== undefined) return actual.error ? `${difference} (${actual.error.message})` : difference;
  }
  return undefined;
}

export function shown(value) {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
