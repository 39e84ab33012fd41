// Bytes at a fixed place as the fewest loads that cover them: of 8 bytes where there are many, else of 4, the last one
// overlapping the one before.

export interface Piece {
  /** Offset in the context. */
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
  /** How many of its last bytes don't count. */
  readonly spare: 0 | 1;
  /** What the load yields, little-endian, without the bytes that don't count. */
  readonly value: bigint;
}

/** So many bytes are worth constants of 64 bits. */
const manyBytes = 12;

/**
 * @param limit up to where the context may be read
 * @param narrow use no loads of 8 bytes
 */
export function piecesOf(bytes: Uint8Array, offset: number, limit: number, narrow: boolean): Piece[] {
  const count = bytes.length;
  const piece = (at: number, size: Piece['size'], spare: Piece['spare'] = 0): Piece => ({
    offset: offset + at,
    size,
    spare,
    value: littleEndian(bytes.subarray(at, at + size - spare)),
  });
  if (count > manyBytes && !narrow) return covered(count, 8, piece);
  if (count >= 4) return covered(count, 4, piece);
  if (count < 3) return count === 0 ? [] : [piece(0, count === 1 ? 1 : 2)];
  return offset + 4 <= limit ? [piece(0, 4, 1)] : [piece(0, 2), piece(2, 1)];
}

function covered(count: number, size: 4 | 8, piece: (at: number, size: 4 | 8) => Piece): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < count; at += size) {
    const last = count - at <= 4 ? 4 : size;
    pieces.push(at + size <= count ? piece(at, size) : piece(count - last, last));
  }
  return pieces;
}

export function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
