// unibpf run, of an object file: a program on the packets of captures, or on bytes that are given.

import { BpfError } from '../base/error.js';
import { fromHex, toHex } from '../base/hex.js';
import { now } from '../base/now.js';
import type { ObjectFile, ObjectProgram } from '../elf/read.js';
import type { Environment } from '../env/environment.js';
import type { Filter } from '../run/filter.js';
import { mistake } from './arguments.js';
import { status } from './errors.js';
import type { LaneEngine } from './lane.js';
import { mapLine, mapText } from './map-dump.js';
import { chosenPrograms, environmentOf, type ObjectOptions, titleOf } from './object-file.js';
import { ObjectLane } from './object-lane.js';
import { onFrames, type PacketProgram, packetProgram } from './packet-programs.js';
import { type PacketOptions, passPackets } from './packets.js';
import { naming } from './program-text.js';
import { ReadyObject } from './ready-object.js';
import { print, tell } from './terminal.js';

export interface RunObjectOptions extends PacketOptions, ObjectOptions {
  readonly environment?: string;
  readonly attach?: string;
  readonly license?: string;
  readonly input?: readonly string[];
  readonly dumpMaps?: true;
}

/**
 * @param name what messages call the object
 * @param files captures, where no bytes are given
 */
export async function runObject(
  object: ObjectFile,
  name: string,
  files: readonly string[],
  options: RunObjectOptions,
): Promise<void> {
  refuseMixing(files, options);
  const program = chosenProgram(object, options.program);
  const worldOf = (each: ObjectProgram) => onFrames(environmentOf(each, options));
  const environment = worldOf(program);
  const ready = new ReadyObject(object, {
    engine: engineOf(options.engine),
    license: options.license,
    environmentOf: worldOf,
    print: (text) => tellPrinted(text, options),
  });
  try {
    const run = options.input === undefined ? onCaptures(program, environment, files) : onInputs(program, environment);
    const start = now();
    const filter = naming(name, () => ready.filter(program));
    await run(filter, now() - start, options);
    if (options.dumpMaps) for (const map of ready.maps) await print(options.json ? mapLine(map) : mapText(map));
  } finally {
    ready.close();
  }
}

type Run = (filter: Filter, milliseconds: number, options: RunObjectOptions) => Promise<void>;

/** @throws BpfError 'usage' before the program is loaded, where packets of captures are nothing for it */
function onCaptures(program: ObjectProgram, environment: Environment, files: readonly string[]): Run {
  const kind = packetProgram(environment, program.listing);
  if (kind === undefined) {
    const what = `${titleOf(program)} is of type ${environment.name}`;
    throw new BpfError(
      'usage',
      `${what}, which is given no packets of captures: give it the bytes of its input with --input`,
    );
  }
  return async (filter, milliseconds, options) => {
    const stage = { name: { program: program.name }, internal: program.listing.length, milliseconds };
    const lane = new ObjectLane(filter, kind, { ...stage, engine: filter.engine });
    await passPackets({ lane, threaded: undefined }, files, options);
  };
}

// ---- bytes that are given ------------------------------------------------------------------------------------------------

function onInputs({ listing }: ObjectProgram, environment: Environment): Run {
  const names = packetProgram(environment, listing)?.names;
  return async (filter, _, options) => {
    const inputs = (options.input ?? []).map(bytesOf); // all, before the first is run
    for (const input of inputs) await print(outcomeText(filter, input, names, options.json === true));
  };
}

/** Bytes in hexadecimal, as they are pasted: in groups, or with colons. */
function bytesOf(text: string): Uint8Array {
  const digits = text.replace(/[\s:]+|^0x/g, '');
  if (/^(?:[0-9a-f]{2})*$/i.test(digits)) return fromHex(digits);
  throw mistake('expected the bytes of an input as pairs of hexadecimal digits', process.argv.slice(2), text);
}

/** The answer, what was changed in the input, and the trap that ended the run. */
function outcomeText(filter: Filter, input: Uint8Array, names: PacketProgram['names'], json: boolean): string {
  const before = input.slice();
  const { result, trap } = filter.execute(input);
  if (trap !== undefined) process.exitCode = status.fault;
  const verdict = names?.get(Number(BigInt.asIntN(32, result)));
  const data = Buffer.compare(before, input) === 0 ? undefined : toHex(input);
  if (json) return `${JSON.stringify({ result: `0x${result.toString(16)}`, verdict, trap, data })}\n`;
  if (trap !== undefined) return `trap ${trap.code} at instruction ${trap.pc}\n`;
  const answer = verdict === undefined ? `${result}` : `${BigInt.asIntN(32, result)} (${verdict})`;
  return `${answer}${data === undefined ? '' : `, and the input is ${data}`}\n`;
}

// ---- options -------------------------------------------------------------------------------------------------------------

function refuseMixing(files: readonly string[], { input, dumpMaps, write }: RunObjectOptions): void {
  const args = process.argv.slice(2);
  if (input !== undefined && files.length > 0) throw mistake('expected captures or --input, not both', args, files[0]);
  if (input === undefined && files.length === 0) {
    throw mistake('expected captures, or bytes with --input', args, undefined);
  }
  if (dumpMaps && write === '-') {
    throw mistake('--dump-maps prints where --write writes the capture', args, '--dump-maps');
  }
}

function chosenProgram(object: ObjectFile, name: string | undefined): ObjectProgram {
  const chosen = chosenPrograms(object, name);
  if (chosen.length === 1) return chosen[0]!;
  const names = chosen.map((each) => each.name).join(', ');
  const where = name === undefined ? 'the object file' : `section ${name}`;
  throw new BpfError(
    'usage',
    `${where} has ${chosen.length} programs: say with --program which is to be run: ${names}`,
  );
}

function engineOf(engine: LaneEngine): Exclude<LaneEngine, 'classic' | 'javascript'> {
  if (engine !== 'classic' && engine !== 'javascript') return engine;
  throw mistake(`the engine '${engine}' runs classic programs only`, process.argv.slice(2), engine);
}

/** What a program prints goes where errors go: packets are on standard output. */
function tellPrinted(text: string, { json }: RunObjectOptions): void {
  if (json) tell(`${JSON.stringify({ printed: text })}\n`);
  else tell(text.endsWith('\n') ? text : `${text}\n`);
}
