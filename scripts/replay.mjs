// Replays vectors through `unibpf jsonl`.
//
//   node scripts/replay.mjs FOLDER|FILE … [--show 10] [--match TEXT]
//
// A row of a file (JSON lines, perhaps gzipped) has an `id`, a `request`, what the answer must hold (`expect`, compared as
// a subset) and perhaps `then`, a second request that gets the `classic` of the first answer, and its `expect`. A request
// to run is made on every engine, one to compile with and without the optimizer. A row is equal when all of its answers
// are; it is unsupported when an answer says so, or didn't come in time, and no other is wrong. Any wrong row fails the run.
//
// A program of one of Linux's types that the verifier here refuses and Linux's accepts is counted as refused: to refuse
// what it can't prove is a verifier's right. The other way round is wrong.

import { spawn } from 'node:child_process';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { differs, files, readRows, shown, variants } from './rows.mjs';
import { given } from './usage.mjs';

const { values: options, positionals } = given({
  allowPositionals: true,
  options: { show: { type: 'string', default: '10' }, match: { type: 'string', default: '' } },
});
const cli = fileURLToPath(new URL('../dist/bin/unibpf.cjs', import.meta.url));
const processes = 2;
const rowsAtOnce = 32;

// ---- the conversation ------------------------------------------------------------------------------------------------

/** One `unibpf jsonl`: `ask` sends a request, and resolves to its answer. */
class Client {
  #child = spawn(process.execPath, [cli, 'jsonl'], { stdio: ['pipe', 'pipe', 'inherit'] });
  #waiting = new Map();
  #next = 0;

  constructor() {
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line);
      this.#waiting.get(answer.id)(answer);
      this.#waiting.delete(answer.id);
    });
    this.#child.on('close', (status, signal) => {
      if (status !== 0 || this.#waiting.size > 0) throw new Error(`unibpf jsonl ended early: ${signal ?? status}`);
    });
  }

  ask(request) {
    const id = this.#next++;
    this.#child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  end() {
    this.#child.stdin.end();
  }
}

// ---- judgement -------------------------------------------------------------------------------------------------------

/** @returns 'equal', or what is amiss: { unsupported: reason } or { wrong: what, request } */
async function judgeRow(client, row) {
  const findings = [];
  for (const request of variants(row.request)) {
    const answer = await client.ask(request);
    const finding = judge(answer, row.expect, row);
    if (finding !== 'equal') findings.push(finding.wrong ? { ...finding, request } : finding);
    if (finding !== 'equal' || !row.then || !answer.ok) continue;
    for (const next of variants({ ...row.then.request, classic: answer.classic })) {
      const after = judge(await client.ask(next), row.then.expect, row);
      if (after !== 'equal') findings.push(after.wrong ? { ...after, request, next } : after);
    }
  }
  return findings.find(({ wrong }) => wrong) ?? findings.find(({ refused }) => refused) ?? findings[0] ?? 'equal';
}

/** Codes that say nothing of the request itself; `limit` is the one of an answer that takes too long. */
const unanswered = ['unsupported', 'unavailable', 'limit'];

function judge(answer, expect, row) {
  const code = answer.error?.code;
  if (unanswered.includes(code)) return { unsupported: answer.error.message };
  if (code === 'internal' || code === 'usage') return { wrong: ` is no refusal: ${answer.error.message}` };
  if (isRefusal(answer) && isAcceptance(expect) && !ownEnvironments.includes(row.request.environment)) {
    return { refused: answer.error.message };
  }
  const difference = differs(answer, expect, row.result_bits === 32, '');
  return difference === undefined ? 'equal' : { wrong: difference };
}

/** What these environments accept is said here and not in Linux. */
const ownEnvironments = ['memory', 'packet', 'seccomp', undefined];

function isRefusal({ verdict, error }) {
  return verdict === 'reject' || error?.code === 'verify';
}

function isAcceptance({ verdict, results }) {
  return verdict === 'accept' || results !== undefined;
}

// ---- the report ------------------------------------------------------------------------------------------------------

const columns = ['rows', 'equal', 'unsupported', 'refused', 'wrong', 'skipped'];

async function replayFile(clients, file) {
  const rows = readRows(file).filter((row) => row.id.includes(options.match));
  const counts = Object.fromEntries(columns.map((column) => [column, 0]));
  const report = { ...counts, rows: rows.length, reasons: new Map(), faults: [] };
  const queue = rows.values();
  const work = async (client) => {
    for (const row of queue) note(report, row, row.dont_care ? 'skipped' : await judgeRow(client, row));
  };
  await Promise.all(Array.from({ length: rowsAtOnce }, (_, i) => work(clients[i % clients.length])));
  return report;
}

function note(report, row, finding) {
  if (finding === 'equal' || finding === 'skipped') {
    report[finding]++;
  } else if (finding.wrong) {
    report.wrong++;
    report.faults.push({ id: row.id, ...finding });
  } else {
    const [kind, message] = Object.entries(finding)[0];
    report[kind]++;
    const reason = `${kind}: ${message.replace(/\d+/g, '…')}`;
    report.reasons.set(reason, (report.reasons.get(reason) ?? 0) + 1);
  }
}

function printLine(name, report) {
  console.log(name.padEnd(36) + columns.map((column) => String(report[column] ?? column).padStart(12)).join(''));
}

function printDetails({ reasons, faults }) {
  const most = Number(options.show);
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]).slice(0, most)) {
    console.log(`    ${count} ${reason}`);
  }
  for (const { id, wrong, request, next } of faults.slice(0, most)) {
    console.log(`    wrong ${id}${wrong}\n      ${shown(request)}${next ? `\n      ${shown(next)}` : ''}`);
  }
}

async function main() {
  const clients = Array.from({ length: processes }, () => new Client());
  const { engines } = await clients[0].ask({ op: 'hello' });
  if (engines.jit !== true) throw new Error(`there is no machine code to replay on: ${engines.jit}`);
  printLine('vectors', {});
  const total = Object.fromEntries(columns.map((column) => [column, 0]));
  for (const root of positionals) {
    for (const file of files(root)) {
      const report = await replayFile(clients, file);
      if (report.rows === 0) continue;
      printLine(relative(root, file) || file, report);
      printDetails(report);
      for (const column of columns) total[column] += report[column];
    }
  }
  printLine('total', total);
  for (const client of clients) client.end();
  process.exitCode = total.wrong > 0 || total.rows === 0 ? 1 : 0;
}

await main();
