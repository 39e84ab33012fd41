// unibpf filter: the packets of captures that an expression lets pass, as lines, as JSON, as a capture, as a number.

import { type Command, Option } from 'commander';
import { parse } from '../filter/parse.js';
import { count, mistake } from './arguments.js';
import { status } from './errors.js';
import { Lane, laneEngines } from './lane.js';
import { captureOutput, jsonOutput, noOutput, type PacketOutput, textOutput } from './outputs.js';
import { pass } from './pass.js';
import { timeStyles } from './print/time.js';
import { print } from './terminal.js';

interface FilterOptions {
  readonly write?: string;
  readonly pcapng?: true;
  readonly count?: true;
  readonly limit?: number;
  readonly engine: (typeof laneEngines)[number];
  readonly invert?: true;
  readonly optimize: boolean;
  readonly snaplen?: number;
  readonly time: number;
  readonly hex: number;
  readonly text: number;
  readonly json?: true;
  readonly stats?: true;
  readonly quiet?: true;
}

export function register(program: Command): void {
  const command = program.command('filter').argument('<expression>').argument('<files...>');
  command
    .description('find the packets of captures that a tcpdump expression matches')
    .option('-w, --write <file>', "write them to a capture file ('-': standard output)")
    .option('--pcapng', 'as pcapng: with interfaces, time resolutions and comments')
    .option('--count', 'print only how many they are')
    .option('-c, --limit <count>', 'stop after so many', count)
    .option('--invert', 'those that the expression does not match')
    .option('-s, --snaplen <bytes>', 'keep and show so many bytes of each', count)
    .option('--json', 'one JSON object a packet; errors and the summary as JSON too')
    .option('--stats', 'tell more at the end')
    .option('-q, --quiet', 'no summary, no progress')
    .option('-n', 'addresses and ports as numbers (they always are)')
    .option('-O, --no-optimize', 'compile the expression as it stands')
    .addOption(new Option('--engine <name>', 'who runs the program').choices(laneEngines).default('auto'));
  const [time, hex, text] = [
    repeated(
      command,
      '-t',
      'no time; -tt: seconds since 1970, -ttt: since the one before, -tttt: date, -ttttt: since the first',
    ),
    repeated(command, '-x', 'show the bytes in hexadecimal; -xx: with the link header'),
    repeated(command, '-X', 'show the bytes in hexadecimal and as text; -XX: with the link header'),
  ];
  command.addHelpText('after', help).action(async (expression: string, files: readonly string[]) => {
    await filter(expression, files, { ...command.opts<FilterOptions>(), time: time(), hex: hex(), text: text() });
  });
}

const help = `
The expression is in the language of pcap-filter(7). A file is a capture, '-' is standard input.
Exit status: 0 matched, 1 nothing matched, 2 a mistake in the expression or the options, 4 reading or writing failed.

  unibpf filter 'tcp port 80 and not net 10.0.0.0/8' in.pcap -w out.pcap`;

/** An option that is given several times for more; @returns how often it was */
function repeated(command: Command, flag: string, description: string): () => number {
  let times = 0;
  command.option(flag, description).on(`option:${flag.slice(1)}`, () => times++);
  return () => times;
}

async function filter(expression: string, files: readonly string[], options: FilterOptions): Promise<void> {
  parse(expression); // a mistake in it is told before any file is opened
  const tally = await pass(files, {
    lane: new Lane(expression, { engine: options.engine, optimize: options.optimize, warn }),
    output: outputOf(options),
    invert: options.invert === true,
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    quiet: options.quiet === true,
    json: options.json === true,
    lines: options.write === undefined && options.count !== true,
  });
  if (options.count === true) await print(counted(tally.matched, options.json === true));
  process.exitCode = tally.matched > 0 ? status.matched : status.unmatched;
}

function warn(message: string): void {
  process.stderr.write(`warning: ${message}\n`);
}

function counted(matched: number, json: boolean): string {
  if (json) return `${JSON.stringify({ count: matched })}\n`;
  return `${matched} packet${matched === 1 ? '' : 's'}\n`;
}

function outputOf(options: FilterOptions): PacketOutput {
  const snaplen = options.snaplen ?? Number.POSITIVE_INFINITY;
  if (options.write !== undefined)
    return captureOutput(options.write, { snaplen: options.snaplen, format: options.pcapng ? 'pcapng' : 'pcap' });
  if (options.count === true) return noOutput;
  if (options.json === true) return jsonOutput(options.hex + options.text > 0, snaplen);
  const times = timeStyles[options.time];
  if (times === undefined) throw mistake('expected -t at most five times', process.argv.slice(2), undefined);
  const dump = { text: options.text > 0, link: options.hex > 1 || options.text > 1 };
  return textOutput(times, options.hex + options.text > 0 ? dump : undefined, snaplen);
}
