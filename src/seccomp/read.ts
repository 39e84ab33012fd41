// The door for policies that are text: a profile in JSON, or filters in systemd's words.

import { expectArray, expectObject, expectText } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import { type ArchName, archNames, archOf, type NameSource, nameSources } from './arch.js';
import { capabilityNamed } from './capability.js';
import { type KernelVersion, kernelVersion } from './document.js';
import { readOci } from './oci.js';
import { type Policy, type Runtime, runtimes } from './policy.js';
import { type Machine, resolve } from './resolve.js';
import { readSystemd } from './systemd.js';
import { tableKernel } from './tables/syscalls.js';

/** What a policy is for. */
export interface PolicyOptions {
  /** The machine's own architecture, as Linux or OCI spells it: `x86_64`, `SCMP_ARCH_AARCH64`. Default: this machine's. */
  readonly arch?: string | undefined;
  /** The process's capabilities, as `CAP_SYS_ADMIN` or `sys_admin`, which Docker's profiles ask for. Default none. */
  readonly caps?: readonly string[] | undefined;
  /** The version of Linux, as `6.1`, which Docker's profiles ask for. Default: the newest whose calls are known. */
  readonly kernel?: string | undefined;
  /** Whose meaning rules have that contradict each other, and what a profile may hold. Default `runc`. */
  readonly runtime?: Runtime | undefined;
  /**
   * Whose names of calls are known; all others are ignored, with a warning. Default `libseccomp-2.5.4`, which runc asks; for systemd's
   * groups `linux`.
   */
  readonly names?: NameSource | undefined;
  /** Refuse what is only warned of otherwise. */
  readonly strict?: boolean | undefined;
}

/**
 * A policy from its text: JSON as OCI's runtimes and Docker take it, or lines as systemd's `SystemCallFilter=` takes them. What may
 * not be meant so is in the policy's `warnings`.
 * @throws BpfError 'syntax', 'type', 'name' or 'range' with the place of the mistake; with `strict` of what would be warned of
 */
export function readPolicy(source: string, options: PolicyOptions = {}): Policy {
  expectText(source, 'a policy');
  expectObject(options, 'the options');
  if (!/^\s*[{["]/.test(source)) return resolve(readSystemd(source), machineOf({ names: 'linux', ...options }));
  const machine = machineOf(options);
  return resolve(readOci(source, machine.runtime), machine);
}

/** What options mean, checked. @throws BpfError 'name' or 'range' when one means nothing */
export function machineOf(options: PolicyOptions): Machine {
  expectObject(options, 'the options');
  const { arch, caps = [], kernel = tableKernel } = options;
  if (arch !== undefined) expectText(arch, 'an architecture');
  expectText(kernel, 'a version of Linux');
  expectArray(caps, 'capabilities');
  for (const cap of caps) expectText(cap, 'a capability');
  return {
    arch: archNamed(arch),
    caps: caps.map(capabilityNamed),
    kernel: versionOf(kernel),
    runtime: oneOf(options.runtime ?? 'runc', runtimes, 'runtime'),
    names: oneOf(options.names ?? 'libseccomp-2.5.4', nameSources, 'source of names'),
    strict: options.strict ?? false,
  };
}

const hosts: Readonly<Record<string, ArchName>> = {
  x64: 'x86_64',
  ia32: 'i386',
  arm64: 'aarch64',
  arm: 'arm',
  riscv64: 'riscv64',
  s390x: 's390x',
  ppc64: 'ppc64le',
  loong64: 'loongarch64',
};

function archNamed(name: string | undefined): ArchName {
  if (name === undefined) {
    const own = hosts[process.arch];
    if (own === undefined)
      throw new BpfError('usage', `expected an architecture: this machine's '${process.arch}' has no table`);
    return own;
  }
  const arch = archOf(name);
  if (arch !== undefined) return arch.name;
  throw new BpfError('name', `unknown architecture '${name}'`, { suggestion: nearest(name, archNames) });
}

function versionOf(text: string): KernelVersion {
  const version = kernelVersion(text);
  if (version === undefined) throw new BpfError('range', `expected a version of Linux as '6.1', found '${text}'`);
  return version;
}

function oneOf<W extends string>(name: string, known: readonly W[], what: string): W {
  const found = known.find((each) => each === name);
  if (found !== undefined) return found;
  throw new BpfError('name', `unknown ${what} '${name}'`, { suggestion: nearest(String(name), known) });
}
