// Accesses of the context: each must lie inside one field of the environment's, in a size that the field allows.

import * as arithmetic from '../abstract/arithmetic.js';
import * as scalar from '../abstract/scalar.js';
import type { AccessSize, Field } from '../env/environment.js';
import type { Analysis } from './analysis.js';
import { refuse } from './refusal.js';
import type { Access, MemoryAccess } from './region.js';
import type { State } from './state.js';
import { number, pointer, type Value } from './value.js';

/** What a load from the context yields. */
export function loadContext(analysis: Analysis, { pc }: State, access: MemoryAccess, signed: boolean): Value {
  const field = fieldOf(analysis, access, 'read');
  analysis.contextLoads.add(pc);
  if (field.yields === 'scalar') return loadedNumber(access.size, signed);
  if (signed) refuse(`field ${field.name} of the context is an address, which a sign-extending load would spoil`);
  return loadedPointer(analysis, field);
}

export function storeContext(analysis: Analysis, access: MemoryAccess): void {
  fieldOf(analysis, access, 'write');
}

function fieldOf(analysis: Analysis, access: MemoryAccess, use: 'read' | 'write'): Field {
  const [offset, { size }] = [contextOffset(access), access];
  const field = accessedField('context', analysis.environment.fields, { offset, size, use });
  analysis.reachContext(offset + size);
  return field;
}

interface FieldUse {
  readonly offset: number;
  readonly size: AccessSize;
  readonly use: 'read' | 'write';
}

/** The field that an access lies in, if it may be used so. */
export function accessedField(owner: string, fields: readonly Field[], { offset, size, use }: FieldUse): Field {
  const field = fields.find((each) => offset >= each.offset && offset + size <= each.offset + each.size);
  const verb = use === 'read' ? 'load' : 'store';
  if (field === undefined) refuse(`a ${verb} of ${size} bytes at offset ${offset} fits no field of the ${owner}`);
  const begins = offset === field.offset || field.startOnly !== true;
  const aligned = field.unaligned === true || offset % size === 0;
  if (!aligned || !begins || !field[use].includes(size)) {
    refuse(`a ${verb} of ${size} bytes at offset ${offset} is not allowed in field ${field.name} of the ${owner}`);
  }
  return field;
}

/** The context is reached by the register that holds it and the instruction's offset: nothing may be added to it. */
function contextOffset({ name, address, off }: Access): number {
  if (address.offset < 0) refuse(`${name} points ${-address.offset} bytes before the context`);
  if (address.offset > 0)
    refuse(`${name} points ${address.offset} bytes into the context; use the offset of the access`);
  const varying = scalar.known(address.scalar);
  if (varying === undefined || varying.lo !== 0) refuse(`${name}: the context is accessed at an offset that varies`);
  return off;
}

/** A number of `size` bytes that nothing else is known of, extended to 64 bits. */
export function loadedNumber(size: AccessSize, signed: boolean): Value {
  const known = scalar.loaded(size);
  return number(signed && size !== 8 ? arithmetic.signExtend(known, size) : known);
}

function loadedPointer(analysis: Analysis, { yields }: Field): Value {
  switch (yields) {
    case 'scalar':
      return loadedNumber(8, false);
    case 'packet':
    case 'packet-meta':
    case 'packet-end':
    case 'flow-keys':
    case 'trace-buffer':
    case 'socket':
    case 'sock-common':
    case 'typed':
      return pointer(yields);
    case 'socket-or-null':
      return pointer('socket', { nullable: true, id: analysis.newId() });
    case 'sock-common-or-null':
      return pointer('sock-common', { nullable: true, id: analysis.newId() });
  }
}
