// unibpf event: the events that a filter matches, of the running kernel or of a file.

import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type EventDialect, eventDialects } from '../event/dialect.js';
import { type EventFormat, parseEventFormat } from '../event/format.js';
import type { RingLayout } from '../event/ring.js';
import { type EventFilter, eventFilter } from '../run/event.js';
import { count as countOption, mistake } from './arguments.js';
import { status, warn } from './errors.js';
import { type EventCounts, type Gathered, matching, noCounts } from './event/batch.js';
import { kernelFunctions } from './event/functions.js';
import { fieldsOf, renderer } from './event/render.js';
import { liveEvents, pageEvents, recordEvents } from './event/source.js';
import { formatText, ringLayout, TaskNames, tracefsRoot } from './event/tracefs.js';
import { readProgram } from './program-text.js';
import { onInterrupt } from './progress.js';
import { print, tell } from './terminal.js';

interface Options {
  readonly dialect: EventDialect;
  readonly read?: string;
  readonly stride?: number;
  readonly limit?: number;
  readonly json?: true;
  readonly count?: true;
  readonly quiet?: true;
}

export function register(program: Command): void {
  const command = program.command('event').argument('<event>').argument('[filter...]');
  command
    .description('find the tracing events, or other binary records, that a filter matches')
    .addOption(
      new Option('--dialect <name>', "the language; linux: that of the kernel's filter files")
        .choices(eventDialects)
        .default('extended'),
    )
    .option('-r, --read <file>', 'read a copy of trace_pipe_raw instead of following the kernel')
    .option('--stride <bytes>', 'the file has records of so many bytes, one after the other', countOption)
    .option('-c, --limit <count>', 'stop after so many events that match', countOption)
    .option('--count', 'print how many match, and no event')
    .option('--json', 'one JSON object an event; errors and the summary as JSON too')
    .option('-q, --quiet', 'no summary')
    .addHelpText('after', help)
    .action((event: string, words: readonly string[]) => follow(event, words.join(' '), command.opts<Options>()));
}

const help = `
An event is named as in 'sched:sched_switch', or by a file with its format. The filter is that of docs/event.md; without one,
every event matches. Following the kernel takes root and tracefs, and ends with Ctrl-C.
Exit status: 0 matched, 1 nothing matched, 2 a mistake in the filter or the options, 4 reading or writing failed.

  unibpf event sched:sched_switch 'prev_prio > 100 && next_comm ~ "k*"'
  unibpf event signal.format 'sig == 11' --read signals.raw`;

/** Everything about the events that are looked for. */
interface Search {
  readonly filter: EventFilter;
  readonly format: EventFormat;
  readonly options: Options;
  readonly counts: EventCounts;
  readonly comm: (event: Gathered) => string;
  readonly lineOf: (event: Gathered) => string;
}

async function follow(event: string, text: string, options: Options): Promise<void> {
  if (options.stride !== undefined && options.read === undefined) {
    throw mistake('--stride is for files: name one with --read', process.argv.slice(2), '--stride');
  }
  const isFile = existsSync(event);
  const format = isFile
    ? await readProgram(event, parseEventFormat)
    : parseEventFormat(formatText(tracefsRoot(), event));
  const functions = isFile ? undefined : kernelFunctions(); // a file tells nothing of the kernel that wrote it
  using filter = eventFilter(text === '' ? '0' : text, format, { dialect: options.dialect, functions });
  for (const { message } of filter.warnings) warn(message);
  if (isFile && options.read === undefined) {
    throw mistake("a file with a format has no events: name some with '--read'", process.argv.slice(2), event);
  }
  const search = searchFor(filter, format, options);
  const stopping = new AbortController();
  const forget = onInterrupt(() => stopping.abort());
  const start = performance.now();
  try {
    await pass(search, eventsOf(event, search, stopping.signal));
  } finally {
    forget();
    if (!options.quiet) tell(`${summary(search, (performance.now() - start) / 1000)}\n`);
  }
  process.exitCode = search.counts.matched > 0 ? status.matched : status.unmatched;
}

function searchFor(filter: EventFilter, format: EventFormat, options: Options): Search {
  const names = options.read === undefined ? new TaskNames(tracefsRoot()) : undefined;
  const comm = ({ record }: Gathered): string => (names === undefined ? '' : names.of(taskOf(format, record)));
  const render = renderer(format);
  const line = ({ record, ...event }: Gathered): string => {
    const task = `${names?.of(taskOf(format, record)) ?? ''}-${taskOf(format, record)}`;
    const when =
      event.time === undefined ? '' : `${task} [${String(event.cpu).padStart(3, '0')}] ${seconds(event.time)}: `;
    return `${when}${format.name}: ${render(record)}`;
  };
  const json = ({ record, cpu, time }: Gathered): string =>
    JSON.stringify({
      event: format.name,
      ...(time !== undefined && { cpu, time: String(time) }),
      fields: fieldsOf(format, record),
    });
  return { filter, format, options, counts: noCounts(), comm, lineOf: options.json ? json : line };
}

function taskOf({ fields }: EventFormat, record: Uint8Array): number {
  const field = fields.find(({ name }) => name === 'common_pid');
  if (field === undefined || field.offset + 4 > record.length) return 0;
  return new DataView(record.buffer, record.byteOffset).getInt32(field.offset, true);
}

function seconds(time: bigint): string {
  const micro = time / 1000n;
  return `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}`;
}

function eventsOf(
  event: string,
  { format, options, counts }: Search,
  stop: AbortSignal,
): AsyncIterable<readonly Gathered[]> | Iterable<readonly Gathered[]> {
  if (options.read === undefined) {
    const root = tracefsRoot();
    return liveEvents({ root, event, format, layout: ringLayout(root), stop }, counts);
  }
  if (options.stride !== undefined) return recordEvents(options.read, options.stride);
  return pageEvents(options.read, format, commonLayout, counts);
}

/** What pages look like on every processor with 64 bits and pages of 4 KiB. */
const commonLayout: RingLayout = { commit: { offset: 8, size: 8 }, data: { offset: 16, size: 4080 } };

async function pass(
  search: Search,
  events: AsyncIterable<readonly Gathered[]> | Iterable<readonly Gathered[]>,
): Promise<void> {
  const { filter, options, counts, comm, lineOf } = search;
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  for await (const gathered of events) {
    const found = matching(filter, gathered, counts, comm);
    const room = limit - (counts.matched - found.length);
    const shown = found.slice(0, room);
    if (!options.count && shown.length > 0) await print(`${shown.map(lineOf).join('\n')}\n`);
    if (found.length >= room) {
      counts.matched = limit;
      break;
    }
  }
  if (options.count)
    await print(options.json ? `${JSON.stringify({ count: counts.matched })}\n` : `${counts.matched}\n`);
}

/** `3 of 120 events matched, in 1.02 s (jit); 4 lost` */
function summary({ counts, filter, options }: Search, time: number): string {
  const { records, matched, lost, gaps, damaged, faults } = counts;
  if (options.json) {
    const events = { events: records, matched, seconds: time, engine: filter.engine };
    return JSON.stringify({
      summary: { ...events, lost, gaps, damaged, short: faults.short, outside: faults.outside },
    });
  }
  const troubles = [
    [lost, 'lost'],
    [gaps, 'gaps of unknown length'],
    [damaged, 'damaged pages'],
    [faults.short, 'records shorter than the format'],
    [faults.outside, 'records with values outside'],
  ] as const;
  const told = troubles.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  const matches = `${matched} of ${records} events matched, in ${time.toFixed(2)} s (${filter.engine})`;
  return [matches, ...told].join('; ');
}
