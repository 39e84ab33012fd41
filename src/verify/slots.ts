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

  get isEmpty(): boolean {
    return (this.#low | this.#high) === 0;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let low = this.#low; low !== 0; low &= low - 1) yield 31 - Math.clz32(low & -low);
    for (let high = this.#high; high !== 0; high &= high - 1) yield 63 - Math.clz32(high & -high);
  }

  copy(): SlotSet {
    const copy = new SlotSet();
    copy.#low = this.#low;
    copy.#high = this.#high;
    return copy;
  }
}
