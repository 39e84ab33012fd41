// unibpf seccomp explain: why a call gets its answer.

import type { Command } from 'commander';
import { letsPass } from '../../seccomp/action.js';
import { callText, parseCall } from '../../seccomp/ask.js';
import { compilePolicy } from '../../seccomp/compile.js';
import { type Call, conditionText } from '../../seccomp/condition.js';
import { actionText } from '../../seccomp/errno.js';
import { type AskedRule, type Explanation, explainCall } from '../../seccomp/explain.js';
import { annotatedListing } from '../../seccomp/listing.js';
import type { Policy } from '../../seccomp/policy.js';
import { status } from '../errors.js';
import { print } from '../terminal.js';
import { type MachineOptions, machineOptions, originText, originValue, policyFrom } from './policy.js';

export function register(parent: Command): void {
  const command = parent.command('explain').argument('<policy>').argument('<call>');
  command.description('tell which rule decides a call, and the way through the filter');
  machineOptions(command);
  command.addHelpText('after', help).action(async (path: string, text: string) => {
    const options = command.opts<MachineOptions>();
    const policy = await policyFrom(path, options);
    const call = parseCall(text, policy.arches[0]!.arch);
    const program = compilePolicy(policy, options);
    const told = explainCall(policy, program, call);
    const listing = annotatedListing(program).split('\n');
    const lines = told.path.map((pc) => listing[pc] ?? '');
    await print(`${options.json ? JSON.stringify(asValue(call, told, lines)) : asText(policy, call, told, lines)}\n`);
    process.exitCode = letsPass(told.action) ? status.matched : status.unmatched;
  });
}

const help = `
Exit status: 0 the call passes, 1 it doesn't, 2 a mistake in the policy or the call, 4 reading failed.

  unibpf seccomp explain profile.json 'socket(AF_VSOCK, SOCK_STREAM)'`;

function asText(policy: Policy, call: Call, told: Explanation, path: readonly string[]): string {
  return [
    `${actionText(told.action)}: ${callText(call)} on ${call.arch.name}`,
    ...told.asked.flatMap(ruleLines),
    ...(told.reason === 'default' ? [`  no rule matches: the default ${actionText(policy.defaultAction)}`] : []),
    ...(told.reason === 'architecture' ? [`  ${call.arch.name} is not let in`] : []),
    `${path.length} instructions of the filter:`,
    ...path.map((line) => `  ${line}`),
  ].join('\n');
}

function ruleLines({ rule, conditions, matches }: AskedRule): string[] {
  const head = `  ${matches ? 'decides' : 'no     '}  ${originText(rule.origin.path, rule.origin.place)}: ${actionText(rule.action)}`;
  return [
    head,
    ...conditions.map(({ condition, holds }) => `             ${conditionText(condition)}: ${holds ? 'yes' : 'no'}`),
  ];
}

function asValue(call: Call, { action, reason, rule, asked, path }: Explanation, lines: readonly string[]): object {
  return {
    call: callText(call),
    arch: call.arch.name,
    action: actionText(action),
    value: action,
    reason,
    rule: rule && originValue(rule.origin.path, rule.origin.place),
    asked: asked.map((each) => ({
      ...originValue(each.rule.origin.path, each.rule.origin.place),
      action: actionText(each.rule.action),
      matches: each.matches,
      conditions: each.conditions.map(({ condition, holds }) => ({ condition: conditionText(condition), holds })),
    })),
    path: path.map((pc, at) => ({ pc, text: lines[at] })),
  };
}
