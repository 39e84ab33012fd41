// The time that passes: what `performance.now()` tells, but the first use of that loads a good part of Node.

/** Milliseconds on a clock that only goes forward; only differences mean something. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
