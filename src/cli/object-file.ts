// Object files on the command line: which of their programs is meant, and how one is listed.

import { type Command, Option } from 'commander';
import { BpfError } from '../base/error.js';
import { toHex } from '../base/hex.js';
import { nearest } from '../base/nearest.js';
import { type Notation, printInsn } from '../ebpf/print.js';
import { mapIndex } from '../ebpf/structure.js';
import type { ObjectMap } from '../elf/map.js';
import { type ObjectFile, type ObjectProgram, type ReadElfOptions, readElf } from '../elf/read.js';
import { knownSections } from '../elf/section-names.js';
import type { Environment } from '../env/environment.js';
import { environment } from '../env/lookup.js';
import { mistake } from './arguments.js';
import { readFile } from './program-text.js';

export interface ObjectOptions {
  readonly program?: string;
  readonly kernelTypes?: string;
}

/** Gives a command the options that are about object files. @param others what it takes where no program is named */
export function objectOptions(command: Command, others = 'default all'): void {
  command.addOption(new Option('--program <name>', `of an object file: this function, or this section; ${others}`));
  command.option(
    '--kernel-types <file>',
    'for object files that depend on them: /sys/kernel/btf/vmlinux, or a copy of it',
  );
}

/** @throws BpfError 'usage' when there is no object file that the options could be about */
export function expectNoObjectOptions({ program, kernelTypes }: ObjectOptions): void {
  const given = program !== undefined ? '--program' : kernelTypes !== undefined ? '--kernel-types' : undefined;
  if (given !== undefined) throw mistake(`${given} is for object files`, process.argv.slice(2), given);
}

/** @throws BpfError as `readElf`, and 'io' when there are no such types */
export function readObject(
  bytes: Uint8Array,
  { kernelTypes }: ObjectOptions,
  options: ReadElfOptions = {},
): ObjectFile {
  return readElf(bytes, { ...options, kernelTypes: kernelTypes === undefined ? undefined : readFile(kernelTypes) });
}

/** @throws BpfError 'name' when the object has no such program, or none at all */
export function chosenPrograms({ programs }: ObjectFile, name: string | undefined): readonly ObjectProgram[] {
  if (programs.length === 0) throw new BpfError('name', 'the object file has no program in it');
  if (name === undefined) return programs;
  const found = programs.filter((each) => each.name === name);
  const inSection = found.length > 0 ? found : programs.filter(({ section }) => section === name);
  if (inSection.length > 0) return inSection;
  const names = programs.map((each) => each.name);
  throw new BpfError('name', `there is no program '${name}' in the object file, only ${names.join(', ')}`, {
    suggestion: nearest(name, [...names, ...programs.map(({ section }) => section)]),
  });
}

/** What a program is run in, as its section says or an option. @throws BpfError 'name' when neither does */
export function environmentOf(
  program: ObjectProgram,
  options: {
    readonly environment?: string | undefined;
    readonly attach?: string | undefined;
    readonly size?: number | undefined;
  },
): Environment {
  const { size, environment: world = program.type } = options;
  // Where it is to be attached goes with the type that its section tells.
  const attach = options.attach ?? (options.environment === undefined ? program.attach : undefined);
  if (world !== undefined) return environment(world, { attach, size });
  const message = `the section of ${titleOf(program)} names no type of programs; say with --environment what it may see and call`;
  throw new BpfError('name', message, { suggestion: sectionLike(program.section) });
}

/** The section that may have been meant: as in `tc_ingress`, `xdp_prog` and `xpd`. */
function sectionLike(name: string): string | undefined {
  const slashed = name.replaceAll('_', '/');
  if (knownSections.includes(slashed)) return slashed;
  const [longest] = knownSections.filter((known) => name.startsWith(known)).sort((a, b) => b.length - a.length);
  return longest ?? nearest(name, knownSections);
}

/** What a line that is about one of several programs begins with. */
export function titleOf({ name, section }: ObjectProgram): string {
  return `${name} (${section})`;
}

/** The programs in a notation, each with its functions, its maps and the lines that it came from as comments. */
export function objectText(object: ObjectFile, programs: readonly ObjectProgram[], form: Notation | 'hex'): string {
  if (form === 'hex') return programs.map((each) => hexText(each, programs.length > 1)).join('\n');
  return programs.map((each) => listing(object, each, form)).join('\n\n');
}

function hexText(program: ObjectProgram, titled: boolean): string {
  const hex = toHex(program.program.encode());
  return titled ? `# ${titleOf(program)}\n${hex}` : hex;
}

function listing({ maps }: ObjectFile, program: ObjectProgram, notation: Notation): string {
  const { insns } = program.listing;
  const used = new Set(insns.map(mapIndex));
  const lines = [`# program ${titleOf(program)}`];
  for (const [index, map] of maps.entries()) if (used.has(index)) lines.push(`# map ${index}: ${mapText(map)}`);
  const notes = notesOf(program);
  insns.forEach((insn, pc) => {
    lines.push(...(notes.get(pc) ?? []));
    if (insn.kind !== 'wide-end') lines.push(printInsn(insn, notation));
  });
  return lines.join('\n');
}

function mapText({ name, type, keySize, valueSize, maxEntries, flags = 0 }: ObjectMap): string {
  const shape = `${name}, ${type}, keys of ${keySize} bytes, values of ${valueSize}, entries: ${maxEntries}`;
  return flags === 0 ? shape : `${shape}, flags 0x${flags.toString(16)}`;
}

/** The comments before instructions, by slot. */
function notesOf({ functions, unresolved, absent, listing }: ObjectProgram): ReadonlyMap<number, readonly string[]> {
  const notes = new Map<number, string[]>();
  const note = (pc: number, text: string) => notes.set(pc, [...(notes.get(pc) ?? []), `# ${oneLine(text)}`]);
  if (functions.length > 1) for (const { name, start } of functions) note(start, `function ${name}`);
  let line = '';
  for (const [pc, span] of (listing.origin?.spans ?? []).entries()) {
    if (span === undefined || !('source' in span) || span.line === undefined) continue;
    const next = `${span.name}:${span.line}: ${span.source.trim()}`;
    if (next !== line) note(pc, next);
    line = next;
  }
  for (const { pc, message } of unresolved) if (pc !== undefined) note(pc, `unresolved: ${message}`);
  for (const { pc, what } of absent) note(pc, `not in the kernel: ${what}`);
  return notes;
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** The programs as JSON has them. */
export function objectValue(object: ObjectFile, programs: readonly ObjectProgram[], form: Notation | 'hex'): unknown {
  return {
    license: object.license,
    maps: object.maps.map(mapValue),
    programs: programs.map((each) => ({
      ...{ name: each.name, section: each.section, type: each.type, attach: each.attach, flags: each.flags },
      text: form === 'hex' ? toHex(each.listing.encode()) : each.listing.toString(form),
      program: toHex(each.listing.encode()),
      functions: each.functions,
      unresolved: each.unresolved.map(({ pc, message }) => ({ pc, message })),
      absent: each.absent,
    })),
  };
}

/** As the batch protocol spells them, with their names. */
function mapValue({ name, type, keySize, valueSize, maxEntries, flags = 0, entries = [] }: ObjectMap): unknown {
  const sizes = { key_size: keySize, value_size: valueSize, max_entries: maxEntries, flags };
  return { name, type, ...sizes, entries: entries.map(({ key, value }) => [toHex(key), toHex(value)]) };
}
