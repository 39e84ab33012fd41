// A part of an object file: bytes with a name, in one byte order, that nobody reads beyond.

import { BpfError } from '../base/error.js';

export type ByteOrder = 'little' | 'big';

/** The longest name that is read, and as much as is read of a line: names may overlap, and each is a copy. */
const longestText = 4096;

const decoder = new TextDecoder();

export class Part {
  /** As a message calls it: `the file`, `section '.BTF'`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly order: ByteOrder;
  readonly #view: DataView;
  readonly #isLittle: boolean;

  constructor(name: string, bytes: Uint8Array, order: ByteOrder) {
    this.name = name;
    this.bytes = bytes;
    this.order = order;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isLittle = order === 'little';
  }

  get size(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    this.#expect(at, 1);
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    this.#expect(at, 2);
    return this.#view.getUint16(at, this.#isLittle);
  }

  u32(at: number): number {
    this.#expect(at, 4);
    return this.#view.getUint32(at, this.#isLittle);
  }

  i32(at: number): number {
    this.#expect(at, 4);
    return this.#view.getInt32(at, this.#isLittle);
  }

  /** @throws BpfError 'encoding' when it is more than any file or memory has */
  u64(at: number): number {
    this.#expect(at, 8);
    const number = Number(this.#view.getBigUint64(at, this.#isLittle));
    if (number <= Number.MAX_SAFE_INTEGER) return number;
    throw new BpfError('encoding', `expected a number below 2 ** 53 at byte ${at} of ${this.name}`);
  }

  /** Some of its bytes, without a copy. @throws BpfError 'encoding' when it doesn't have them */
  part(at: number, length: number, name: string): Part {
    if (at > this.size || length > this.size - at) {
      throw new BpfError(
        'encoding',
        `${name} takes bytes ${at} to ${at + length} of ${this.name}, which has ${this.size}`,
      );
    }
    return new Part(name, this.bytes.subarray(at, at + length), this.order);
  }

  /** A text that ends with a zero byte. @param what it is, for the message: `the name of symbol 3` */
  text(at: number, what: string): string {
    if (at >= this.size) {
      throw new BpfError('encoding', `${what} is at byte ${at} of ${this.name}, which has ${this.size}`);
    }
    const end = this.bytes.subarray(at, at + longestText + 1).indexOf(0);
    if (end >= 0) return decoder.decode(this.bytes.subarray(at, at + end));
    const why = at + longestText < this.size ? `is longer than ${longestText} bytes` : 'has no end';
    throw new BpfError('encoding', `${what} at byte ${at} of ${this.name} ${why}`);
  }

  /** A text, cut where it is very long. */
  line(at: number, what: string): string {
    if (at >= this.size) return this.text(at, what);
    const bytes = this.bytes.subarray(at, at + longestText);
    const end = bytes.indexOf(0);
    return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** A copy with its words of 32 bits at some places increased. */
  increased(additions: ReadonlyMap<number, number>): Part {
    const copy = new Part(this.name, this.bytes.slice(), this.order);
    for (const [at, addition] of additions) copy.#view.setUint32(at, this.u32(at) + addition, this.#isLittle);
    return copy;
  }

  #expect(at: number, length: number): void {
    if (at + length <= this.size) return;
    throw new BpfError('encoding', `expected ${length} bytes at byte ${at} of ${this.name}, which has ${this.size}`);
  }
}
