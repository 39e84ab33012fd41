// What the commands that pass packets have in common: their options, and what becomes of the packets that match.

import { statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { count, mistake, repeated } from './arguments.js';
import { status } from './errors.js';
import { ClassicLane, type LaneEngine, laneEngines, type ProgramSource } from './lane.js';
import { captureOutput, countOutput, noOutput, type PacketOutput } from './outputs.js';
import { type Pass, pass } from './pass.js';
import { timeStyles } from './print/time.js';

export interface PacketOptions {
  readonly write?: string;
  readonly pcapng?: true;
  readonly count?: true;
  readonly limit?: number;
  readonly engine: LaneEngine;
  readonly invert?: true;
  readonly snaplen?: number;
  readonly time: number;
  readonly hex: number;
  readonly text: number;
  readonly json?: true;
  readonly stats?: true;
  readonly workers?: number;
  readonly quiet?: true;
}

/** Gives a command the options; @returns what reads them once the line is parsed */
export function packetOptions(command: Command): () => PacketOptions {
  command
    .option('-w, --write <file>', "write them to a capture file ('-': standard output)")
    .option('--pcapng', 'as pcapng: with interfaces, time resolutions and comments')
    .option('--count', 'print only how many they are')
    .option('-c, --limit <count>', 'stop after so many', count)
    .option('--invert', 'those that do not match')
    .option('-s, --snaplen <bytes>', 'keep and show so many bytes of each', count)
    .option('--json', 'one JSON object a packet; errors and the summary as JSON too')
    .option(
      '--workers <count>',
      'scan so many captures at once (default: what pays; never with --limit or --stats)',
      count,
    )
    .option('--stats', 'tell at the end what became of the program, too')
    .option('-q, --quiet', 'no summary, no progress')
    .option('-n', 'addresses and ports as numbers (they always are)')
    .addOption(new Option('--engine <name>', 'who runs the program').choices(laneEngines).default('auto'));
  const time = repeated(
    command,
    '-t',
    'no time; -tt: seconds since 1970, -ttt: since the one before, -tttt: date, -ttttt: since the first',
  );
  const hex = repeated(command, '-x', 'show the bytes in hexadecimal; -xx: with the link header');
  const text = repeated(command, '-X', 'show the bytes in hexadecimal and as text; -XX: with the link header');
  return () => ({
    ...command.opts<PacketOptions>(),
    time: time(),
    hex: atMostTwo(hex(), '-x'),
    text: atMostTwo(text(), '-X'),
  });
}

function atMostTwo(times: number, flag: string): number {
  if (times > 2) throw mistake(`expected ${flag} at most two times`, process.argv.slice(2), undefined);
  return times;
}

/** What packets are given to. */
export type PassedProgram = Pick<Pass, 'lane' | 'threaded'>;

export function classicProgram(source: ProgramSource, engine: LaneEngine): PassedProgram {
  return { lane: new ClassicLane(source, engine), threaded: { source, engine } };
}

/** Runs a program over captures, and sets the exit status. */
export async function passPackets(
  program: PassedProgram,
  files: readonly string[],
  options: PacketOptions,
): Promise<void> {
  if (options.pcapng && options.write === undefined) {
    throw mistake(
      '--pcapng says how to write a capture file, and there is no --write',
      process.argv.slice(2),
      '--pcapng',
    );
  }
  refuseOverwriting(files, options.write);
  const tally = await pass(files, {
    ...program,
    workers: options.workers,
    output: await outputOf(options),
    invert: options.invert === true,
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    quiet: options.quiet === true,
    stats: options.stats === true,
    json: options.json === true,
    lines: options.write === undefined && options.count !== true,
  });
  process.exitCode = tally.matched > 0 ? status.matched : status.unmatched;
}

/** The output is emptied when it is opened. */
function refuseOverwriting(inputs: readonly string[], output: string | undefined): void {
  if (output === undefined || output === '-') return;
  const made = statSync(output, { throwIfNoEntry: false });
  if (made?.isFile() !== true) return;
  for (const input of inputs) {
    const read = statSync(input, { throwIfNoEntry: false });
    if (read?.ino !== made.ino || read.dev !== made.dev) continue;
    throw mistake(`'${output}' is an input as well: writing would destroy it`, process.argv.slice(2), output);
  }
}

async function outputOf(options: PacketOptions): Promise<PacketOutput> {
  const packets = await packetOutput(options);
  return options.count === true ? countOutput(packets, options.json === true) : packets;
}

async function packetOutput(options: PacketOptions): Promise<PacketOutput> {
  const snaplen = options.snaplen ?? Number.POSITIVE_INFINITY;
  if (options.write !== undefined)
    return captureOutput(options.write, { snaplen: options.snaplen, format: options.pcapng ? 'pcapng' : 'pcap' });
  if (options.count === true) return noOutput;
  const { jsonOutput, textOutput } = await import('./lines.js');
  if (options.json === true) return jsonOutput(options.hex + options.text > 0, snaplen);
  const times = timeStyles[options.time];
  if (times === undefined) throw mistake('expected -t at most five times', process.argv.slice(2), undefined);
  const dump = { text: options.text > 0, link: options.hex > 1 || options.text > 1 };
  return textOutput(times, options.hex + options.text > 0 ? dump : undefined, snaplen);
}
