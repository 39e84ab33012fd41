// Instructions that no path leads to are left out, as the verifier asks, and so is a jump to what follows it.

import type { Item } from '../../ebpf/build.js';

/** An instruction or a label, not a list of them. */
type Single = Exclude<Item, readonly Item[]>;

export function prune(items: readonly Item[]): Item[] {
  const singles = items.flatMap(flatten);
  const reached = reachable(singles);
  const kept = singles.filter((_, at) => reached[at] === true);
  return kept.filter((item, at) => !leadsOn(item, kept, at));
}

function flatten(item: Item): Single[] {
  return 'insn' in item || 'label' in item ? [item] : item.flatMap(flatten);
}

function reachable(items: readonly Single[]): boolean[] {
  const places = new Map(items.flatMap((item, at) => ('label' in item ? [[item.label, at] as const] : [])));
  const reached = items.map(() => false);
  const open = [0];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const item = items[at];
    if (item === undefined || reached[at] === true) continue;
    reached[at] = true;
    if (!('insn' in item)) open.push(at + 1);
    else {
      if (item.to !== undefined) open.push(places.get(item.to)!);
      if (item.insn.kind !== 'exit' && item.insn.kind !== 'goto') open.push(at + 1);
    }
  }
  return reached;
}

/** Whether an item is a jump over nothing but labels. */
function leadsOn(item: Single, items: readonly Single[], at: number): boolean {
  if (!('insn' in item) || item.insn.kind !== 'goto') return false;
  for (let next = at + 1; ; next++) {
    const following = items[next];
    if (following === undefined || !('label' in following)) return false;
    if (following.label === item.to) return true;
  }
}
