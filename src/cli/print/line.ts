// The line that a packet is shown as, and the packet that it is read from. A header that was cut off ends the line with the
// name of its protocol, as in `[|tcp]`.

/** Thrown by `Bytes` at the end of what was captured; caught by `packetText` alone. */
export class CutOff extends Error {}

/** A part of a packet: some of it captured, all of it with a length. Numbers are big-endian. */
export class Bytes {
  readonly #data: Uint8Array;
  readonly #start: number;
  /** How many bytes are there. */
  readonly captured: number;
  /** How many bytes there were on the wire. */
  readonly length: number;

  constructor(data: Uint8Array, start: number, captured: number, length: number) {
    this.#data = data;
    this.#start = start;
    this.captured = Math.max(0, captured);
    this.length = Math.max(0, length);
  }

  /** What follows the first `size` bytes. */
  after(size: number): Bytes {
    return new Bytes(this.#data, this.#start + size, this.captured - size, this.length - size);
  }

  /** The first `size` bytes, as far as they are there. */
  first(size: number): Bytes {
    return new Bytes(this.#data, this.#start, Math.min(this.captured, size), size);
  }

  u8(at: number): number {
    this.need(at + 1);
    return this.#data[this.#start + at]!;
  }

  u16(at: number): number {
    this.need(at + 2);
    const i = this.#start + at;
    return (this.#data[i]! << 8) | this.#data[i + 1]!;
  }

  u32(at: number): number {
    return this.u16(at) * 0x1_0000 + this.u16(at + 2);
  }

  /** The bytes from `at` on, `size` of them. */
  slice(at: number, size: number): Uint8Array {
    this.need(at + size);
    return this.#data.subarray(this.#start + at, this.#start + at + size);
  }

  /** @throws CutOff where fewer bytes were captured */
  need(size: number): void {
    if (size > this.captured) throw new CutOff();
  }
}

/** The text so far, and the protocol whose header is being read. */
export interface Line {
  text: string;
  protocol: string;
}
