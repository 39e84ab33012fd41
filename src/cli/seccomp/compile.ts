// unibpf seccomp compile: a policy to its filter.

import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { systemFault } from '../../capture/fault.js';
import type { ClassicProgram } from '../../classic/program.js';
import { denials } from '../../seccomp/audit.js';
import { compilePolicy } from '../../seccomp/compile.js';
import { expectedSteps, readCounts } from '../../seccomp/heat.js';
import { annotatedListing } from '../../seccomp/listing.js';
import type { Policy } from '../../seccomp/policy.js';
import { pseudoCode } from '../../seccomp/text.js';
import { refuseOptions } from '../arguments.js';
import { readProgram } from '../program-text.js';
import { print, tell } from '../terminal.js';
import { type MachineOptions, machineOptions, originValue, policyFrom, warnOfDenials } from './policy.js';

const forms = ['listing', 'pfc', 'c', 'd', 'dd', 'ddd', 'asm', 'line', 'hex'] as const;

interface Options extends MachineOptions {
  readonly form: (typeof forms)[number];
  readonly write?: string;
  readonly profile?: string;
}

export function register(parent: Command): void {
  const command = parent.command('compile').argument('<policy>');
  command
    .description('show the filter of a policy')
    .addOption(new Option('-f, --form <form>', 'how to print it').choices(forms).default('listing'))
    .option('--profile <file>', 'counts of calls: those that are made most are asked for first')
    .option('-w, --write <file>', "write the filter's bytes, as Linux takes them, in place of printing it");
  machineOptions(command);
  command.addHelpText('after', help).action(async (path: string) => {
    const options = command.opts<Options>();
    if (options.write !== undefined) refuseOptions(command, ['form'], 'what is printed, and --write writes bytes');
    const policy = await policyFrom(path, options);
    if (!options.json) warnOfDenials(policy, path);
    const program = await compiled(policy, options);
    if (options.write !== undefined) writeFilter(options.write, policy, program);
    if (options.json) await print(`${JSON.stringify(asValue(policy, program))}\n`);
    else if (options.write === undefined) await print(`${shown(policy, program, options.form)}\n`);
  });
}

/** The filter; where counts of calls are given, how much they help is told on standard error. */
async function compiled(policy: Policy, options: Options): Promise<ClassicProgram> {
  if (options.profile === undefined) return compilePolicy(policy, options);
  const counts = await readProgram(options.profile, readCounts);
  const { arch } = policy.arches[0]!;
  const [before, after] = [compilePolicy(policy, options), compilePolicy(policy, { ...options, counts })];
  const [from, to] = [before, after].map((program) => expectedSteps(program, counts, arch).toFixed(1));
  tell(`expected instructions a call: ${from} without the counts, ${to} with them\n`);
  return after;
}

const help = `
Counts of calls are JSON ('{ "read": 120 }'), lines ('read 120'), or the table of 'strace -c'.

Forms: 'listing' is tcpdump's with what each instruction is about, 'pfc' what the policy asks and answers, 'c' an array for a C
program; the others are those of 'unibpf disasm'.

  unibpf seccomp compile --layout tree --form c profile.json`;

function shown(policy: Policy, program: ClassicProgram, form: Options['form']): string {
  if (form === 'listing') return annotatedListing(program);
  if (form === 'pfc') return pseudoCode(policy);
  if (form !== 'c') return program.toString(form);
  const rows = program.toString('dd').split('\n');
  return [`struct sock_filter filter[${program.length}] = {`, ...rows.map((row) => `  ${row}`), '};'].join('\n');
}

function asValue(policy: Policy, program: ClassicProgram): object {
  return {
    classic: program.insns.map(({ code, jt, jf, k }) => [code, jt, jf, k]),
    arches: policy.arches.map(({ arch }) => arch.name),
    flags: policy.flags,
    warnings: [...policy.warnings, ...denials(policy)].map(({ code, message, path = 'default', place }) => ({
      ...{ code, message },
      ...originValue(path, place),
    })),
  };
}

function writeFilter(path: string, policy: Policy, program: ClassicProgram): void {
  const isBig = policy.arches[0]?.arch.bigEndian ?? false;
  try {
    writeFileSync(path, isBig ? bigEndian(program) : program.encode());
  } catch (error) {
    throw systemFault(`cannot write '${path}'`, error);
  }
}

/** `struct sock_filter` in the byte order of the machine that it is for. */
function bigEndian({ insns }: ClassicProgram): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * insns.length));
  for (const [pc, { code, jt, jf, k }] of insns.entries()) {
    view.setUint16(8 * pc, code);
    view.setUint8(8 * pc + 2, jt);
    view.setUint8(8 * pc + 3, jf);
    view.setUint32(8 * pc + 4, k);
  }
  return new Uint8Array(view.buffer);
}
