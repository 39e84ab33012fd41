// The samples of test/cases/objects, compiled: they are read, get the verdicts that their comments say, here and from the running
// kernel, and run to the results that they say. Where a tool is missing, its part is skipped, and the reason is in the name.
//
//   // expect NAME accepted | refused LINE: MESSAGE | unresolved: MESSAGE
//   // run NAME PACKET = RESULT
//   // map NAME INDEX=WHAT

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../src/base/hex.js';
import { type ObjectFile, type ObjectProgram, type ReadElfOptions, readElf } from '../src/elf/read.js';
import { environment } from '../src/env/lookup.js';
import { kernelMissing } from '../src/run/kernel.js';
import { type LoadOptions, load } from '../src/run/load.js';
import { createMap } from '../src/run/map/table.js';
import { nativeMissing } from '../src/run/native.js';
import { VerifyError } from '../src/verify/refusal.js';
import { type VerifiedProgram, verify } from '../src/verify/verify.js';
import { testFolder, unibpf } from './command-line.js';
import { Judge, judgeMissing } from './judge.js';
import { attachTypes, programTypes } from './linux-numbers.js';

const folder = new URL('cases/objects/', import.meta.url).pathname;
const samples = readdirSync(folder).filter((name) => name.endsWith('.c'));
const output = testFolder();
/** What is completed with the types of the running kernel. */
const forKernel = ['core.c'];

const compilers: Readonly<Record<string, readonly string[]>> = {
  'clang -mcpu=v1': ['clang', '-target', 'bpfel', '-mcpu=v1', '-g'],
  'clang -mcpu=v3': ['clang', '-target', 'bpfel', '-mcpu=v3', '-g'],
  'clang for big-endian machines': ['clang', '-target', 'bpfeb', '-g'],
  gcc: ['bpf-gcc', '-gbtf', '-mkernel=5.2'],
};
/** What gcc 12 can't compile, since it keeps the address of a helper in a register, or knows no such attribute. */
const notForGcc = ['core.c', 'counters.c', 'tables.c', 'old-maps.c', 'callbacks.c', 'open.c'];

function missing(compiler: string): string | undefined {
  const { error, stdout } = spawnSync(compiler, ['--print-targets'], { encoding: 'utf8' });
  if (error !== undefined) return `there is no ${compiler}`;
  if (compiler === 'clang' && !/\bbpfel\b/.test(stdout)) return 'this clang knows no BPF';
  return undefined;
}

const reasons = new Map(['clang', 'bpf-gcc'].map((name) => [name, missing(name)]));

