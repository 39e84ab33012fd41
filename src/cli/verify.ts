// unibpf verify: whether a program can do no harm, and why not.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BpfError } from '../base/error.js';
import { printInsn } from '../ebpf/print.js';
import type { Program } from '../ebpf/program.js';
import { environment } from '../env/lookup.js';
import { facts } from '../verify/facts.js';
import type { LogLevel } from '../verify/log.js';
import { VerifyError } from '../verify/refusal.js';
import { type VerifiedProgram, type VerifyOptions, verify } from '../verify/verify.js';
import { errorObject, exitStatus, shown } from './errors.js';
import { type Given, type GivenOptions, givenProgram, sourceOptions } from './given-program.js';
import { knownTexts, knownValue, registerText, stateValue } from './known.js';
import { named } from './program-text.js';
import { print } from './terminal.js';

interface Options extends GivenOptions {
  readonly attach?: string;
  readonly size?: number;
  readonly license?: string;
  readonly functionTypes?: true;
  readonly flags?: number;
  readonly log?: string;
  readonly facts?: true;
  readonly ranges?: true;
  readonly json?: true;
}

export function register(program: Command): void {
  const command = program.command('verify').argument('[file]', "the program's text or bytes; '-': standard input");
  command.description('prove that a program can do no harm, or tell why it is refused');
  sourceOptions(command);
  command
    .option('--attach <type>', 'where a program of one of the types of Linux is to be attached')
    .option('--size <bytes>', "environment 'memory': how many bytes there are at least", number)
    .option('--license <text>', "the program's licence; some helpers want one that goes with the GPL", 'GPL')
    .option(
      '--flags <number>',
      "flags of Linux's BPF_PROG_LOAD; 1: strict alignment, 8: a state wherever paths meet",
      number,
    )
    .option('--function-types', 'type information (BTF) describes the functions: helpers may call them back')
    .addOption(new Option('--log <level>', 'print the walk: 1 what changes, 2 all that is known').choices(['1', '2']))
    .option('--facts', 'print what was proved of each instruction')
    .option('--ranges', 'print what is known of the registers that each instruction finds')
    .option('--json', 'the verdict as one JSON object; a refusal too, on standard error')
    .addHelpText('after', help)
    .action(async (file: string | undefined) => {
      const options = command.opts<Options>();
      await judge(await givenProgram(file, options), options);
    });
}

const help = `
An internal program is text in the notation of Linux's verifier or of bpf_conformance, hexadecimal, or bytes; a classic one
(--machine classic) comes in any form that 'unibpf disasm' reads, and is translated first.
Exit status: 0 accepted, 2 a mistake in the program's text or the options, 3 refused, 4 reading failed.

  unibpf verify --environment xdp prog.s
  unibpf verify --filter 'tcp port 80' --facts
  tcpdump -ddd 'udp' | unibpf verify --machine classic`;

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new InvalidArgumentError('expected a whole number from 0 to 4294967295');
  }
  return value;
}

async function judge({ program, world, name }: Given, options: Options): Promise<void> {
  const { attach, size, json } = options;
  const where = environment(world, { attach, size });
  try {
    const verified = verify(program, where, howOf(options));
    await print(json ? `${JSON.stringify(verdictValue(verified, options))}\n` : verdictText(verified, options));
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    const refusal = name === undefined ? error : named(error, name);
    process.exitCode = exitStatus(refusal);
    if (!json && error.log !== undefined) await print(`${error.log}\n`);
    process.stderr.write(
      json ? `${JSON.stringify(refusalValue(program, error, refusal))}\n` : refusalText(program, error, refusal),
    );
  }
}

const logLevels: ReadonlyMap<string | undefined, LogLevel> = new Map([
  ['1', 1],
  ['2', 2],
]);

function howOf({ license, flags, functionTypes, log, ranges }: Options): VerifyOptions {
  return { license, flags, functionTypes, log: logLevels.get(log), ranges };
}

// ---- accepted ------------------------------------------------------------------------------------------------------------

