// The time before a packet's line, in the five ways of tcpdump's -t.

import type { PacketTime } from '../../capture/clock.js';

/** By the number of t: the time of day, none, seconds since 1970, since the packet before, the date, since the first. */
export const timeStyles = ['clock', 'none', 'epoch', 'delta', 'date', 'elapsed'] as const;
export type TimeStyle = (typeof timeStyles)[number];

const nanosPerSecond = 1_000_000_000;

/** Makes the text of one packet's time after the other; it remembers what deltas are counted from. */
export class TimePrinter {
  readonly #style: TimeStyle;
  #reference: PacketTime | undefined;
  #second = Number.NaN;
  #secondText = '';

  constructor(style: TimeStyle) {
    this.#style = style;
  }

  /** @param fine nanoseconds rather than microseconds; @returns the time and a space, or nothing */
  text(time: PacketTime, fine: boolean): string {
    const reference = this.#reference ?? time;
    if (this.#reference === undefined || this.#style === 'delta') this.#reference = time;
    switch (this.#style) {
      case 'none':
        return '';
      case 'epoch':
        return `${time.seconds}${fraction(time, fine)} `;
      case 'delta':
      case 'elapsed':
        return `${difference(reference, time, fine)} `;
      case 'clock':
      case 'date':
        return `${this.#calendar(time.seconds)}${fraction(time, fine)} `;
    }
  }

  #calendar(seconds: number): string {
    if (seconds === this.#second) return this.#secondText;
    const date = new Date(seconds * 1000);
    const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
    const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    this.#second = seconds;
    this.#secondText = this.#style === 'date' ? `${day} ${clock}` : clock;
    return this.#secondText;
  }
}

function fraction(time: PacketTime, fine: boolean): string {
  const [units, digits] = fine ? [time.nanoseconds, 9] : [Math.floor(time.nanoseconds / 1000), 6];
  return `.${String(units).padStart(digits, '0')}`;
}

/** The time between two packets, as hours, minutes and seconds; with a sign where the clock went back. */
function difference(from: PacketTime, to: PacketTime, fine: boolean): string {
  let seconds = to.seconds - from.seconds;
  let nanoseconds = to.nanoseconds - from.nanoseconds;
  const back = seconds < 0 || (seconds === 0 && nanoseconds < 0);
  if (back) [seconds, nanoseconds] = [-seconds, -nanoseconds];
  if (nanoseconds < 0) [seconds, nanoseconds] = [seconds - 1, nanoseconds + nanosPerSecond];
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
  return `${back ? '-' : ''}${back ? '' : ' '}${clock}${fraction({ seconds, nanoseconds }, fine)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
