// The architectures whose system calls are known: how Linux and the policies name them, how wide their arguments are, and
// the numbers of their calls.

import { tableOrder, tableText } from './tables/syscalls.js';

export type ArchName = (typeof tableOrder)[number];

/** Every architecture that has a table of system calls here. */
export const archNames: readonly ArchName[] = tableOrder;

export interface Arch {
  readonly name: ArchName;
  /** As OCI's runtime specification and Docker's profiles spell it. */
  readonly oci: string;
  /** As Go, and so Docker's `includes` and `excludes`, spells it; undefined where it is never the machine's own. */
  readonly go: string | undefined;
  /** `AUDIT_ARCH_*` of linux/audit.h: what stands in `seccomp_data.arch`. */
  readonly audit: number;
  /** How many bits of an argument count: libseccomp compares the low 32 where registers have no more. */
  readonly bits: 32 | 64;
  /** Whether the upper half of an argument comes first in `seccomp_data`. */
  readonly bigEndian: boolean;
  /** Whether sockets and System V IPC have a second way in: `socketcall` and `ipc`, whose first argument is the operation. */
  readonly multiplexed: boolean;
  /** What is added to the numbers of the table: the bit that tells x32 from x86_64. */
  readonly base: number;
}

/** `__X32_SYSCALL_BIT`: calls of x32 have it in their number, and x86_64's own have not. */
export const x32Bit = 0x4000_0000;

function arch(
  name: ArchName,
  oci: string,
  go: string | undefined,
  audit: number,
  bits: 32 | 64,
  more: Partial<Pick<Arch, 'bigEndian' | 'multiplexed' | 'base'>> = {},
): Arch {
  const plain = { bigEndian: false, multiplexed: false, base: 0 };
  return { name, oci: `SCMP_ARCH_${oci}`, go, audit, bits, ...plain, ...more };
}

export const arches: Readonly<Record<ArchName, Arch>> = {
  x86_64: arch('x86_64', 'X86_64', 'amd64', 0xc000_003e, 64),
  i386: arch('i386', 'X86', '386', 0x4000_0003, 32, { multiplexed: true }),
  x32: arch('x32', 'X32', undefined, 0xc000_003e, 32, { base: x32Bit }),
  aarch64: arch('aarch64', 'AARCH64', 'arm64', 0xc000_00b7, 64),
  arm: arch('arm', 'ARM', 'arm', 0x4000_0028, 32),
  riscv64: arch('riscv64', 'RISCV64', 'riscv64', 0xc000_00f3, 64),
  s390x: arch('s390x', 'S390X', 's390x', 0x8000_0016, 64, { bigEndian: true, multiplexed: true }),
  ppc64le: arch('ppc64le', 'PPC64LE', 'ppc64le', 0xc000_0015, 64, { multiplexed: true }),
  loongarch64: arch('loongarch64', 'LOONGARCH64', 'loong64', 0xc000_0102, 64),
};

/** What OCI names and has no table here: calls of these get the filter's answer for a foreign architecture. */
export const foreignArches: readonly string[] = ['MIPS', 'MIPS64', 'MIPS64N32', 'MIPSEL', 'MIPSEL64', 'MIPSEL64N32']
  .concat(['PPC', 'PPC64', 'S390', 'PARISC', 'PARISC64', 'M68K', 'SH', 'SHEB', 'RISCV32'])
  .map((name) => `SCMP_ARCH_${name}`);

export function isArchName(name: string): name is ArchName {
  return Object.hasOwn(arches, name);
}

/** The architecture that a policy names, as OCI or as Linux spells it. */
export function archOf(name: string): Arch | undefined {
  return isArchName(name) ? arches[name] : Object.values(arches).find(({ oci }) => oci === name);
}

/** The numbers of an architecture's calls by their names, as they stand in `seccomp_data.nr`. */
export function syscallsOf({ name }: Arch): ReadonlyMap<string, number> {
  return tables().get(name)!.numbers;
}

/** The name of a call, or undefined where the architecture has none of this number. */
export function syscallName({ name }: Arch, nr: number): string | undefined {
  return tables().get(name)!.names.get(nr);
}

/** Every name that some architecture has. */
export function knownSyscalls(): ReadonlySet<string> {
  allNames ??= new Set([...tables().values()].flatMap(({ names }) => [...names.values()]));
  return allNames;
}

interface Table {
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

let read: ReadonlyMap<ArchName, Table> | undefined;
let allNames: ReadonlySet<string> | undefined;

function tables(): ReadonlyMap<ArchName, Table> {
  read ??= readTables();
  return read;
}

function readTables(): ReadonlyMap<ArchName, Table> {
  const rows = tableText
    .trim()
    .split(/;|\n/)
    .map((entry) => entry.trim().split(' '));
  return new Map(
    archNames.map((name, column) => {
      const { base } = arches[name];
      const numbers = new Map<string, number>();
      for (const [call, ...cells] of rows) {
        const cell = cells[column] ?? cells.at(-1);
        if (call !== undefined && cell !== undefined && cell !== '-') numbers.set(call, base + Number(cell));
      }
      return [name, { numbers, names: inverse(numbers) }];
    }),
  );
}

function inverse(numbers: ReadonlyMap<string, number>): ReadonlyMap<number, string> {
  return new Map([...numbers].map(([name, nr]) => [nr, name]));
}

/** Whose names of calls count: all of Linux's, or those that libseccomp 2.5.4 knows, which runc and crun ask. */
export const nameSources = ['libseccomp-2.5.4', 'linux'] as const;
export type NameSource = (typeof nameSources)[number];

/** Calls that are newer than libseccomp 2.5.4 (as Debian 12 has it), or that it knows on other architectures only. */
const newer: ReadonlySet<string> = new Set(
  `file_getattr file_setattr getxattrat listmount listns listxattrat lsm_get_self_attr lsm_list_modules lsm_set_self_attr mseal
  open_tree_attr removexattrat riscv_hwprobe rseq_slice_yield setxattrat statmount uprobe uretprobe`.split(/\s+/),
);

/** Whether a runtime that asks there knows the call. */
export function isKnownTo(source: NameSource, name: string, arch?: Arch): boolean {
  if (source === 'linux') return true;
  return !newer.has(name) && !(name === 'map_shadow_stack' && arch?.name === 'x32');
}
