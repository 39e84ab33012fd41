// Machine code in two tiers: of the program as it is at once, and of the lowered program when there were so many inputs that the
// optimizer's time is well spent. Most filters that are made see few packets, and some see millions.

import { scanSlots } from '../base/records.js';
import type { Executable, Packets } from './engine.js';
import { Native } from './native.js';

/** The optimizer is asked once there were so many inputs for each instruction: who has sent these will mostly send many more. */
const inputsAnInsn = 8;
/**
 * A short program has little to gain: a few nanoseconds a packet, in a scan. Its first filter takes the optimizer some ten milliseconds,
 * since nothing of it is warm, and most processes that scan a capture have one filter.
 */
const shortLength = 64;
const packetsOfScan = 1 << 21;

export class Tiered extends Native {
  readonly #makeBetter: () => Executable | undefined;
  #better: Executable | undefined;
  /** How many inputs are left until the better code is made; it was asked for where there are none. */
  #left: number;
  /** The same for packets of scans. */
  #leftToScan: number;
  #walk: Executable['scan'];
  #single: Executable['verdict'] | undefined;

  /** @param makeBetter the second tier; undefined where there is none */
  constructor(parameters: Readonly<ConstructorParameters<typeof Native>>, makeBetter: () => Executable | undefined) {
    super(...parameters);
    this.#makeBetter = makeBetter;
    const { length } = parameters[0].insns;
    this.#left = inputsAnInsn * length;
    this.#leftToScan = length <= shortLength ? packetsOfScan : this.#left;
  }

  override get codeBytes(): number {
    return super.codeBytes + (this.#better?.codeBytes ?? 0);
  }

  override get verdict(): Executable['verdict'] {
    this.#single ??= this.#counting(super.verdict);
    return this.#single;
  }

  override get scan(): Executable['scan'] {
    this.#walk ??= this.#counted(super.scan);
    return this.#walk;
  }

  override runBatch(packets: Packets, verdicts: Uint32Array): number {
    const better = this.#after(packets.offsets.length);
    return better === undefined ? super.runBatch(packets, verdicts) : better.runBatch(packets, verdicts);
  }

  override close(): void {
    super.close();
    this.#better?.close();
  }

  #counting(plain: Executable['verdict']): Executable['verdict'] {
    let verdict = plain;
    return (data, length) => {
      if (verdict === plain) verdict = this.#after(1)?.verdict ?? plain;
      return verdict(data, length);
    };
  }

  #counted(plain: Executable['scan']): Executable['scan'] {
    if (plain === undefined) return undefined;
    return (data, state, index, interfaces) => {
      if (this.#leftToScan <= 0) this.#after(this.#left);
      const scan = this.#better?.scan;
      (scan ?? plain)(data, state, index, interfaces);
      this.#leftToScan -= state[scanSlots.packets]!;
    };
  }

  /** The better code after so many inputs more, where it was worth making. */
  #after(inputs: number): Executable | undefined {
    if (this.#left <= 0) return this.#better;
    this.#left -= inputs;
    if (this.#left <= 0) this.#better = this.#makeBetter();
    return this.#better;
  }
}
