// What the verifier knows, for people (`a number from 0 to 255`) and for programs (JSON; 64-bit numbers as text).

import type { Known, KnownAddress, KnownNumber, Range } from '../verify/known.js';
import type { KnownState } from '../verify/ranges.js';
import type { KnownRegister } from '../verify/refusal.js';

const whole = (1n << 64n) - 1n;

export function registerText({ register, known }: KnownRegister): string {
  return `r${register}: ${known === undefined ? 'nothing was written to it' : knownText(known)}`;
}

/** What a register may hold over all paths. */
export function knownTexts(values: readonly Known[]): string {
  return values.map(knownText).join(', or ');
}

function knownText(known: Known): string {
  return known.kind === 'number' ? numberText(known) : addressText(known);
}

function numberText({ unsigned, signed, unsigned32, bits }: KnownNumber): string {
  if (unsigned.min === unsigned.max) return `the number ${signed.min}`;
  const isSigned = signed.min < 0n && unsigned.min === 0n;
  const range = isSigned || width(signed) < width(unsigned) ? signed : unsigned;
  const isAny = width(range) >= whole - 1n;
  const low = width(unsigned32) < width(range) && width(unsigned32) < 0xffff_ffffn;
  const parts = [
    isAny ? 'any number' : `a number from ${range.min} to ${range.max}`,
    ...(low ? [`its low half from ${unsigned32.min} to ${unsigned32.max}`] : []),
    ...(bits.mask !== fullMask(unsigned.max)
      ? [`bits 0x${bits.value.toString(16)} set and 0x${bits.mask.toString(16)} open`]
      : []),
  ];
  return parts.join(', ');
}

function width({ min, max }: Range): bigint {
  return max - min;
}

/** All the bits that a number up to this one may have. */
function fullMask(max: bigint): bigint {
  return (1n << BigInt(max.toString(2).length)) - 1n;
}

const places = {
  context: 'the context',
  map: 'a map',
  'map-key': 'a key of a map',
  'map-value': 'a value of a map',
  stack: 'the stack',
  packet: 'the packet',
  'packet-meta': 'what stands before the packet',
  'packet-end': 'the end of the packet',
  'flow-keys': 'the flow keys',
  'trace-buffer': "what a tracepoint's programs may write",
  socket: 'a socket',
  'sock-common': 'the common part of a socket',
  'tcp-sock': 'a TCP socket',
  'xdp-sock': 'an XDP socket',
  memory: 'memory',
  'kernel-sock': "a socket of the kernel's own",
  dynptr: 'half of a dynptr',
  function: 'a function',
  typed: 'a structure of the kernel',
} as const satisfies Record<KnownAddress['kind'], string>;

function addressText({ kind, nullable, offset, size, frame }: KnownAddress): string {
  const behind = kind === 'memory' ? ` of ${size} bytes` : '';
  const caller = frame !== undefined && frame > 0 ? `, ${frame} ${frame === 1 ? 'call' : 'calls'} up` : '';
  const there = kind === 'packet' ? `, ${size} bytes proved to be there` : '';
  return `${nullable ? '0, or ' : ''}an address in ${places[kind]}${behind}${caller}, ${offsetText(offset)}${there}`;
}

function offsetText({ min, max }: Range): string {
  return min === max ? `offset ${min}` : `offset ${min} to ${max}`;
}

// ---- JSON ----------------------------------------------------------------------------------------------------------------

export function knownValue(known: Known): Readonly<Record<string, unknown>> {
  if (known.kind !== 'number')
    return { ...known, offset: rangeValue(known.offset), map: known.map && mapValue(known.map) };
  const { kind, unsigned, signed, unsigned32, signed32, bits } = known;
  const ranges = { unsigned, signed, unsigned32, signed32 };
  const all = Object.entries(ranges).map(([name, range]) => [name, rangeValue(range)]);
  return { kind, ...Object.fromEntries(all), bits: { value: `${bits.value}`, mask: `${bits.mask}` } };
}

function rangeValue({ min, max }: Range): readonly [string, string] {
  return [`${min}`, `${max}`];
}

function mapValue({ type, keySize, valueSize, maxEntries }: NonNullable<KnownAddress['map']>): Record<string, unknown> {
  return { type, key_size: keySize, value_size: valueSize, max_entries: maxEntries };
}

/** Null where no path leads. */
export function stateValue(state: KnownState | undefined): unknown {
  if (state === undefined) return null;
  const registers = state.registers.flatMap((values, register) =>
    values.length === 0 ? [] : [[`r${register}`, values.map(knownValue)]],
  );
  const stack = state.stack.map(({ offset, size, values }) => ({ offset, size, values: values.map(knownValue) }));
  return { registers: Object.fromEntries(registers), stack };
}
