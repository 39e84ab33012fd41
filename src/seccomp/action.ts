// What a seccomp filter answers (linux/seccomp.h): an action in the upper half, data in the lower.

/** In Linux's order of severity: of several filters on a process the first of these counts. */
const actionRows = [
  ['KILL_PROCESS', 0x8000_0000],
  ['KILL_THREAD', 0x0000_0000],
  ['TRAP', 0x0003_0000],
  ['ERRNO', 0x0005_0000],
  ['NOTIFY', 0x7fc0_0000],
  ['TRACE', 0x7ff0_0000],
  ['LOG', 0x7ffc_0000],
  ['ALLOW', 0x7fff_0000],
] as const;

export type ActionName = (typeof actionRows)[number][0];

const values: ReadonlyMap<string, number> = new Map(actionRows);

/** Actions whose lower half says something. */
const withData: readonly string[] = ['ERRNO', 'TRACE'];

/** What libseccomp answers to a call of an architecture that a filter isn't for, and Linux to a thread that it kills. */
export const killThread = 0;

/** The largest error number that Linux returns (MAX_ERRNO); a filter's larger one is cut to it. */
export const largestErrno = 4095;

/** The filter's answer for an action. @param data an error number (`ERRNO`), a tracer's message (`TRACE`), 0 to 65535 */
export function actionValue(name: ActionName, data = 0): number {
  return ((values.get(name) ?? 0) | (withData.includes(name) ? data & 0xffff : 0)) >>> 0;
}

export interface ActionParts {
  /** undefined: no action of Linux, which kills the process for it. */
  readonly name: ActionName | undefined;
  readonly data: number;
}

export function actionParts(value: number): ActionParts {
  const found = actionRows.find(([, action]) => action === (value & 0xffff_0000) >>> 0);
  return { name: found?.[0], data: value & 0xffff };
}

/** Whether the call is carried out, though perhaps noted. */
export function letsPass(value: number): boolean {
  const { name } = actionParts(value);
  return name === 'ALLOW' || name === 'LOG';
}

/** How grave an answer is: 0 kills the process, 7 allows. */
export function severity(value: number): number {
  const at = actionRows.findIndex(([name]) => name === actionParts(value).name);
  return Math.max(0, at);
}