/** @throws Error with the compiler's words */
function compiled(sample: string, [compiler, ...options]: readonly string[]): Uint8Array {
  const path = output(`${sample}.o`);
  const args = [...options, '-O2', '-Wall', '-Wextra', '-Wno-unused', '-c', folder + sample, '-o', path];
  const { status, stderr } = spawnSync(compiler!, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return readFileSync(path);
}

const running = '/sys/kernel/btf/vmlinux';

function optionsFor(sample: string): ReadElfOptions {
  return { byteOrder: 'any', kernelTypes: forKernel.includes(sample) ? readFileSync(running) : undefined };
}

/** The lines of a kind, each in two parts. */
function said(sample: string, kind: 'expect' | 'run' | 'map'): (readonly [name: string, what: string])[] {
  const lines = readFileSync(folder + sample, 'utf8').matchAll(new RegExp(`^// ${kind} (\\S+) (.*)$`, 'gm'));
  return [...lines].map(([, name, what]) => [name!, what!]);
}

function programOf({ programs }: ObjectFile, name: string): ObjectProgram {
  return programs.find((each) => each.name === name)!;
}

/** What is said of a program: a refusal with the line of the source, if the object knows it. */
function verdictOf(program: ObjectProgram): string {
  const [first] = program.unresolved;
  if (first !== undefined) return `unresolved: ${first.message}`;
  try {
    proved(program);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    return `refused ${error.place?.line}: ${error.message}`;
  }
}

function proved(program: ObjectProgram): VerifiedProgram {
  return verify(program.program, environment(program.type!, program), program);
}

const engines: readonly LoadOptions[] = [
  { engine: 'interpreter' },
  ...(nativeMissing() === undefined
    ? ([
        { engine: 'jit', optimize: false },
        { engine: 'jit', optimize: true },
        { engine: 'jit', hardened: true },
      ] as const)
    : []),
];

/** Every run begins with maps as the object says. */
function resultOn(options: LoadOptions, object: ObjectFile, program: ObjectProgram, packet: Uint8Array): number {
  const filter = load(proved(program), { ...options, maps: object.maps.map(createMap) });
  const result = filter.run(packet);
  filter.close();
  return result;
}

describe.each(Object.entries(compilers))('%s', (_, command) => {
  const reason = reasons.get(command[0]!);
  const isBig = command.includes('bpfeb');
  const own = samples.filter((sample) => command[0] === 'clang' || !notForGcc.includes(sample));

  describe.skipIf(reason)(`compiles${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
    const withoutTypes = existsSync(running) ? [] : forKernel;
    it.skip.each(withoutTypes)(`%s (skipped: there is no ${running})`, () => {});
    describe.each(own.filter((sample) => !withoutTypes.includes(sample)))('%s', (sample) => {
      const object = reason === undefined ? readElf(compiled(sample, command), optionsFor(sample)) : undefined;

      it('which has the programs that its comments tell of', () => {
        const names = said(sample, 'expect').map(([each]) => each);
        expect(object!.programs.map((each) => each.name).toSorted()).toEqual(names.toSorted());
      });

      it.each(said(sample, 'expect'))('where %s is %s', (program, verdict) => {
        const found = verdictOf(programOf(object!, program));
        if (command[0] === 'clang') expect(found).toContain(verdict);
        else expect(withoutRegisters(found)).toContain(withoutRegisters(verdict).replace(/\d+:/, 'undefined:'));
      });

      it.each(said(sample, 'run').filter(() => !isBig))('where %s gives: %s', (program, what) => {
        const [packet, result] = what.split(' = ');
        for (const options of engines) {
          const found = resultOn(options, object!, programOf(object!, program), fromHex(packet!));
          expect(found, JSON.stringify(options)).toBe(Number(result));
        }
      });

      it.each(said(sample, 'map'))('where map %s has %s', (map, what) => {
        const { initial } = object!.maps.find((each) => each.name === map)!;
        expect(initial.map(({ index, name }) => `${index}=${name}`).join(' ')).toBe(what);
      });

      it.each(said(sample, 'run').filter(() => command.includes('-mcpu=v3')))(
        "where 'unibpf run' gives, of %s: %s",
        (program, what) => {
          const [packet, result] = what.split(' = ');
          const types = forKernel.includes(sample) ? ['--kernel-types', running] : [];
          const path = output(`${sample}.o`);
          const args = ['run', path, '--program', program, ...types, '--input', packet!, '--json'];
          writeFileSync(path, compiled(sample, command));
          const { stdout, stderr } = unibpf(args);
          expect([stderr, JSON.parse(stdout).result]).toEqual(['', `0x${Number(result).toString(16)}`]);
        },
      );

      if (isBig) return;
      const withoutKernel = judgeMissing === undefined ? '' : ` (skipped: ${judgeMissing})`;
      const judged = said(sample, 'expect').filter(([, what]) => !what.startsWith('unresolved'));
      it.skipIf(judgeMissing).each(judged)(
        `where the running kernel says of %s: %s${withoutKernel}`,
        (program, what) => {
          const { type, attach, flags, license, functionTypes, program: code } = programOf(object!, program);
          const manner = {
            flags,
            license,
            functionTypes: functionTypes && hasCallbacks(code.insns),
            attach: attachTypes[attach ?? ''],
          };
          const judge = new Judge(code.maps);
          expect(judge.verdict(programTypes[type!]!, code, manner)).toBe(what.split(' ')[0]);
        },
      );

      const kernelReason = kernelMissing();
      const withoutRuns = kernelReason === undefined ? '' : ` (skipped: ${kernelReason})`;
      const plain = said(sample, 'run').filter(
        ([program]) => reason === undefined && programOf(object!, program).program.maps.length === 0,
      );
      it.skipIf(kernelReason).each(plain)(`where the running kernel runs %s: %s${withoutRuns}`, (program, what) => {
        const [packet, result] = what.split(' = ');
        expect(resultOn({ engine: 'kernel' }, object!, programOf(object!, program), fromHex(packet!))).toBe(
          Number(result),
        );
      });
    });
  });
});

/** Each compiler takes registers of its own. */
function withoutRegisters(verdict: string): string {
  return verdict.replace(/\br\d\b/g, 'r');
}

/** Linux takes the type information that the judge makes only where it is wanted. */
function hasCallbacks(insns: ObjectProgram['listing']['insns']): boolean {
  return insns.some((insn) => insn.kind === 'wide' && insn.from === 'code');
}
