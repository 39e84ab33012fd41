// Who changes a map keeps others out, here and in other workers. Whoever wants the lock spins: it is held for a few operations.

import { at } from './layout.js';

export class Lock {
  readonly #word: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#word = new Int32Array(buffer, 4 * at.lock, 1);
  }

  /** Does something while it is held. */
  during<T>(action: () => T): T {
    while (Atomics.compareExchange(this.#word, 0, 0, 1) !== 0);
    try {
      return action();
    } finally {
      Atomics.store(this.#word, 0, 0);
    }
  }
}
