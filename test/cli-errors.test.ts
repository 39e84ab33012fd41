// docs/errors.md has an example of every code, and the command line prints what it says.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BpfError, errorCodes } from '../src/base/error.js';
import { exitStatus, shown, status } from '../src/cli/errors.js';
import { takesColour } from '../src/cli/terminal.js';
import { pcapFile } from './capture-files.js';
import { examplesOf, shell, testFolder } from './command-line.js';

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
const sections = page.split(/^## /m).slice(1);
const codeOf = (section: string) => /^`(\w+)`/.exec(section)?.[1];
const file = testFolder();
const folder = dirname(file('in.pcap', pcapFile(Array.from({ length: 40 }, () => ({ data: new Uint8Array(60) })))));

describe('docs/errors.md', () => {
  it('has a section for every code', () => {
    expect(sections.map(codeOf)).toEqual([...errorCodes]);
  });

  it('has an example for every code but our own faults', () => {
    for (const section of sections) {
      const code = codeOf(section);
      if (code !== 'internal') expect(section).toContain(`\nerror[${code}]: `);
    }
  });

  it.each(examplesOf('errors.md'))('is right about %s', (command, output) => {
    expect(shell(command, folder)).toBe(output);
  });
});

describe('an error', () => {
  const place = { source: 'tpc port 80', start: 0, end: 3 };
  const error = new BpfError('name', "unknown word 'tpc'", { place, suggestion: 'tcp' });

  it('is shown with its code, its line and a caret', () => {
    expect(shown(error, false)).toBe("error[name]: unknown word 'tpc'; did you mean 'tcp'?\n  tpc port 80\n  ^^^\n");
  });

  it('at the end of a text is shown behind its last word', () => {
    const source = 'ret #0\nldh [12\n\n';
    const open = new BpfError('syntax', "expected ']'", {
      place: { source, start: source.length, end: source.length },
    });
    expect(shown(open, false)).toBe("error[syntax]: 2:8: expected ']'\n  ldh [12\n         ^\n");
    const empty = new BpfError('syntax', 'expected a program', { place: { source: '\n', start: 1, end: 1 } });
    expect(shown(empty, false)).toBe('error[syntax]: 1:1: expected a program\n');
  });

  it('is shown in colour where that is wanted', () => {
    expect(shown(error, true)).toBe(
      "\u001b[31merror[name]:\u001b[0m \u001b[1munknown word 'tpc'; did you mean 'tcp'?\u001b[0m\n  tpc port 80\n\u001b[31m  ^^^\u001b[0m\n",
    );
  });

  it('of our own is shown with its stack', () => {
    expect(shown(new TypeError('oops'), false)).toMatch(
      /^error\[internal\]: TypeError: oops\n {4}at .*[\s\S]*This is a bug in unibpf/,
    );
    expect(exitStatus(new TypeError('oops'))).toBe(70);
  });

  it('has the exit status of its code', () => {
    const statuses = errorCodes.map((code) => [code, exitStatus(new BpfError(code, 'x'))]);
    expect(Object.fromEntries(statuses)).toMatchObject({ syntax: status.usage, verify: 3, io: 4, internal: 70 });
  });
});

describe('colour', () => {
  it('is for terminals, unless the environment says otherwise', () => {
    const [terminal, pipe] = [true, false];
    expect([takesColour(terminal, {}), takesColour(pipe, {})]).toEqual([true, false]);
    expect([takesColour(terminal, { NO_COLOR: '1' }), takesColour(terminal, { TERM: 'dumb' })]).toEqual([false, false]);
    expect([takesColour(pipe, { FORCE_COLOR: '1' }), takesColour(terminal, { FORCE_COLOR: '0' })]).toEqual([
      true,
      false,
    ]);
    expect(takesColour(terminal, { NO_COLOR: '' })).toBe(true);
  });
});
