// Prints what is derived from the table of instructions, src/ebpf/rows.ts: native/generated/isa.h.
// Run by `npm run gen`; a test compares what is committed with what this prints.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every generated file, by its path in the project. */
export function generated(rows) {
  return { 'native/generated/isa.h': isaHeader(rows) };
}

function isaHeader(rows) {
  return `// The internal instruction set's encoding. Generated from src/ebpf/rows.ts by \`npm run gen\`: don't edit.
#pragma once

#include <cstdint>

namespace unibpf::isa {

${constants('Class', rows.classes)}

inline constexpr uint8_t fromRegister = ${hex(rows.fromRegister)};

${constants('Mode', rows.modes)}

${table('Size', 'uint8_t bytes; uint8_t code;', Object.entries(rows.sizes), ([bytes, row]) => [bytes, hex(row.code)])}

${operations('Alu', 'uint8_t code; int16_t off;', rows.alu, (row) => [hex(row.code), row.off])}

${constants('Unary', rows.unary)}

${operations('Jump', 'uint8_t code;', rows.jump, (row) => [hex(row.code)])}

${constants('Control', rows.control)}

${constants('Callee', rows.callees)}

inline constexpr int32_t fetchBit = ${hex(rows.fetchBit)};

${operations('Atomic', 'int32_t imm; bool alwaysFetches;', rows.atomic, (row) => [hex(row.imm), row.fetch === 'always'])}

${constants('Ordered', rows.ordered, 'int32_t')}

${constants('WideSource', rows.wideSources)}

}  // namespace unibpf::isa
`;
}

/** An enumeration whose values are those of the table. */
function constants(name, values, type = 'uint8_t') {
  const lines = Object.entries(values).map(([key, value]) => `  ${capitalized(key)} = ${hex(value)},`);
  return [`enum class ${name} : ${type} {`, ...lines, '};'].join('\n');
}

/** An enumeration of operations, and a table with the encoding of each. */
function operations(name, fields, rows, values) {
  const names = Object.keys(rows).map(capitalized);
  const entries = Object.entries(rows);
  const encoding = table(name, `${name} op; ${fields}`, entries, ([key, row]) => [
    `${name}::${capitalized(key)}`,
    ...values(row),
  ]);
  return `enum class ${name} : uint8_t { ${names.join(', ')} };\n\n${encoding}`;
}

function table(name, fields, entries, values) {
  const lines = entries.map((entry) => `    {${values(entry).join(', ')}},`);
  const plural = `${name.toLowerCase()}Rows`;
  return [`struct ${name}Row { ${fields} };`, `inline constexpr ${name}Row ${plural}[] = {`, ...lines, '};'].join('\n');
}

/** 'map-fd' → 'MapFd' */
function capitalized(name) {
  return name.replace(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase());
}

function hex(value) {
  return `0x${value.toString(16)}`;
}

/** The table, compiled to a folder of its own, so that nothing else has to compile. */
async function compiledRows() {
  const folder = mkdtempSync(join(root, 'node_modules/.gen-'));
  try {
    const args = ['--ignoreConfig', '--outDir', folder, '--target', 'es2022', '--module', 'nodenext', '--skipLibCheck'];
    const tsc = join(root, 'node_modules/.bin/tsc');
    const { status, stdout } = spawnSync(tsc, [...args, 'src/ebpf/rows.ts'], { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`src/ebpf/rows.ts doesn't compile:\n${stdout}`);
    return await import(pathToFileURL(join(folder, 'rows.js')).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(generated(await compiledRows()))) writeFileSync(join(root, path), text);
}
