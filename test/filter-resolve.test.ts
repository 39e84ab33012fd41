import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { compile } from '../src/filter/compile.js';
import { tableNames } from '../src/filter/names.js';
import { type NameResolver, resolveNames } from '../src/filter/resolve.js';

const nothing = tableNames({});

/** Answers from a table, and notes what it was asked. */
function server(table: Record<string, readonly string[]>) {
  const asked: string[] = [];
  const answer = async (name: string, isWanted: (address: string) => boolean) => {
    const found = (table[name] ?? []).filter(isWanted);
    if (found.length === 0) throw new Error(`queryA ENOTFOUND ${name}`);
    return found;
  };
  const resolver: NameResolver = {
    resolve4: (name) => {
      asked.push(name);
      return answer(name, (address) => !address.includes(':'));
    },
    resolve6: (name) => answer(name, (address) => address.includes(':')),
    cancel: () => asked.push('cancelled'),
  };
  return { asked, resolver };
}

describe('resolveNames', () => {
  it('asks once for each host that no table knows', async () => {
    const { asked, resolver } = server({ 'a.test': ['10.0.0.1', '::1'], 'b.test': ['10.0.0.2'] });
    const filter = 'host a.test or (src A.test and not dst host known) or ip6 host b.test or ether host c or port http';
    const names = await resolveNames(filter, { resolver, names: tableNames({ hosts: { known: '10.0.0.9' } }) });
    expect(asked).toEqual(['a.test', 'b.test']);
    expect(['a.test', 'A.TEST', 'known', 'c'].map(names.hosts)).toEqual([
      ['10.0.0.1', '::1'],
      ['10.0.0.1', '::1'],
      ['10.0.0.9'],
      [],
    ]);
  });

  it('makes names that compile takes', async () => {
    const { resolver } = server({ 'a.test': ['10.0.0.1', '::1'] });
    const names = await resolveNames('host a.test', { resolver, names: nothing });
    const written = compile('host 10.0.0.1 or host ::1').program.insns;
    expect(compile('host a.test', { names }).program.insns).toEqual(written);
  });

  it('leaves what servers do not know to compile, which tells its place', async () => {
    const filter = 'tcp and host a.test';
    const names = await resolveNames(filter, { resolver: server({}).resolver, names: nothing });
    expect(() => compile(filter, { names })).toThrow("unknown host 'a.test'");
  });

  it('asks nobody where there is nothing to ask', async () => {
    const { asked, resolver } = server({});
    await resolveNames('tcp port http and net loopback', { resolver, names: nothing });
    expect(asked).toEqual([]);
  });

  it('refuses a name that is not answered in time, and gives it up', async () => {
    const { asked, resolver } = server({ 'a.test': ['10.0.0.1'] });
    const hanging = { ...resolver, resolve6: () => new Promise<never>(() => {}) };
    const filter = 'tcp and host a.test';
    const error = await resolveNames(filter, { resolver: hanging, names: nothing, timeout: 5 }).catch((e) => e);
    expect(error).toBeInstanceOf(BpfError);
    expect(error).toMatchObject({
      code: 'limit',
      message: "no name server answered for 'a.test' within 5 ms",
      place: { source: filter, start: 13, end: 19 },
    });
    expect(asked).toEqual(['a.test', 'cancelled']);
  });

  it.each([0, -1, Number.NaN, 2 ** 31])('refuses a time limit of %s', async (timeout) => {
    await expect(resolveNames('tcp', { timeout })).rejects.toMatchObject({ code: 'range' });
  });

  it('refuses too many names, and what is no filter', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => `host h${i}.test`).join(' or ');
    await expect(resolveNames(many, { names: nothing })).rejects.toMatchObject({ code: 'limit' });
    await expect(resolveNames('host', { names: nothing })).rejects.toMatchObject({ code: 'syntax' });
  });
});
