// unibpf explain: why an expression matches a packet of a capture, or doesn't.

import { type Command, InvalidArgumentError } from 'commander';
import { BpfError } from '../base/error.js';
import { linkOfFile } from '../base/link.js';
import { openCapture } from '../capture/open.js';
import type { JumpName } from '../classic/rows.js';
import { type Check, type Explanation, explain, type PacketLoad } from '../filter/explain.js';
import { parse } from '../filter/parse.js';
import { status } from './errors.js';
import { type LanguageOptions, languageOptions, namesFor } from './expression.js';
import { print } from './terminal.js';

interface Options extends LanguageOptions {
  readonly packet: PacketName;
  readonly json?: true;
}

export function register(program: Command): void {
  const command = program.command('explain').argument('<expression>');
  languageOptions(command);
  command
    .description('tell which primitives of a tcpdump expression a packet matches, and by which bytes')
    .requiredOption('--packet <file:number>', 'the packet of a capture, counted from 1', packetName)
    .option('--json', 'one JSON object')
    .addHelpText('after', help)
    .action(async (expression: string) => {
      const options = command.opts<Options>();
      const { packet: name, dialect, json } = options;
      parse(expression, dialect);
      const names = await namesFor(expression, options);
      const packet = await readPacket(name);
      const link = linkOfFile(packet.link);
      const told = explain(expression, packet, {
        link: link.number,
        netmask: '0.0.0.0',
        savefile: true,
        dialect,
        names,
      });
      const all = { packet: name.number, captured: packet.data.length, length: packet.length, link: link.name };
      await print(`${json ? JSON.stringify({ ...all, ...told }) : asText(expression, packet.data, told)}\n`);
      process.exitCode = told.verdict > 0 ? status.matched : status.unmatched;
    });
}

const help = `
What decides is the expression as it stands: the optimizer has no part in it. A load beyond what was captured of the packet
ends the evaluation, and the packet is refused.
Exit status: 0 the packet matches, 1 it doesn't, 2 a mistake in the expression or the options, 4 reading failed.

  unibpf explain 'tcp port 80 and not net 10.0.0.0/8' --packet in.pcap:3`;

interface PacketName {
  readonly file: string;
  readonly number: number;
}

function packetName(text: string): PacketName {
  const [, file, digits] = /^(.+):([1-9][0-9]{0,14})$/s.exec(text) ?? [];
  if (file === undefined) throw new InvalidArgumentError('expected a capture and the number of a packet, as in.pcap:3');
  return { file, number: Number(digits) };
}

interface Packet {
  readonly data: Uint8Array;
  readonly length: number;
  readonly link: number;
}

async function readPacket({ file, number }: PacketName): Promise<Packet> {
  const capture = openCapture(file);
  let before = 0;
  for await (const batch of capture) {
    const i = number - 1 - before;
    if (i < batch.count) {
      capture.close();
      return { data: batch.packet(i).slice(), length: batch.lengths[i] ?? 0, link: batch.interface(i).link };
    }
    before += batch.count;
  }
  throw new BpfError('range', `expected a packet from 1 to ${before} of '${capture.name}', found ${number}`);
}

function asText(expression: string, data: Uint8Array, { verdict, before, primitives }: Explanation): string {
  const lines = (checks: readonly Check[]) => checks.flatMap((check) => checkLines(check, data));
  const all = [
    ...(before.length > 0 ? ['headers', ...lines(before)] : []),
    ...primitives.flatMap(({ start, end, outcome, checks }) => {
      const head = `${outcome.padEnd(9)}  ${expression.slice(start, end)}`;
      return [head, ...lines(checks), ...(outcome === 'ended' && !leaves(checks) ? [divided] : [])];
    }),
  ];
  return [...all, verdict > 0 ? 'the packet matches' : 'the packet does not match'].join('\n');
}

/** Whether the last load left the packet; what ends without that has divided by zero. */
const leaves = (checks: readonly Check[]): boolean =>
  checks.at(-1)?.loads.some(({ found }) => found === undefined) ?? false;
const divided = `${' '.repeat(13)}a division by zero, which refuses the packet`;

/** `bytes 12-13: 08 00    0x800 = 0x86dd: no` */
function checkLines({ loads, comparison }: Check, data: Uint8Array): string[] {
  const shown = loads.map((load) => loadText(load, data));
  if (comparison !== undefined) {
    const { value, relation, with: other, holds } = comparison;
    const last = shown.pop() ?? '';
    shown.push(`${last.padEnd(26)} ${hex(value)} ${signs[relation]} ${hex(other)}: ${holds ? 'yes' : 'no'}`);
  }
  return shown.map((line) => `${' '.repeat(13)}${line}`);
}

const signs: Readonly<Record<JumpName, string>> = { eq: '=', gt: '>', ge: '>=', set: '&' };

function loadText({ offset, size, found }: PacketLoad, data: Uint8Array): string {
  const where = size === 1 ? `byte ${offset}` : `bytes ${offset}-${offset + size - 1}`;
  if (found === undefined) return `${where}: beyond the ${data.length} bytes of the packet, which refuses it`;
  const digits = found.toString(16).padStart(2 * size, '0');
  return `${where}: ${digits.replace(/(..)(?=.)/g, '$1 ')}`;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
