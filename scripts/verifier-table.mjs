// How far the verifier agrees with Linux's.
//
//   node scripts/verifier-table.mjs FOLDER … [--list]
//
// The folder has programs with Linux's verdicts (rows to `verify`, each with a `source`), and programs that were run (rows to
// `run`), which are run here on the interpreter and as machine code. Printed are a table by program type and one by
// source, every disagreement, the slowest program, and what the runs came to. `plain` are the programs without what
// needs the kernel's type information: its functions, variables and structures, and functions that are handed over. With
// --list programs that Linux accepts and that are refused here are listed one by one; the other way round they always are.
//
// Exit status 1 where Linux refuses a program that is accepted here, or a run has another result.

import { fromHex } from '../dist/base/hex.js';
import { answer } from '../dist/cli/jsonl/answer.js';
import { Program } from '../dist/ebpf/program.js';
import { environment } from '../dist/env/lookup.js';
import { differs, files, readRows, variants } from './rows.mjs';
import { given } from './usage.mjs';

const { values: options, positionals } = given({ allowPositionals: true, options: { list: { type: 'boolean' } } });
if (positionals.length === 0) {
  console.error('expected a folder of rows');
  process.exit(2);
}
const rows = positionals.flatMap(files).flatMap(readRows);

const ask = (request) => JSON.parse(answer(Buffer.from(JSON.stringify({ id: 0, ...request }))));

// ---- verdicts --------------------------------------------------------------------------------------------------------

function judged(row) {
  const { request, expect, source, id, reason } = row;
  const start = process.cpuUsage();
  const { verdict, error, processed = 0 } = ask(request);
  const { user, system } = process.cpuUsage(start);
  return {
    ...{ id, source, type: request.environment, reason, isPlain: isPlain(request) },
    ...{ expected: expect.verdict, verdict, message: error?.message, processed, seconds: (user + system) / 1e6 },
  };
}

/** Whether a program needs no type information of the kernel. */
function isPlain(request) {
  try {
    const { needsTypes } = environment(request.environment, { attach: request.attach });
    const { insns } = Program.decode(fromHex(request.program));
    return needsTypes !== true && !insns.some((insn) => insn.kind === 'call-kfunc' || namesKernel(insn));
  } catch {
    return true; // no program at all
  }
}

function namesKernel({ kind, from }) {
  return kind === 'wide' && (from === 'variable' || from === 'code');
}

const columns = ['programs', 'agree', 'percent', 'we refuse', 'we accept', 'processed'];

function line(name, group) {
  const agree = group.filter(({ expected, verdict }) => expected === verdict).length;
  const refused = group.filter(({ expected, verdict }) => expected === 'accept' && verdict !== 'accept').length;
  const cells = [
    ...[group.length, agree, `${((100 * agree) / group.length).toFixed(1)} %`, refused, group.length - agree - refused],
    group.reduce((sum, { processed }) => sum + processed, 0),
  ];
  return name.padEnd(26) + cells.map((cell) => String(cell).padStart(12)).join('');
}

function table(title, group, nameOf) {
  console.log(`\n${title.padEnd(26)}${columns.map((column) => column.padStart(12)).join('')}`);
  for (const [name, members] of [...grouped(group, nameOf)].sort(([, a], [, b]) => b.length - a.length))
    console.log(line(name, members));
}

function grouped(items, nameOf) {
  const groups = new Map();
  for (const item of items) groups.set(nameOf(item), [...(groups.get(nameOf(item)) ?? []), item]);
  return groups;
}

function printDisagreements(verdicts) {
  const accepted = verdicts.filter(({ expected, verdict }) => expected === 'reject' && verdict !== 'reject');
  console.log(`\nrefused by Linux, accepted here: ${accepted.length}`);
  for (const { id, type, reason } of accepted) console.log(`  ${id} (${type}): ${reason}`);
  const refused = verdicts.filter(({ expected, verdict }) => expected === 'accept' && verdict !== 'accept');
  console.log(`accepted by Linux, refused here: ${refused.length}`);
  const byReason = grouped(refused, ({ message }) => message.replace(/\d+/g, '…'));
  for (const [reason, members] of [...byReason].sort(([, a], [, b]) => b.length - a.length)) {
    console.log(`  ${String(members.length).padStart(4)}  ${reason}`);
    if (options.list) for (const { id, type } of members) console.log(`          ${id} (${type})`);
  }
  return accepted.length;
}

function printVerdicts() {
  const verdicts = rows.filter(({ request }) => request.op === 'verify').map(judged);
  table('program type', verdicts, ({ type }) => type);
  table('source', verdicts, ({ source }) => source ?? 'none told');
  console.log(`\n${line('all', verdicts)}`);
  console.log(
    line(
      'plain',
      verdicts.filter((each) => each.isPlain),
    ),
  );
  const wrong = printDisagreements(verdicts);
  const slowest = verdicts.reduce((a, b) => (a.seconds < b.seconds ? b : a));
  const speed = slowest.processed === 0 ? '' : `, ${Math.round((1e9 * slowest.seconds) / slowest.processed)} ns each`;
  console.log(
    `\nslowest: ${slowest.id}, ${slowest.seconds.toFixed(2)} s, ${slowest.processed} instructions explored${speed}`,
  );
  console.log(`memory at the most: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
  return wrong;
}

// ---- runs ------------------------------------------------------------------------------------------------------------

/** Codes of what can't be run here at all. */
const unanswered = ['unsupported', 'unavailable'];

/** Counts equal results, one engine each; a program that is refused is one that isn't run. */
function printRuns() {
  const counts = { equal: 0, unsupported: 0, refused: 0, wrong: 0 };
  const requests = rows
    .filter(({ request }) => request.op === 'run')
    .flatMap((row) => variants(row.request).map((request) => ({ row, request })));
  for (const { row, request } of requests) {
    const found = ask(request);
    const difference = differs(found, row.expect, row.result_bits === 32, '');
    if (unanswered.includes(found.error?.code)) counts.unsupported++;
    else if (found.error?.code === 'verify') counts.refused++;
    else if (difference === undefined) counts.equal++;
    else {
      counts.wrong++;
      console.log(`  ${row.id} on ${request.engine}: ${difference}`);
    }
  }
  const told = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  console.log(`\nruns on interpreter and machine code: ${told.join(', ')}`);
  return counts.wrong;
}

const wrong = printVerdicts() + printRuns();
process.exitCode = wrong > 0 ? 1 : 0;
