// How a file writes down times. The two 32-bit halves of a stored time are kept as they are, so that nothing is lost;
// a clock says what they mean.
//
//   parts   high = seconds since 1970, low = fraction in units       (pcap)
//   ticks   high << 32 | low = units since 1970, and an offset       (pcapng: if_tsresol, if_tsoffset)

export interface Clock {
  readonly layout: 'parts' | 'ticks';
  /** Units a second: 10^6 for microseconds. */
  readonly perSecond: bigint;
  /** Seconds to add. */
  readonly offset: bigint;
}

/** A point in time. In a damaged file the fraction may exceed a second; it is kept. */
export interface PacketTime {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  readonly seconds: number;
  /** The fraction, in nanoseconds; what is finer is cut off. */
  readonly nanoseconds: number;
}

const nanosPerSecond = 1_000_000_000n;

export const microseconds: Clock = { layout: 'parts', perSecond: 1_000_000n, offset: 0n };
export const nanoseconds: Clock = { layout: 'parts', perSecond: nanosPerSecond, offset: 0n };

/** The time that a stored pair of halves means. */
export function readTime(clock: Clock, high: number, low: number): PacketTime {
  if (clock.layout === 'parts') return { seconds: high, nanoseconds: low * Number(nanosPerSecond / clock.perSecond) };
  const ticks = (BigInt(high) << 32n) | BigInt(low);
  const fraction = ((ticks % clock.perSecond) * nanosPerSecond) / clock.perSecond;
  return { seconds: Number(ticks / clock.perSecond + clock.offset), nanoseconds: Number(fraction) };
}

/** Whether a pcap file must be of nanoseconds to hold the times of this clock. */
export function isFine(clock: Clock): boolean {
  return clock.perSecond > microseconds.perSecond;
}
