// Bytes as lower-case hexadecimal text without separators, and back.

import { BpfError } from './error.js';

const digits = /^(?:[0-9a-f]{2})*$/i;

/** @returns two digits a byte, in lower case */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** @throws BpfError 'encoding' when the text has an odd number of digits or anything but digits */
export function fromHex(text: string): Uint8Array {
  if (!digits.test(text)) throw new BpfError('encoding', 'expected bytes as pairs of hexadecimal digits');
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
