// Jumps that lead forward as blocks of JavaScript: each instruction that one leads to ends a block, which begins no later than the first
// jump to it. Blocks lie in or beside one another, so some begin earlier.

/** From the instruction that it begins with to the one that its label stands for, which is the first behind it. */
export interface Block {
  readonly from: number;
  readonly to: number;
}

/** @param jumps pairs of instructions, forward @returns blocks in the order in which they begin, outer ones first */
export function blocksOf(jumps: Iterable<readonly [from: number, to: number]>): Block[] {
  const first = new Map<number, number>();
  for (const [from, to] of jumps) first.set(to, Math.min(first.get(to) ?? from, from));
  const outermost: Block[] = [];
  const blocks = [...first]
    .sort(([a], [b]) => a - b)
    .map(([to, jump]): Block => {
      let from = jump;
      for (let last = outermost.at(-1); last !== undefined && last.to > from; last = outermost.at(-1)) {
        from = Math.min(from, last.from);
        outermost.pop();
      }
      outermost.push({ from, to });
      return { from, to };
    });
  return blocks.sort((a, b) => a.from - b.from || b.to - a.to);
}

/** How many blocks lie in one another at most. */
export function depthOf(blocks: readonly Block[]): number {
  const ends: number[] = [];
  let most = 0;
  for (const { from, to } of blocks) {
    while (ends.length > 0 && ends.at(-1)! <= from) ends.pop();
    most = Math.max(most, ends.push(to));
  }
  return most;
}
