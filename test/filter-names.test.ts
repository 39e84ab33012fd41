import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { linkOf, linkOfFile, links } from '../src/base/link.js';
import { looksLikeIpv6, parseDecnet, parseIpv4, parseIpv6, parseMac } from '../src/filter/address.js';
import { compile } from '../src/filter/compile.js';
import { systemNames, tableNames } from '../src/filter/names.js';

const folder = mkdtempSync(join(tmpdir(), 'names-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => writeFileSync(join(folder, name), text);

describe("the system's files", () => {
  file('hosts', '# local\n127.0.0.1 localhost\n::1 localhost ip6-localhost # both\n192.0.2.1\tWWW.example.org www\n');
  file('services', 'domain 53/tcp\ndomain 53/udp\nhttp 80/tcp www # web\n');
  file('protocols', 'ip 0 IP\ntcp 6 TCP\n');
  const names = systemNames(folder);

  it('give all addresses of a host, in any case', () => {
    expect(names.hosts('LOCALHOST')).toEqual(['127.0.0.1', '::1']);
    expect(names.hosts('www.EXAMPLE.org')).toEqual(['192.0.2.1']);
    expect(names.hosts('nowhere')).toEqual([]);
  });

  it('give the ports of a service by its name or an alias', () => {
    expect(names.services('domain')).toEqual(['53/tcp', '53/udp']);
    expect(names.services('www')).toEqual(['80/tcp']);
  });

  it('give the number of a protocol', () => {
    expect(names.protocols('TCP')).toEqual([6]);
  });

  it('know nothing where they are missing', () => {
    expect(names.ethers('localhost')).toEqual([]);
    expect(names.networks('loopback')).toEqual([]);
  });
});

describe('tables of names', () => {
  it('hold no names that an object has by itself', () => {
    expect(tableNames({ services: {} }).services('constructor')).toEqual([]);
    expect(() => compile('port toString', { names: {} })).toThrow("unknown port 'toString'");
  });

  it('may be replaced by functions', () => {
    const names = { ...tableNames({}), services: (name: string) => (name === 'web' ? ['80/tcp'] : []) };
    expect(compile('port web', { names }).program.insns).toEqual(compile('tcp port 80', { names }).program.insns);
  });
});

describe('addresses', () => {
  it.each([
    ['10', { address: 0x0a000000, bits: 8 }],
    ['010.1', { address: 0x0a010000, bits: 16 }],
    ['1.2.3', { address: 0x01020300, bits: 24 }],
    ['255.255.255.255', { address: 0xffffffff, bits: 32 }],
    ['256.1.1.1', undefined],
    ['1.2.3.4.5', undefined],
    ['0x1.2', undefined],
  ])('of IPv4: %s', (text, expected) => expect(parseIpv4(text)).toEqual(expected));

  it.each([
    ['::', [0, 0, 0, 0]],
    ['::1', [0, 0, 0, 1]],
    ['1:2:3:4:5:6:7:8', [0x10002, 0x30004, 0x50006, 0x70008]],
    ['fe80::1.2.3.4', [0xfe800000, 0, 0, 0x01020304]],
    ['1:2:3:4:5:6:1.2.3.4', [0x10002, 0x30004, 0x50006, 0x01020304]],
    ['1:2:3:4:5:6:7::', [0x10002, 0x30004, 0x50006, 0x70000]],
    ['::1.2.3.256', undefined],
    ['1:2:3', undefined],
    ['1::2::3', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['12345::', undefined],
  ])('of IPv6: %s', (text, expected) => expect(parseIpv6(text)).toEqual(expected));

  it('of IPv6 may have the form and be none', () => expect(looksLikeIpv6('::1.2.3.256')).toBe(true));

  it.each([
    ['0:1:2:a:B:ff', [0, 1, 2, 10, 11, 255]],
    ['00-11-22-33-44-55', [0, 0x11, 0x22, 0x33, 0x44, 0x55]],
    ['0011.2233.4455', [0, 0x11, 0x22, 0x33, 0x44, 0x55]],
    ['001122334455', [0, 0x11, 0x22, 0x33, 0x44, 0x55]],
    ['00:11-22:33:44:55', undefined],
    ['00:11:22:33:44', undefined],
  ])('of Ethernet: %s', (text, expected) => expect(parseMac(text)).toEqual(expected));

  it.each([
    ['63.1023', 0xffff],
    ['0.1', 1],
    ['64.1', undefined],
    ['1.1024', undefined],
    ['1', undefined],
  ])('of DECnet: %s', (text, expected) => expect(parseDecnet(text)).toBe(expected));
});

describe('link types', () => {
  it('have names and numbers that are theirs alone', () => {
    expect(new Set(links.map(({ name }) => name)).size).toBe(links.length);
    expect(new Set(links.map(({ number }) => number)).size).toBe(links.length);
    expect(new Set(links.map(({ fileNumber }) => fileNumber)).size).toBe(links.length);
  });

  it('are found by name, by number and by what a file holds', () => {
    expect(linkOf('dlt_en10mb')).toMatchObject({ name: 'EN10MB', number: 1, fileNumber: 1 });
    expect(linkOf(12)).toMatchObject({ name: 'RAW', fileNumber: 101 });
    expect(linkOfFile(101)).toMatchObject({ name: 'RAW', number: 12 });
    expect(linkOf(147).name).toBe('147');
  });

  it.each(['EN10M', '', 60, -1, 1.5, 70_000])('are not %s', (link) => {
    expect(() => linkOf(link)).toThrow(expect.objectContaining({ code: 'link' }));
  });
});

describe('options', () => {
  it.each([
    [{ snaplen: 0 }, 'range'],
    [{ snaplen: 1.5 }, 'range'],
    [{ netmask: '255.255' }, 'range'],
    [{ link: 'nothing' }, 'link'],
  ])('%o are refused', (options, code) => {
    expect(() => compile('tcp', options)).toThrow(expect.objectContaining({ code }));
  });

  it('let a capture file be of another system', () => {
    const families = (savefile: boolean) =>
      compile('ip6', { link: 'NULL', savefile })
        .program.insns.filter(({ jt, jf }) => jt + jf > 0)
        .map(({ k }) => k >>> 24);
    expect(families(false)).toEqual([10]);
    expect(families(true)).toEqual([24, 28, 30]);
  });

  it('set what an accepting program returns', () => {
    expect(compile('', { snaplen: 96 }).program.toString()).toBe('(000) ret      #96');
  });
});
