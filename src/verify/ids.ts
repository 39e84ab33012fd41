// Which ids of one state stand for which of another: learnt while the two are compared.

export class Ids {
  readonly #old: number[] = [];
  readonly #now: number[] = [];
  #count = 0;
  /** Ids that stand for none: each below the last. */
  #fresh = 0;

  /** Forgets all, for the next comparison. */
  clear(): void {
    this.#count = 0;
    this.#fresh = 0;
  }

  /** What was equal in the stored state must be equal in the present one, and what was not must not. */
  match(old: number, now: number): boolean {
    if (old === 0 || now === 0) return old === now;
    for (let index = 0; index < this.#count; index++) {
      if (this.#old[index] === old) return this.#now[index] === now;
      if (this.#now[index] === now) return false;
    }
    this.#old[this.#count] = old;
    this.#now[this.#count] = now;
    this.#count++;
    return true;
  }

  /**
   * Numbers that were linked in the stored state must be linked now. Those that weren't may be, and a number that was
   * linked to none of those that are compared needs no link now.
   */
  matchNumbers(old: number, now: number): boolean {
    return old === 0 || this.match(old, now === 0 ? --this.#fresh : now);
  }
}
