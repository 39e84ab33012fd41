// Cuts a stream of bytes into lines.

const newline = 0x0a;

/** Collects chunks and gives out whole lines, without their newline; undefined stands for a line that was too long. */
export class LineSplitter {
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #size = 0;

  /** @param limit the most bytes that a line may have */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that end in this chunk. */
  *push(chunk: Buffer): Generator<Buffer | undefined> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** The last line, where the stream did not end in a newline. */
  *end(): Generator<Buffer | undefined> {
    if (this.#size > 0) yield this.#take();
  }

  #keep(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#size > this.#limit) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  #take(): Buffer | undefined {
    const line = this.#size > this.#limit ? undefined : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    return line;
  }
}
