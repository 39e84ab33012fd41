// Object files for BPF, as clang and gcc write them: the programs and the maps that they define (docs/object-files.md).

import { expectBytes, expectObject } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import type { DecodeOptions } from '../ebpf/decode.js';
import type { Program } from '../ebpf/program.js';
import { Btf } from './btf.js';
import { readOpen } from './core.js';
import { completer } from './core-patch.js';
import { Externs } from './externs.js';
import { type ElfFile, readFile } from './file.js';
import { Functions, type ObjectFunction } from './functions.js';
import { Lines } from './lines.js';
import { type Absent, type Linked, type LinkedFunction, type LinkParts, link, Room } from './link.js';
import type { ObjectMap } from './map.js';
import { MapPlaces, readMaps } from './maps.js';
import type { Part } from './part.js';
import { kindOf } from './section-names.js';
import { Relocations, readSymbols } from './symbols.js';

export interface ReadElfOptions extends DecodeOptions {
  /**
   * `little`, the default: programs for big-endian machines are refused, since engines have memory as a little-endian machine
   * has it. `any` reads them too: to look at, not to run.
   */
  readonly byteOrder?: 'little' | 'any' | undefined;
  /**
   * The types of the kernel that the programs are for, in BTF as `/sys/kernel/btf/vmlinux` has them. Without them, programs that
   * depend on them (CO-RE) are not whole.
   */
  readonly kernelTypes?: Uint8Array | undefined;
}

/** What an object file defines. */
export interface ObjectFile {
  /** That of the machines that it was compiled for. */
  readonly byteOrder: 'little' | 'big';
  /** The text of its section `license`; empty where it has none. */
  readonly license: string;
  /** In the order of the file. */
  readonly programs: readonly ObjectProgram[];
  /** Those of its programs: what their map references are indices into. */
  readonly maps: readonly ObjectMap[];
}

/**
 * A program of an object file, with what the object says of it. It can be given as options to `environment` and to `verify`:
 * `verify(each.program, environment(each.type, each), each)`.
 */
export class ObjectProgram {
  /** That of its function. */
  readonly name: string;
  readonly section: string;
  /** The name of its environment, a program type of Linux's; undefined where the section's name tells none. */
  readonly type: string | undefined;
  /** Where it is to be attached, as `environment` takes it; undefined where its section doesn't say. */
  readonly attach: string | undefined;
  /** What it is about, as its section says: of `tracepoint/sched/sched_switch`, what stands behind the first slash. */
  readonly target: string | undefined;
  /** Linux's `BPF_F_*` flags of programs: whether it may sleep, whether it takes packets in fragments. */
  readonly flags: number;
  readonly license: string;
  /** Whether the object has type information of its functions. */
  readonly functionTypes: boolean;
  /** The program's functions with their first slots: its own, and behind it those that it calls. */
  readonly functions: readonly LinkedFunction[];
  /** What only the running kernel could complete, each with the reason and its place: the first 100; empty where the program is whole. */
  readonly unresolved: readonly BpfError[];
  /** What the kernel, by its types, doesn't have: no path may lead to these instructions. */
  readonly absent: readonly Absent[];
  /** The program, to look at: where something is unresolved, its instructions are as the compiler left them. */
  readonly listing: Program;

  constructor({ name, section }: ObjectFunction, { license, functionTypes }: Common, linked: Linked) {
    const { type, attach, target, flags = 0 } = kindOf(section.name) ?? {};
    this.name = name;
    this.section = section.name;
    this.type = type;
    this.attach = attach;
    this.target = target;
    this.flags = flags;
    this.license = license;
    this.functionTypes = functionTypes;
    this.functions = linked.functions;
    this.unresolved = linked.unresolved;
    this.absent = linked.absent;
    this.listing = linked.program;
    Object.freeze(this);
  }

  /** @throws BpfError 'unsupported', the first of `unresolved`, when the program isn't whole */
  get program(): Program {
    const [first] = this.unresolved;
    if (first !== undefined) throw first;
    return this.listing;
  }
}

interface Common {
  readonly license: string;
  readonly functionTypes: boolean;
}

/**
 * Reads an object file for BPF: ELF of 64 bits, not linked, as `clang -target bpf -c` writes it.
 * @throws BpfError 'encoding' when it is damaged, 'unsupported' when it is of another kind, 'limit' when its programs have more
 * than 1,000,000 instructions in all
 */
export function readElf(bytes: Uint8Array, options: ReadElfOptions = {}): ObjectFile {
  expectBytes(bytes, 'an object file');
  expectObject(options, 'options');
  if (options.kernelTypes !== undefined) expectBytes(options.kernelTypes, "the kernel's types");
  const file = readFile(bytes);
  if (file.order === 'big' && options.byteOrder !== 'any') {
    throw new BpfError(
      'unsupported',
      'the object is for big-endian machines, and programs run here as on a little-endian one: compile it with -target bpfel',
    );
  }
  const license = licenseOf(file);
  const symbols = readSymbols(file);
  const relocations = new Relocations(file, symbols);
  const types = partOf(file, relocations, '.BTF');
  const btf = types && new Btf(types);
  const extra = partOf(file, relocations, '.BTF.ext');
  const parts = { file, symbols, relocations, btf };
  const placed = readMaps(parts);
  const functions = new Functions(parts, options);
  const linkParts: LinkParts = {
    sections: file.sections,
    functions,
    relocations,
    maps: new MapPlaces(placed),
    externs: new Externs(btf),
    lines: new Lines(btf, extra),
    open: openOf(btf, extra),
    complete: completer(btf, options.kernelTypes),
  };
  const maps = placed.map(({ map }) => map);
  const common = { license, functionTypes: extra !== undefined };
  const room = new Room();
  const programs = functions.programs.map((main) => new ObjectProgram(main, common, link(linkParts, main, maps, room)));
  return { byteOrder: file.order, license, programs, maps };
}

function partOf(file: ElfFile, relocations: Relocations, name: string): Part | undefined {
  const section = file.sections.find((each) => each.name === name);
  return section && relocations.applied(section);
}

function licenseOf({ sections }: ElfFile): string {
  const content = sections.find(({ name, size }) => name === 'license' && size > 0)?.content;
  return content === undefined ? '' : content.line(0, 'the licence');
}

function openOf(btf: Btf | undefined, extra: Part | undefined): LinkParts['open'] {
  if (btf === undefined || extra === undefined) return new Map();
  return new Map(
    [...readOpen(btf, extra)].map(([section, list]) => [section, new Map(list.map((open) => [open.offset, open]))]),
  );
}
