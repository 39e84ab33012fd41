// The content of a hash that is never full: a new entry takes the place of one that was not used for long. A hand goes round over the
// slots; an entry that was used since it went by is marked, and gets another round. Linux decides in much the same way (kernel/bpf/
// bpf_lru_list.c), but by lists of each processor, so that there another entry may go, and before all slots are used.

import { HashStore } from './hash-store.js';
import { at } from './layout.js';

export class LruStore extends HashStore {
  protected override hasUsed(slot: number): void {
    this.parts.marks[slot] = 1;
  }

  protected override take(): number {
    const slot = super.take() ?? this.#evicted();
    this.parts.marks[slot] = 0;
    return slot;
  }

  /** The slot of the first entry without a mark, which is removed. */
  #evicted(): number {
    const { header, marks, maxEntries } = this.parts;
    for (;;) {
      const slot = header[at.hand]!;
      header[at.hand] = (slot + 1) % maxEntries;
      const wasUsed = marks[slot] === 1;
      marks[slot] = 0;
      if (wasUsed) continue;
      this.removeSlot(slot);
      return super.take()!;
    }
  }
}
