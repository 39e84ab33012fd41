// unibpf seccomp audit: what is weak in a policy, or in a filter that somebody made.

import type { Command } from 'commander';
import { auditPolicy } from '../../seccomp/audit.js';
import { auditFilter } from '../../seccomp/audit-filter.js';
import { refuseOptions } from '../arguments.js';
import { status } from '../errors.js';
import { print } from '../terminal.js';
import { filterFrom, type MachineOptions, machineOptions, originValue, policyFrom } from './policy.js';

interface Options extends MachineOptions {
  readonly filter?: true;
}

interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
}

export function register(parent: Command): void {
  const command = parent.command('audit').argument('<policy>');
  command
    .description('look for known holes, and for rules that do not do what they seem to')
    .option('--filter', 'the file is a filter: bytes, or text as of a classic program');
  machineOptions(command);
  command.addHelpText('after', help).action(async (path: string) => {
    const options = command.opts<Options>();
    if (options.filter) refuseOptions(command, ofPolicies, 'policies');
    const findings = await findingsOf(path, options);
    await print(options.json ? `${JSON.stringify({ findings })}\n` : asText(findings));
    process.exitCode = findings.some(({ severity }) => severity === 'high') ? status.unmatched : status.matched;
  });
}

/** What a filter says itself, or nothing of. */
const ofPolicies = ['arch', 'caps', 'kernel', 'runtime', 'names', 'layout', 'strict'];

const help = `
Exit status: 0 no finding is high, 1 one is, 2 a mistake in the policy, 4 reading failed.`;

async function findingsOf(path: string, options: Options): Promise<readonly Finding[]> {
  if (options.filter) return auditFilter(await filterFrom(path));
  const policy = await policyFrom(path, { ...options, json: true }); // its warnings are among the findings
  return auditPolicy(policy).map(({ code, severity, message, arch, path: where, place }) => ({
    ...{ code, severity, message, arch },
    ...(where !== undefined && originValue(where, place)),
  }));
}

function asText(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'nothing is found\n';
  return findings.map(({ severity, code, message }) => `${severity.padEnd(6)}  ${code}: ${message}\n`).join('');
}
