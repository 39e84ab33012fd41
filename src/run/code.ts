// A program made ready for the oracle: its structure checked, its references resolved.

import { BpfError } from '../base/error.js';
import { type InsnOf, type LoweredInsn, type Register, wideValue } from '../ebpf/insn.js';
import type { MapSpec } from '../ebpf/map.js';
import { checkStructure } from '../ebpf/structure.js';
import type { Environment } from '../env/environment.js';
import type { Shape } from '../optimize/optimize.js';
import type { Table } from '../optimize/table.js';
import type { Executable } from './engine.js';
import { isBuilt } from './helpers/table.js';
import { type GivenMaps, MapTable } from './map/table.js';
import { uninitialisedReads } from './uninitialised.js';

/** What an engine is given: a program, or a lowered one, whose lookups refer to tables. */
export interface Runnable {
  readonly insns: readonly LoweredInsn[];
  readonly maps: readonly MapSpec[];
  readonly tables?: readonly Table[];
  readonly shape?: Shape;
}

export interface Code {
  readonly insns: readonly LoweredInsn[];
  /** Undefined where the program isn't a lowered one. */
  readonly tables: readonly Table[] | undefined;
  /** Of a lowered program: what it was made for. */
  readonly shape: Shape | undefined;
  readonly environment: Environment;
  readonly maps: MapTable;
}

/** What a run whose accesses are checked is given. */
export interface CheckedCode extends Code {
  /** One byte a slot: 1 where a register is read that nothing can have written. */
  readonly uninitialised: Uint8Array;
}

/** A program that the oracle runs, and that its tail calls can go on with. */
export interface Interpreted extends Executable {
  readonly code: CheckedCode;
}

export function isInterpreted(program: Executable): program is Interpreted {
  return program.engine === 'interpreter' && 'code' in program;
}

/**
 * @param maps what the program's map references are indices into
 * @throws BpfError 'encoding' when the instructions make no program, 'range' when a map reference leads nowhere,
 * 'unsupported' when the program names what isn't built
 */
export function prepare(program: Runnable, environment: Environment, maps: GivenMaps): Code {
  const { tables, shape } = program;
  const insns = [...program.insns]; // V8 can't look into a frozen list as fast
  checkStructure(insns);
  for (let pc = 0; pc < insns.length; pc++) checkReferences(insns[pc]!, pc, environment, maps);
  return { insns, tables, shape, environment, maps: new MapTable(maps) };
}

/** The reads of a prepared program that can't be right, a byte a slot. */
export function uninitialisedOf({ insns, environment }: Code): Uint8Array {
  return uninitialisedReads(
    insns,
    environment.arguments.map((_, index) => (index + 1) as Register),
  );
}

function checkReferences(insn: LoweredInsn, pc: number, environment: Environment, maps: GivenMaps): void {
  if (insn.kind === 'wide') checkWide(insn, pc, maps);
  if (insn.kind !== 'call-helper' || isBuilt(insn.helper)) return;
  const helper = environment.helpers.get(insn.helper);
  if (helper !== undefined && helper.call === undefined) {
    throw new BpfError('unsupported', `the helper ${helper.name} is not built yet`, { pc });
  }
}

function checkWide({ from, low }: InsnOf<'wide'>, pc: number, maps: GivenMaps): void {
  switch (from) {
    case 'imm':
      return;
    case 'map-index':
    case 'map-index-value':
      if (maps[low] !== undefined) return;
      throw new BpfError('range', `the program refers to map ${low}, and ${given(maps, low)}`, { pc });
    case 'code':
      throw new BpfError('unsupported', 'helpers that call functions of the program back are not built yet', { pc });
    case 'map-fd':
    case 'map-value':
    case 'variable':
      throw new BpfError('unsupported', `a wide load of kind ${from} can't be run here`, { pc });
  }
}

function given({ length }: GivenMaps, index: number): string {
  return index < length ? 'there is none in that place' : `${length} ${length === 1 ? 'is' : 'are'} given`;
}

/** The 64 bits that a wide load puts into its register. */
export function wideLoad(insn: InsnOf<'wide'>, maps: MapTable): bigint {
  switch (insn.from) {
    case 'map-index':
      return maps.reference(insn.low);
    case 'map-index-value':
      return maps.valueAddress(insn.low, insn.high >>> 0);
    case 'imm':
    case 'map-fd':
    case 'map-value':
    case 'variable':
    case 'code':
      return wideValue(insn);
  }
}
