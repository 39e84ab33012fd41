// Comparisons of bytes of the packet for equality, put together: what asks for neighbouring bytes is one comparison of one
// load, in the machine's own byte order, with the constant swapped.

import type { Value, ValueOf } from './value.js';

/** `source & mask` is `wanted`. */
export interface Equality {
  readonly source: Value;
  readonly mask: number;
  readonly wanted: number;
}

/** The same of a load in little-endian order. */
export interface Window {
  readonly index: Value | undefined;
  readonly offset: number;
  readonly size: 1 | 2 | 4;
  readonly mask: number;
  readonly wanted: number;
}

/** Without the mask that the value has already. */
export function equalityOf(value: Value, mask: number, wanted: number): Equality {
  const isMasked = value.kind === 'alu' && value.op === 'and' && value.width === 32 && value.b.kind === 'number';
  if (!isMasked || value.b.kind !== 'number' || (wanted & ~value.b.number) !== 0)
    return { source: value, mask, wanted };
  return { source: value.a, mask: (mask & value.b.number) >>> 0, wanted };
}

interface Byte {
  readonly mask: number;
  readonly wanted: number;
}

/** Bytes by their offsets, all behind one index. */
interface Row {
  readonly index: Value | undefined;
  readonly bytes: Map<number, Byte>;
}

export function isOfPacket({ source }: Equality): boolean {
  return source.kind === 'packet' && source.size <= 4;
}

/** One window for each load that is needed. */
export function merged(equalities: readonly Equality[]): Window[] {
  const rows: Row[] = [];
  for (const equality of equalities) {
    if (equality.source.kind === 'packet') addTo(rows, equality.source, equality);
  }
  return rows.flatMap(windowsOf);
}

/** The load as it is, its own window. */
export function alone(equality: Equality): Window | undefined {
  const { source } = equality;
  if (source.kind !== 'packet' || source.size > 4) return undefined;
  const bytes = new Map(bytesOf(source, equality));
  return windowAt({ index: source.index, bytes }, source.offset, source.size as Window['size']);
}

function addTo(rows: Row[], source: ValueOf<'packet'>, equality: Equality): void {
  const bytes = bytesOf(source, equality);
  let row = rows.find(
    ({ index, bytes: known }) => index === source.index && bytes.every(([at, one]) => agrees(known.get(at), one)),
  );
  if (row === undefined) {
    row = { index: source.index, bytes: new Map() };
    rows.push(row);
  }
  for (const [at, { mask, wanted }] of bytes) {
    const known = row.bytes.get(at);
    row.bytes.set(at, { mask: mask | (known?.mask ?? 0), wanted: wanted | (known?.wanted ?? 0) });
  }
}

/** Two comparisons of one byte that can't both hold stay apart. */
function agrees(known: Byte | undefined, { mask, wanted }: Byte): boolean {
  return known === undefined || ((known.wanted ^ wanted) & known.mask & mask) === 0;
}

function bytesOf({ size, offset }: ValueOf<'packet'>, { mask, wanted }: Equality): [number, Byte][] {
  if ((wanted & ~wholeMask(size)) !== 0) throw new Error(`a load of ${size} bytes is compared with ${wanted >>> 0}`);
  const bytes: [number, Byte][] = [];
  for (let i = 0; i < size; i++) {
    const shift = 8 * (size - 1 - i);
    const byte = { mask: (mask >>> shift) & 0xff, wanted: (wanted >>> shift) & 0xff };
    if (byte.mask !== 0) bytes.push([offset + i, byte]);
  }
  return bytes;
}

function windowsOf(row: Row): Window[] {
  const offsets = [...row.bytes.keys()].sort((a, b) => a - b);
  const windows: Window[] = [];
  for (let i = 0; i < offsets.length; ) {
    const first = offsets[i]!;
    let next = i + 1;
    while (next < offsets.length && offsets[next]! < first + 4) next++;
    const span = offsets[next - 1]! - first + 1;
    windows.push(windowAt(row, first, span === 1 ? 1 : span === 2 ? 2 : 4));
    i = next;
  }
  return windows;
}

function windowAt({ index, bytes }: Row, offset: number, size: Window['size']): Window {
  let [mask, wanted] = [0, 0];
  for (let i = 0; i < size; i++) {
    const byte = bytes.get(offset + i);
    mask |= (byte?.mask ?? 0) << (8 * i);
    wanted |= (byte?.wanted ?? 0) << (8 * i);
  }
  return { index, offset, size, mask: mask >>> 0, wanted: wanted >>> 0 };
}

/** The mask of a number of so many bytes that keeps all of it. */
export function wholeMask(size: number): number {
  return size >= 4 ? 0xffff_ffff : 2 ** (8 * size) - 1;
}

/** A number as the load that it comes from has it in little-endian order. */
export function swapped(number: number, source: Value): number {
  const size = source.kind === 'packet' ? source.size : 1;
  let result = 0;
  for (let i = 0; i < size; i++) result |= ((number >>> (8 * i)) & 0xff) << (8 * (size - 1 - i));
  return result >>> 0;
}
