// A set of stack slots, a bit each: two halves of 32.

export class SlotSet {
  #low = 0;
  #high = 0;

  has(slot: number): boolean {
    return ((slot < 32 ? this.#low : this.#high) & (1 << (slot & 31))) !== 0;
  }

  add(slot: number): void {
    if (slot < 32) this.#low |= 1 << slot;
    else this.#high |= 1 << (slot & 31);
  }

  delete(slot: number): void {
    if (slot < 32) this.#low &= ~(1 << slot);
    else this.#high &= ~(1 << (slot & 31));
  }

  clear(): void {
    this.#low = 0;
    this.#high = 0;
  }

  get isEmpty(): boolean {
    return (this.#low | this.#high) === 0;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let slot = this.next(0); slot >= 0; slot = this.next(slot + 1)) yield slot;
  }

  /** The first slot of the set from `slot` on, or -1. */
  next(slot: number): number {
    const low = slot < 32 ? this.#low & (-1 << slot) : 0;
    if (low !== 0) return 31 - Math.clz32(low & -low);
    const high = slot < 32 ? this.#high : slot < 64 ? this.#high & (-1 << (slot & 31)) : 0;
    return high === 0 ? -1 : 63 - Math.clz32(high & -high);
  }

  copy(): SlotSet {
    const copy = new SlotSet();
    copy.#low = this.#low;
    copy.#high = this.#high;
    return copy;
  }
}

/** A set that is only looked at. */
export type Slots = Pick<SlotSet, 'has' | 'next' | 'isEmpty'>;

export const noSlots: Slots = new SlotSet();
