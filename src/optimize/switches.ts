// The passes by name, so that each can be left out: what they do is only ever a matter of speed.

export interface Switches {
  /** What can be computed now is; constants meet constants. */
  readonly fold: boolean;
  /** Tests whose outcome earlier ones decide are dropped. */
  readonly redundant: boolean;
  /** One look at the packet's length stands for those that nearly all packets pass. */
  readonly guard: boolean;
  /** Constants are swapped instead of the numbers that are loaded. */
  readonly swap: boolean;
  /** Comparisons of neighbouring bytes become one. */
  readonly merge: boolean;
  /** Cheap tests become 1 or 0 instead of jumps. */
  readonly branchFree: boolean;
  /** Lists become tables. */
  readonly tables: boolean;
}

export type PassName = keyof Switches;

export const passNames = [
  'fold',
  'redundant',
  'guard',
  'swap',
  'merge',
  'branchFree',
  'tables',
] as const satisfies PassName[];

/** All passes, or those that are named. */
export function switchesOf(passes: readonly PassName[] = passNames): Switches {
  const on = (name: PassName) => passes.includes(name);
  return {
    fold: on('fold'),
    redundant: on('redundant'),
    guard: on('guard'),
    swap: on('swap'),
    merge: on('merge'),
    branchFree: on('branchFree'),
    tables: on('tables'),
  };
}
