// unibpf seccomp diff: exactly the calls that two policies answer differently.

import type { Command } from 'commander';
import { letsPass } from '../../seccomp/action.js';
import { type Change, diffPolicies } from '../../seccomp/diff.js';
import { actionText } from '../../seccomp/errno.js';
import { status } from '../errors.js';
import { print } from '../terminal.js';
import { type MachineOptions, machineOptions, policyFrom } from './policy.js';

export function register(parent: Command): void {
  const command = parent.command('diff').argument('<before>').argument('<after>');
  command.description('tell which calls two policies answer differently: exactly, with the ranges of their arguments');
  machineOptions(command);
  command.addHelpText('after', help).action(async (before: string, after: string) => {
    const options = command.opts<MachineOptions>();
    const changes = diffPolicies(await policyFrom(before, options), await policyFrom(after, options));
    await print(options.json ? `${JSON.stringify({ changes: changes.map(asValue) })}\n` : asText(changes));
    process.exitCode = changes.length === 0 ? status.matched : status.unmatched;
  });
}

const help = `
What was allowed and is so no more comes first.
Exit status: 0 nothing changes, 1 something does, 2 a mistake in a policy, 4 reading failed.`;

const headings = ['allowed, and no more', 'allowed newly', 'answered otherwise'] as const;

function headingOf({ before, after }: Change): (typeof headings)[number] {
  if (letsPass(before) === letsPass(after)) return 'answered otherwise';
  return letsPass(before) ? 'allowed, and no more' : 'allowed newly';
}

function asText(changes: readonly Change[]): string {
  const parts = headings.flatMap((heading) => {
    const lines = changes.filter((change) => headingOf(change) === heading).map(lineOf);
    return lines.length === 0 ? [] : [heading, ...lines];
  });
  return parts.length === 0 ? 'every call is answered alike\n' : `${parts.join('\n')}\n`;
}

function lineOf({ arch, calls, others, args, before, after }: Change): string {
  const named = calls.join(', ');
  const rest = others ? (named === '' ? 'every other number' : ', every other number') : '';
  const ranges = args.map(({ argument, text }) => `arg${argument}: ${text}`).join('; ');
  const where = arch?.name ?? 'foreign architectures';
  return `  ${where}  ${named}${rest}${ranges === '' ? '' : `  ${ranges}`}  ${actionText(before)} → ${actionText(after)}`;
}

function asValue(change: Change): object {
  const { arch, calls, others, args, before, after } = change;
  return {
    change: headingOf(change),
    arch: arch?.name ?? null,
    calls,
    others,
    args: args.map(({ argument, text, bounds }) => ({
      argument,
      text,
      bounds: bounds?.map((bound) => `0x${bound.toString(16)}`),
    })),
    before: actionText(before),
    after: actionText(after),
  };
}
