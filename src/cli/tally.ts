// What a run over captures has come to: packets, bytes, time; and how that is told.

import type { Scanned } from '../capture/batch.js';

/** Counts, and the time since the start. */
export class Tally {
  readonly #start = process.hrtime.bigint();
  /** How many bytes all inputs have, where that is known of each. */
  readonly size: number | undefined;
  packets = 0;
  matched = 0;
  /** Captured bytes of all packets. */
  bytes = 0;
  /** Bytes of the inputs that lie behind. */
  position = 0;

  constructor(size: number | undefined) {
    this.size = size;
  }

  /** Seconds since the start. */
  get seconds(): number {
    return Number(process.hrtime.bigint() - this.#start) / 1e9;
  }

  /** Packets that a scan went over, and how many of them matched. */
  add({ packets, bytes }: Scanned, matches: number): void {
    this.packets += packets;
    this.matched += matches;
    this.bytes += bytes;
  }

  /** `12 of 1000 packets matched (1.2 %), in 0.10 s: 9.1 M packets/s, 4.4 GB/s (jit)` */
  summary(engines: readonly string[]): string {
    const { seconds } = this;
    const share = this.packets === 0 ? '' : ` (${percent(this.matched / this.packets)})`;
    const rate = `${scaled(this.packets / seconds)} packets/s, ${speed(this.bytes / seconds)}`;
    const by = engines.length === 0 ? '' : ` (${engines.join(', ')})`;
    const what = this.packets === 1 ? 'packet' : 'packets';
    return `${this.matched} of ${this.packets} ${what} matched${share}, in ${seconds.toFixed(2)} s: ${rate}${by}`;
  }

  /** `34 %, 12.3 M packets, 9.1 M packets/s, 3 s left` */
  progress(): string {
    const { seconds } = this;
    const counts = [`${scaled(this.packets)} packets`, `${scaled(this.packets / seconds)} packets/s`];
    if (this.size === undefined || this.position === 0) return counts.join(', ');
    const part = Math.min(1, this.position / this.size);
    const left = Math.ceil((seconds / part) * (1 - part));
    return [percent(part), ...counts, `${left} s left`].join(', ');
  }

  /** The same numbers for programs. */
  toJSON(): Record<string, number> {
    const { packets, matched, bytes, seconds } = this;
    return { packets, matched, bytes, seconds };
  }
}

const scales = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** A number with three digits and its unit's prefix: `9.12 M`. */
export function scaled(value: number): string {
  const scale = scales.find(([size]) => value >= size);
  return scale === undefined ? `${Math.round(value)}` : `${(value / scale[0]).toPrecision(3)} ${scale[1]}`;
}

/** Bytes a second, with the prefix at the unit: `4.40 GB/s`. */
function speed(value: number): string {
  return `${scaled(value)}${value < 1e3 ? ' ' : ''}B/s`;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(part < 0.1 ? 2 : 1)} %`;
}
