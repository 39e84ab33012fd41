// Reads test/cases/verify/*.case. A case is a paragraph; its lines are a comment that names it, and fields:
//
//   # an address in the packet needs a comparison with the end
//   environment  xdp                       and what belongs to it: of memory its size, of others an attach type
//   flags        0x10                      of the program, if there are any
//   license      MIT                       if it isn't the GPL
//   types        functions                 type information describes its functions
//   map          array 4 8 1 0x80 61620000 type, bytes of a key and of a value, entries, and where there are any: flags, and the
//                                          first value
//   asm          r0 = 0; exit              further lines are indented
//   linux        accepts it: why           a program of Linux's types that it judges otherwise; or `is not asked: why`
//   accepted                               or
//   refused      1 compare with data_end   pc, and a pattern of the sentence

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromHex } from '../src/base/hex.js';
import { type MapEntry, type MapSpec, type MapType, mapTypes } from '../src/ebpf/map.js';
import { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';

const folder = fileURLToPath(new URL('cases/verify/', import.meta.url));

export interface VerifyCase {
  readonly name: string;
  readonly program: Program;
  readonly environment: Environment;
  /** Where a program of Linux's types is to be attached. */
  readonly attach: string | undefined;
  readonly flags: number;
  readonly license: string;
  /** Type information describes its functions. */
  readonly functionTypes: boolean;
  readonly refused: { readonly pc: number; readonly pattern: RegExp } | undefined;
  /** Why Linux's verdict is another, or isn't asked for. */
  readonly linux: { readonly verdict: 'accepts it' | 'is not asked'; readonly reason: string } | undefined;
}

export const verifyCases: readonly VerifyCase[] = readdirSync(folder).flatMap((file) => {
  const paragraphs = readFileSync(folder + file, 'utf8')
    .trimEnd()
    .split(/\n{2,}/)
    .slice(1);
  return paragraphs.map(read);
});

function read(paragraph: string): VerifyCase {
  const fields = new Map<string, string>();
  const maps: MapSpec[] = [];
  const [title = '', ...lines] = paragraph.replace(/\n\s+/g, ' ').split('\n');
  for (const line of lines) {
    const [, field = '', value = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
    if (field === 'map') maps.push(mapOf(value, maps.length));
    else fields.set(field, value);
  }
  if (fields.has('accepted') === fields.has('refused')) throw new Error(`'${title}' is either accepted or refused`);
  return {
    name: title.slice(2),
    program: Program.parse(fields.get('asm')!, { maps }),
    flags: Number(fields.get('flags') ?? 0),
    license: fields.get('license') ?? 'GPL',
    functionTypes: fields.has('types'),
    environment: environmentOf(fields.get('environment') ?? 'memory'),
    attach: fields.get('environment')?.split(' ')[1],
    refused: fields.has('refused') ? refusalOf(fields.get('refused')!) : undefined,
    linux: fields.has('linux') ? differenceOf(fields.get('linux')!) : undefined,
  };
}

function mapOf(text: string, index: number): MapSpec {
  const [name, keySize, valueSize, maxEntries, flags = 0, content] = text.split(' ');
  const type = (Object.keys(mapTypes) as MapType[]).find((each) => each === name);
  if (type === undefined) throw new Error(`there is no map type '${name}'`);
  return {
    name: `map${index}`,
    type,
    keySize: Number(keySize),
    valueSize: Number(valueSize),
    maxEntries: Number(maxEntries),
    flags: Number(flags),
    entries: content === undefined ? [] : [firstEntry(Number(keySize), content)],
  };
}

function firstEntry(keySize: number, content: string): MapEntry {
  return { key: new Uint8Array(keySize), value: fromHex(content) };
}

function environmentOf(text: string): Environment {
  const [name = '', detail] = text.split(' ');
  return name === 'memory' ? environment(name, { size: Number(detail ?? 0) }) : environment(name, { attach: detail });
}

function refusalOf(text: string): VerifyCase['refused'] {
  const [, pc, pattern] = /^(\d+) (.*)$/.exec(text)!;
  return { pc: Number(pc), pattern: new RegExp(pattern!) };
}

function differenceOf(text: string): VerifyCase['linux'] {
  const [, verdict, reason = ''] = /^(accepts it|is not asked): (.+)$/.exec(text)!;
  return { verdict: verdict === 'accepts it' ? verdict : 'is not asked', reason };
}
