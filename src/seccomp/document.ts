// A policy as it was written, before it is known for which machine: names of calls, not numbers, and what each rule is for.

import type { Place } from '../base/error.js';
import type { Arch, ArchName } from './arch.js';
import type { Condition } from './condition.js';
import type { FilterFlag, PolicyWarning, RuleOrigin } from './policy.js';

export interface PolicyDocument {
  readonly defaultAction: number;
  readonly defaultOrigin: RuleOrigin;
  /** Those that are listed beside the machine's own. */
  readonly arches: readonly Arch[];
  /** Docker's `archMap`: which architectures go with the machine's. */
  readonly archMap: ReadonlyMap<ArchName, readonly Arch[]> | undefined;
  readonly flags: readonly FilterFlag[];
  readonly rules: readonly DocumentRule[];
  readonly warnings: readonly PolicyWarning[];
}

export interface DocumentRule {
  readonly names: readonly CallName[];
  readonly action: number;
  readonly conditions: readonly Condition[];
  /** It counts only where all of these hold … */
  readonly includes: Demands;
  /** … and none of these. */
  readonly excludes: Demands;
  readonly origin: RuleOrigin;
}

export interface CallName {
  readonly name: string;
  readonly path: string;
  readonly place: Place | undefined;
}

/** Docker's `includes` and `excludes`. */
export interface Demands {
  readonly caps: readonly string[];
  /** As Go spells architectures. */
  readonly arches: readonly string[];
  readonly minKernel: KernelVersion | undefined;
}

export const noDemands: Demands = { caps: [], arches: [], minKernel: undefined };

/** Linux's version, as far as policies ask for it. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
}

/** The version that `6.1` or `6.1.192-2` is; undefined where it is none. */
export function kernelVersion(text: string): KernelVersion | undefined {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,5})(?![\d])/.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

export function isAtLeast(version: KernelVersion, least: KernelVersion): boolean {
  return version.major > least.major || (version.major === least.major && version.minor >= least.minor);
}
