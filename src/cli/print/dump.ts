// The bytes of a packet below its line, sixteen a row, as tcpdump's -x (hexadecimal) and -X (with text) show them.
//
//   \t0x0000:  4500 0034 0000 4000 4006 …  E..4..@.@.

export interface DumpStyle {
  /** Whether the bytes are shown as text too. */
  readonly text: boolean;
  /** Whether the link header is shown (-xx, -XX). */
  readonly link: boolean;
}

const rowSize = 16;

/** @returns the rows, each with a line break before it */
export function dump(bytes: Uint8Array, style: DumpStyle): string {
  let rows = '';
  for (let at = 0; at < bytes.length; at += rowSize) {
    const row = bytes.subarray(at, at + rowSize);
    const hex = Array.from(row, (byte, i) => byte.toString(16).padStart(2, '0') + (i % 2 === 1 ? ' ' : ''))
      .join('')
      .trimEnd();
    rows += `\n\t0x${at.toString(16).padStart(4, '0')}:  ${style.text ? `${hex.padEnd(39)}  ${printable(row)}` : hex}`;
  }
  return rows;
}

function printable(row: Uint8Array): string {
  return Array.from(row, (byte) => (byte > 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
}
