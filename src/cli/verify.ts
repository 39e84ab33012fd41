// unibpf verify: whether a program can do no harm, and why not.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { BpfError } from '../base/error.js';
import { printInsn } from '../ebpf/print.js';
import type { Program } from '../ebpf/program.js';
import { facts } from '../verify/facts.js';
import type { LogLevel } from '../verify/log.js';
import { VerifyError } from '../verify/refusal.js';
import { type VerifiedProgram, type VerifyOptions, verify } from '../verify/verify.js';
import { refuseOptions } from './arguments.js';
import { errorObject, exitStatus, shown, status } from './errors.js';
import { type Given, type GivenOptions, givenPrograms, sourceOptions } from './given-program.js';
import { knownTexts, knownValue, registerText, stateValue } from './known.js';
import { named } from './program-text.js';
import { print, tell } from './terminal.js';

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
  const command = program
    .command('verify')
    .argument('[file]', "the program's text or bytes, or an object file; '-': standard input");
  command.description('prove that a program can do no harm, or tell why it is refused');
  sourceOptions(command);
  command
    .option('--attach <type>', 'where a program of one of the types of Linux is to be attached')
    .option('--size <bytes>', "environment 'memory': how many bytes there are at least", number)
    .option(
      '--license <text>',
      "the program's licence; some helpers want one that goes with the GPL (default: GPL; of an object file, its own)",
    )
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
      if (options.filter === undefined) refuseOptions(command, ofFilters, 'the expression of --filter');
      const given = await givenPrograms(file, options);
      for (const each of given) await judge(each, options, given.length > 1);
    });
}

/** What only a tcpdump expression has. */
const ofFilters = ['link', 'dialect', 'resolve'];

const help = `
An internal program is text in the notation of Linux's verifier or of bpf_conformance, hexadecimal, or bytes; a classic one
(--machine classic) comes in any form that 'unibpf disasm' reads, and is translated first. An object file, as 'clang -target bpf -c'
writes it, says itself what its programs are, and has maps and a licence; all of its programs are judged, or those of --program.
Those that depend on a kernel's types get them from --kernel-types.
Exit status: 0 accepted, 2 a mistake in the program's text or the options, 3 refused, 4 reading failed.

  unibpf verify --environment xdp prog.s
  unibpf verify --filter 'tcp port 80' --facts
  unibpf verify prog.o --program count_packets --kernel-types /sys/kernel/btf/vmlinux
  tcpdump -ddd 'udp' | unibpf verify --machine classic`;

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new InvalidArgumentError('expected a whole number from 0 to 4294967295');
  }
  return value;
}

/** @param isOne of several: then each is judged, whatever becomes of the others */
async function judge(given: Given, options: Options, isOne: boolean): Promise<void> {
  try {
    const verified = verify(given.program(), given.environment(options), howOf(given, options));
    await print(acceptedText(verified, given, options));
  } catch (error) {
    if (error instanceof VerifyError) await tellRefusal(error, given, options);
    else if (isOne && error instanceof BpfError) tellMistake(error, given, options);
    else throw given.name !== undefined && error instanceof BpfError ? named(error, given.name) : error;
  }
}

async function tellRefusal(error: VerifyError, given: Given, { json }: Options): Promise<void> {
  const refusal = given.name === undefined ? error : named(error, given.name);
  fail(refusal);
  if (!json && error.log !== undefined) await print(`${error.log}\n`);
  const program = given.program();
  const text = json
    ? `${JSON.stringify({ program: given.title, ...refusalValue(program, error, refusal) })}\n`
    : refusalText(program, error, refusal);
  tell(json ? text : titled(given, text));
}

function tellMistake(error: BpfError, given: Given, { json }: Options): void {
  const told = given.name === undefined ? error : named(error, given.name);
  fail(told);
  const text = json ? `${JSON.stringify({ program: given.title, ...errorObject(told) })}\n` : shown(told);
  tell(json ? text : titled(given, text));
}

/** A refusal counts for more than a program that couldn't be judged. */
function fail(error: BpfError): void {
  if (process.exitCode !== status.refused) process.exitCode = exitStatus(error);
}

function titled({ title }: Given, text: string): string {
  return title === undefined ? text : `${title}: ${text}`;
}

const logLevels: ReadonlyMap<string | undefined, LogLevel> = new Map([
  ['1', 1],
  ['2', 2],
]);

function howOf(given: Given, { license, flags, functionTypes, log, ranges }: Options): VerifyOptions {
  return {
    license: license ?? given.license,
    flags: flags ?? given.flags,
    functionTypes: functionTypes ?? given.functionTypes,
    log: logLevels.get(log),
    ranges,
  };
}

// ---- accepted ------------------------------------------------------------------------------------------------------------

function acceptedText(verified: VerifiedProgram, given: Given, options: Options): string {
  if (!options.json) return titled(given, verdictText(verified, options));
  return `${JSON.stringify({ program: given.title, ...verdictValue(verified, options) })}\n`;
}

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

function verdictValue(verified: VerifiedProgram, options: Options): object {
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

function refusalValue({ insns }: Program, { pc, path, registers, log }: VerifyError, refusal: BpfError): object {
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
