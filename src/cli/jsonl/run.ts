// run: a program on a list of inputs, on one engine.

import { BpfError } from '../../base/error.js';
import { toHex } from '../../base/hex.js';
import { Program } from '../../ebpf/program.js';
import { environment } from '../../env/lookup.js';
import { seccompSize } from '../../env/seccomp.js';
import { engineNames } from '../../run/engine.js';
import type { Filter } from '../../run/filter.js';
import { BpfMap } from '../../run/map/map.js';
import { type AnyMap, createMap } from '../../run/map/table.js';
import { classicIndices } from '../../translate/translate.js';
import { maps } from './maps.js';
import { operation } from './operation.js';
import { prepared, preparedClassic } from './prepare.js';
import { either, list, record, type Shaped, text, truth, whole, word } from './shape.js';
import { bytes, classic, u32 } from './values.js';

const input = either(
  (value) => typeof value === 'string',
  (value, field) => ({ data: bytes(value, field), length: undefined }),
  record({ data: bytes }, { length: u32 }),
);

const shape = record(
  { engine: word(engineNames), inputs: list(input) },
  {
    ...{ classic, program: bytes, environment: text, attach: text, size: u32, license: text, flags: u32, maps },
    ...{ optimize: truth, unverified: truth, budget: whole(1, Number.MAX_SAFE_INTEGER) },
  },
);

type Request = Shaped<typeof shape>;
type Input = Shaped<typeof input>;

export const run = operation(shape, (request) => {
  const maps = request.maps?.map((spec) => createMap(spec));
  const make = maker(request, maps);
  const indices = classicPositions(request);
  const filters = new Map<number | undefined, Filter>();
  try {
    const results = request.inputs.map((input) => {
      const size = knownSize(request, input);
      const filter = filters.get(size) ?? make(size);
      filters.set(size, filter);
      return runOnce(filter, input, indices);
    });
    return { engine: request.engine, results, maps: maps?.map(contents) };
  } finally {
    for (const filter of filters.values()) filter.close();
  }
});

/** Makes the filter for inputs of a known size. */
function maker(request: Request, maps: readonly AnyMap[] | undefined): (size: number | undefined) => Filter {
  const { classic, program: wire, attach, engine, optimize, unverified = false, budget, license, flags } = request;
  const how = { engine, optimize, unverified, budget, maps, license, flags };
  const name = nameOf(request);
  if ((classic === undefined) === (wire === undefined)) {
    throw new BpfError('usage', "expected one of the fields 'classic' and 'program'");
  }
  if (classic !== undefined) return () => preparedClassic(classic, environment(name), how);
  const program = Program.decode(wire!, { maps: request.maps });
  return (size) => prepared(program, environment(name, { attach, size }), how);
}

function nameOf({ classic, environment }: Request): string {
  if (environment !== undefined) return environment;
  if (classic !== undefined) return 'packet';
  throw new BpfError('usage', "missing field 'environment'");
}

/** Environments whose programs are verified with the size of the input, where none is given. */
const sizedByInput = ['memory', 'event'];

/** The `size` that a program is verified with: where none is given and the environment has one, that of the input. */
function knownSize(request: Request, { data, length }: Input): number | undefined {
  const { size } = request;
  const name = nameOf(request);
  if (length !== undefined && (name === 'event' || !environment(name, { attach: request.attach }).packetLoads)) {
    throw new BpfError('usage', `a length on the wire means nothing in the environment '${name}'`);
  }
  if (name === 'seccomp' && data.length !== seccompSize) {
    throw new BpfError('usage', `expected ${seccompSize} bytes of seccomp_data, got ${data.length}`);
  }
  if (size === undefined) return sizedByInput.includes(name) ? data.length : undefined;
  if (data.length >= size) return size;
  throw new BpfError('usage', `expected an input of at least ${size} bytes, got ${data.length}`);
}

/** By slots of its translation, the instructions of a classic program: a trap is told of the program as it was given. */
function classicPositions({ classic, engine, environment }: Request): readonly (number | undefined)[] | undefined {
  if (classic === undefined || engine === 'classic' || engine === 'javascript') return undefined;
  return classicIndices(classic, environment === 'seccomp' ? 'seccomp' : 'packet');
}

function runOnce(filter: Filter, { data, length }: Input, indices?: readonly (number | undefined)[]): object {
  const before = data.slice();
  const outcome = filter.execute(data, length);
  const trap = outcome.trap && { ...outcome.trap, pc: indices?.[outcome.trap.pc] ?? outcome.trap.pc };
  const changed = Buffer.compare(before, data) !== 0;
  return { result: `0x${outcome.result.toString(16)}`, trap, data: changed ? toHex(data) : undefined };
}

/** The entries of a map after the last input, sorted by key; a map of programs shows none. */
function contents(map: AnyMap): string[][] {
  if (!(map instanceof BpfMap)) return [];
  return [...map].map((entry) => entry.map(toHex)).sort(([a], [b]) => (a! < b! ? -1 : 1));
}
