// Writes the tables of src/seccomp/tables.
//
//   node scripts/syscalls.mjs SYSCALLS.json GROUPS.json KERNEL SYSTEMD
//
// SYSCALLS.json is `{ architecture: { name: number } }`, the numbers of the system call tables of Linux's sources
// (arch/*/syscalls/*.tbl and scripts/syscall.tbl) at the version KERNEL; GROUPS.json is `{ "@group": { about, names } }`, what
// `systemd-analyze syscall-filter` of the version SYSTEMD lists. The numbers and the members of groups are facts; the tables
// that are committed were made with KERNEL 7.1-rc4 and SYSTEMD 252.

import { readFileSync, writeFileSync } from 'node:fs';
import './usage.mjs';

/** The architectures that have a table here, with the name that the facts know each by. */
const architectures = [
  ['x86_64', 'x86_64'],
  ['i386', 'x86'],
  ['x32', 'x32'],
  ['aarch64', 'aarch64'],
  ['arm', 'arm'],
  ['riscv64', 'riscv64'],
  ['s390x', 's390x'],
  ['ppc64le', 'ppc64'],
  ['loongarch64', 'loongarch64'],
];
const lineLimit = 118;

function folded(entries, separator) {
  const lines = [''];
  for (const entry of entries) {
    const line = lines.at(-1);
    if (line !== '' && line.length + separator.length + entry.length > lineLimit) lines.push(entry);
    else lines[lines.length - 1] = line === '' ? entry : line + separator + entry;
  }
  return lines.join('\n');
}

/** `read 0 3 0 63 …`: the number on each architecture, `-` where it has none; equal ones at the end are written once. */
function row(name, tables) {
  const numbers = tables.map((table) => table[name] ?? '-');
  while (numbers.length > 1 && numbers.at(-1) === numbers.at(-2)) numbers.pop();
  return [name, ...numbers].join(' ');
}

function syscallsFile(facts, kernel) {
  const tables = architectures.map(([, source]) => facts[source]);
  const names = [...new Set(tables.flatMap((table) => Object.keys(table)))].sort();
  const known = names.map((name) => row(name, tables));
  return `// Printed by scripts/syscalls.mjs from the system call tables of Linux ${kernel}; don't edit.
//
// A name, then its number on each of \`tableOrder\`, '-' where it has none; the last one stands for all that follow.

/** The version of Linux whose numbers these are. */
export const tableKernel = '${kernel}';

export const tableOrder = [${architectures.map(([name]) => `'${name}'`).join(', ')}] as const;

export const tableText = \`
${folded(known, '; ')}
\`;
`;
}

function groupsFile(groups, version) {
  const lines = Object.entries(groups).map(([name, { names }]) =>
    folded([name, ...names], ' ').replaceAll('\n', '\n  '),
  );
  return `// Printed by scripts/syscalls.mjs from systemd ${version}: the groups of SystemCallFilter= (systemd.exec(5)); don't edit.
//
// A group begins at the start of a line; its members follow, other groups among them.

export const groupText = \`
${lines.join('\n')}
\`;
`;
}

const [syscalls, groups, kernel, systemd] = process.argv.slice(2);
if (systemd === undefined) throw new Error('usage: node scripts/syscalls.mjs SYSCALLS.json GROUPS.json KERNEL SYSTEMD');
const target = (name) => new URL(`../src/seccomp/tables/${name}.ts`, import.meta.url);
writeFileSync(target('syscalls'), syscallsFile(JSON.parse(readFileSync(syscalls, 'utf8')), kernel));
writeFileSync(target('groups'), groupsFile(JSON.parse(readFileSync(groups, 'utf8')), systemd));
