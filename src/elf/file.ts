// The sections of an ELF file (System V ABI, chapters 4 and 5), of a relocatable object for BPF.
//
//   file header, 64 bytes   16: type   18: machine   40: where the sections are   58: bytes of each   60: how many   62: of names
//   section header, 64      0: name   4: type   8: flags   24: offset   32: size   40: link   44: info   56: bytes an entry

import { BpfError } from '../base/error.js';
import { type ByteOrder, Part } from './part.js';

export interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** How many bytes it has when it is loaded. */
  readonly size: number;
  /** Its bytes in the file; none of a section of zeros. */
  readonly content: Part;
  /** The section that its entries refer to. */
  readonly link: number;
  /** The section that it is about. */
  readonly info: number;
}

export interface ElfFile {
  readonly order: ByteOrder;
  readonly sections: readonly Section[];
}

export const sectionTypes = { none: 0, progbits: 1, symtab: 2, rela: 4, nobits: 8, rel: 9 } as const;
export const executable = 0x4;

const magic = [0x7f, 0x45, 0x4c, 0x46];
const [relocatable, bpfMachine] = [1, 247];
const [fileHeaderBytes, sectionHeaderBytes] = [64, 64];
/** In the place of an index: it stands in the first section. */
const indexElsewhere = 0xffff;

/** Machines that an object is compiled for by mistake. */
const machines: Readonly<Record<number, string>> = { 3: 'x86', 40: 'arm', 62: 'x86-64', 183: 'arm64', 243: 'RISC-V' };

export function isElf(bytes: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** @throws BpfError 'encoding' when the bytes are no object file, 'unsupported' when it is one of another kind */
export function readFile(bytes: Uint8Array): ElfFile {
  const file = new Part('the file', bytes, orderOf(bytes));
  file.part(0, fileHeaderBytes, 'the file header');
  const [type, machine] = [file.u16(16), file.u16(18)];
  if (machine !== bpfMachine) throw otherMachine(machine);
  if (type !== relocatable) {
    throw new BpfError(
      'unsupported',
      `the file is of type ${type}, expected ${relocatable}: an object that isn't linked`,
    );
  }
  return { order: file.order, sections: readSections(file) };
}

function orderOf(bytes: Uint8Array): ByteOrder {
  if (!isElf(bytes)) throw new BpfError('encoding', 'expected an ELF file, which begins with 7f 45 4c 46');
  const [bits, order, version] = bytes.subarray(4, 7);
  if (bits !== 2) throw new BpfError('unsupported', `the file is of ELF class ${bits}, expected 2: of 64 bits`);
  if (order !== 1 && order !== 2)
    throw new BpfError('encoding', `expected 1 or 2 as byte order of the file, found ${order}`);
  if (version !== 1) throw new BpfError('unsupported', `the file is of ELF version ${version}, expected 1`);
  return order === 1 ? 'little' : 'big';
}

function otherMachine(machine: number): BpfError {
  const name = machines[machine] === undefined ? '' : ` (${machines[machine]})`;
  return new BpfError(
    'unsupported',
    `the file is for machine ${machine}${name}, expected ${bpfMachine}: clang -target bpf`,
  );
}

interface Header {
  readonly at: number;
  readonly nameAt: number;
}

function readSections(file: Part): Section[] {
  const at = file.u64(40);
  if (at === 0) return [];
  const entryBytes = file.u16(58);
  if (entryBytes !== sectionHeaderBytes) {
    throw new BpfError('encoding', `expected section headers of ${sectionHeaderBytes} bytes, found ${entryBytes}`);
  }
  file.part(at, sectionHeaderBytes, 'the first section header');
  const count = file.u16(60) || file.u64(at + 32);
  const table = file.part(at, count * sectionHeaderBytes, `the table of ${count} section headers`);
  const headers = Array.from({ length: count }, (_, index) => headerAt(table, index));
  const namesIndex = file.u16(62) === indexElsewhere ? table.u32(40) : file.u16(62);
  const namesHeader = headers[namesIndex];
  if (namesHeader === undefined) {
    throw new BpfError('encoding', `the names of sections are in section ${namesIndex} of ${count}`);
  }
  const names = contentOf(file, table, namesHeader, 'the section of names');
  const sections = headers.map((header, index) => section(file, table, header, index, names));
  checkOverlaps(sections);
  return sections;
}

/** What is made of sections is then no more than a multiple of the file. */
function checkOverlaps(sections: readonly Section[]): void {
  const inOrder = sections.filter(({ content }) => content.size > 0).sort((a, b) => start(a) - start(b));
  for (const [index, section] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before === undefined || start(before) + before.content.size <= start(section)) continue;
    throw new BpfError(
      'encoding',
      `sections '${before.name}' and '${section.name}' overlap at byte ${start(section)} of the file`,
    );
  }
}

/** All contents are views of one file. */
function start({ content }: Section): number {
  return content.bytes.byteOffset;
}

function headerAt(table: Part, index: number): Header {
  const at = index * sectionHeaderBytes;
  return { at, nameAt: table.u32(at) };
}

function section(file: Part, table: Part, header: Header, index: number, names: Part): Section {
  const { at, nameAt } = header;
  const name = index === 0 ? '' : names.text(nameAt, `the name of section ${index}`);
  return {
    index,
    name,
    type: table.u32(at + 4),
    flags: table.u64(at + 8),
    size: index === 0 ? 0 : table.u64(at + 32),
    content: contentOf(file, table, header, `section '${name}'`),
    link: table.u32(at + 40),
    info: table.u32(at + 44),
  };
}

function contentOf(file: Part, table: Part, { at }: Header, name: string): Part {
  const type = table.u32(at + 4);
  const isEmpty = type === sectionTypes.nobits || type === sectionTypes.none;
  return isEmpty
    ? new Part(name, new Uint8Array(0), file.order)
    : file.part(table.u64(at + 24), table.u64(at + 32), name);
}
