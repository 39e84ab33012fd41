// xxHash with 32 bits and seed 0, which LZ4 frames carry as their checksum.

const [prime1, prime2, prime3, prime4, prime5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];
const stripe = 16;

/** The hash of one run of bytes. */
export function xxh32(bytes: Uint8Array): number {
  const hash = new Xxh32();
  hash.update(bytes);
  return hash.digest();
}

/** The hash of bytes that come in parts. */
export class Xxh32 {
  #lanes: readonly [number, number, number, number] = [(prime1 + prime2) | 0, prime2 | 0, 0, -prime1 | 0];
  /** What is left of the parts, less than a stripe. */
  readonly #rest = new Uint8Array(stripe);
  readonly #restView = new DataView(this.#rest.buffer);
  #restLength = 0;
  #length = 0;

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(stripe - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < stripe) return;
      this.#stripes(this.#restView, 0, stripe);
    }
    const whole = at + Math.floor((bytes.length - at) / stripe) * stripe;
    this.#stripes(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at, whole);
    this.#rest.set(bytes.subarray(whole));
    this.#restLength = bytes.length - whole;
  }

  digest(): number {
    const [a, b, c, d] = this.#lanes;
    let hash = this.#length < stripe ? prime5 : rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18);
    hash = (hash + this.#length) | 0;
    let at = 0;
    for (; at + 4 <= this.#restLength; at += 4) {
      hash = Math.imul(rotated(hash + Math.imul(this.#restView.getUint32(at, true), prime3), 17), prime4);
    }
    for (; at < this.#restLength; at++) {
      hash = Math.imul(rotated(hash + Math.imul(this.#rest[at]!, prime5), 11), prime1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), prime2);
    hash = Math.imul(hash ^ (hash >>> 13), prime3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #stripes(view: DataView, start: number, end: number): void {
    let [a, b, c, d] = this.#lanes;
    for (let at = start; at < end; at += stripe) {
      a = mixed(a, view.getUint32(at, true));
      b = mixed(b, view.getUint32(at + 4, true));
      c = mixed(c, view.getUint32(at + 8, true));
      d = mixed(d, view.getUint32(at + 12, true));
    }
    this.#lanes = [a, b, c, d];
  }
}

function mixed(lane: number, word: number): number {
  return Math.imul(rotated((lane + Math.imul(word, prime2)) | 0, 13), prime1);
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