function verdictText(verified: VerifiedProgram, options: Options): string {
  const { processed, states, stack, result, budgeted, log } = verified;
  const parts = [
    `explored: ${processed}`,
    `states: ${states}`,
    `stack: ${stack} bytes`,
    ...(result === undefined ? [] : [`result: ${result.min} to ${result.max}`]),
    ...(budgeted ? ['runs on a budget'] : []),
  ];
  const walk = log === undefined ? '' : `${log}\n`;
  return `${walk}accepted (${parts.join(', ')})\n${options.facts || options.ranges ? listing(verified, options) : ''}`;
}

/** Each instruction with what is known of it. */
function listing(verified: VerifiedProgram, options: Options): string {
  const { insns } = verified.program;
  const lines = insns.flatMap((insn, pc) => {
    if (insn.kind === 'wide-end') return [];
    const notes = [
      ...(options.facts ? [factsOf(verified, pc).join(', ')] : []),
      ...(options.ranges ? [rangesText(verified, pc)] : []),
    ];
    const line = `${String(pc).padStart(5)}: ${printInsn(insn)}`;
    const told = notes.filter((note) => note !== '').join('; ');
    return [told === '' ? line : `${line.padEnd(40)} ; ${told}`];
  });
  return `${lines.join('\n')}\n`;
}

const factTexts: readonly (readonly [bit: number, text: string])[] = [
  [facts.unreachable, 'no path leads here'],
  [facts.inBounds, 'in bounds'],
  [facts.divisorNotZero, 'divisor not 0'],
  [facts.alwaysTaken, 'always taken'],
  [facts.neverTaken, 'never taken'],
];

function factsOf(verified: VerifiedProgram, pc: number): string[] {
  return factTexts.filter(([bit]) => (verified.facts[pc]! & bit) !== 0).map(([, text]) => text);
}

function rangesText(verified: VerifiedProgram, pc: number): string {
  const registers = verified.at(pc)?.registers ?? [];
  return registers
    .flatMap((values, register) =>
      values.length === 0 || register === 10 ? [] : [`r${register}: ${knownTexts(values)}`],
    )
    .join('; ');
}

function verdictValue(verified: VerifiedProgram, options: Options): unknown {
  const { processed, states, stack, result, budgeted, log } = verified;
  return {
    ...{ verdict: 'accept', processed, states, stack, budgeted },
    result: result && [`${result.min}`, `${result.max}`],
    facts: options.facts && verified.program.insns.map((_, pc) => factsOf(verified, pc)),
    ranges: options.ranges && verified.program.insns.map((_, pc) => stateValue(verified.at(pc))),
    log,
  };
}

// ---- refused -------------------------------------------------------------------------------------------------------------

/** How many jumps of the path are shown: the last ones. */
const pathLimit = 20;

function refusalText({ insns }: Program, { pc, path, registers }: VerifyError, refusal: BpfError): string {
  const insn = insns[pc];
  const left = path.length > pathLimit ? [`  … ${path.length - pathLimit} jumps before`] : [];
  const steps = path
    .slice(-pathLimit)
    .map(({ pc, taken }) => `  ${jumpText(insns, pc)}${taken ? 'taken' : 'not taken'}`);
  const lines = [
    ...(insn === undefined ? [] : [`instruction ${pc}: ${printInsn(insn)}`]),
    ...registers.map((each) => `  ${registerText(each)}`),
    ...(path.length === 0 ? [] : ['the way there:', ...left, ...steps]),
  ];
  return `${shown(refusal)}${lines.map((line) => `${line}\n`).join('')}`;
}

function jumpText(insns: Program['insns'], pc: number): string {
  const insn = insns[pc];
  return `${String(pc).padStart(5)}: ${insn === undefined ? '' : printInsn(insn)}  `;
}

function refusalValue({ insns }: Program, { pc, path, registers, log }: VerifyError, refusal: BpfError): unknown {
  const { error } = errorObject(refusal);
  const insn = insns[pc];
  const known = registers.map(({ register, known }) => [
    `r${register}`,
    known === undefined ? null : knownValue(known),
  ]);
  return {
    error: { ...error, instruction: insn && printInsn(insn), registers: Object.fromEntries(known), path, log },
  };
}
