// Prints what is derived from the table of instructions, src/ebpf/rows.ts: native/generated/isa.h and docs/isa.md.
//
//   node scripts/gen.mjs             or npm run gen
//
// A test compares what is committed with what this prints.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isaPage } from './isa-page.mjs';
import './usage.mjs';

const modules = ['rows', 'forms', 'encode', 'print'];
const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Every generated file, by its path in the project.
 * @param ebpf the exports of src/ebpf/{rows,forms,encode,print}.ts
 */
export function generated({ rows, ...ebpf }) {
  return { 'native/generated/isa.h': isaHeader(rows), 'docs/isa.md': isaPage(ebpf) };
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

${constants('Internal', rows.internal)}

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

/** The modules, compiled to a folder of their own, so that nothing else has to compile. */
async function compiled() {
  const folder = mkdtempSync(join(root, 'node_modules/.gen-'));
  try {
    const sources = modules.map((name) => `src/ebpf/${name}.ts`);
    const args = [
      '--ignoreConfig',
      '--outDir',
      folder,
      '--rootDir',
      'src',
      '--target',
      'es2022',
      '--module',
      'nodenext',
    ];
    const tsc = join(root, 'node_modules/.bin/tsc');
    const { status, stdout } = spawnSync(tsc, [...args, '--types', 'node', ...sources], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`src/ebpf doesn't compile:\n${stdout}`);
    const load = (name) => import(pathToFileURL(join(folder, 'ebpf', `${name}.js`)).href);
    const [rows, ...others] = await Promise.all(modules.map(load));
    return Object.assign({ rows }, ...others);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(generated(await compiled()))) writeFileSync(join(root, path), text);
}
