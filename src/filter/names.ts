// Names to numbers. A library call asks no name server: names come from tables that the caller gives, or from the
// system's files.

import { readFileSync } from 'node:fs';

/** Looks names up; each answer is empty where the name is unknown. */
export interface Names {
  /** IPv4 and IPv6 addresses of a host, as text. */
  hosts(name: string): readonly string[];
  /** Ethernet-like addresses of a host. */
  ethers(name: string): readonly string[];
  /** Addresses of a network: `10.0.0.0`. */
  networks(name: string): readonly string[];
  /** Ports of a service with their transport: `53/udp`. */
  services(name: string): readonly string[];
  /** Numbers of an IP protocol. */
  protocols(name: string): readonly number[];
  /** All names of a kind, of which the nearest is suggested for one that is unknown; what looks names up elsewhere need not have it. */
  known?(kind: NameKind): Iterable<string>;
}

export type NameKind = keyof NameTables;

type Table<T> = Readonly<Record<string, T | readonly T[]>>;

/** Names as plain data. */
export interface NameTables {
  readonly hosts?: Table<string>;
  readonly ethers?: Table<string>;
  readonly networks?: Table<string>;
  readonly services?: Table<string>;
  readonly protocols?: Table<number>;
}

/** What looks names up that are given as an option; by default it is the system's files. */
export function namesOf(names: Names | NameTables | undefined): Names {
  if (names === undefined) return systemNames();
  return isLookup(names) ? names : tableNames(names);
}

function isLookup(names: Names | NameTables): names is Names {
  return typeof names.hosts === 'function';
}

/** Names from tables; those of hosts, ethers and networks in any case. */
export function tableNames(tables: NameTables): Names {
  const hosts = lowered(tables.hosts);
  const ethers = lowered(tables.ethers);
  const networks = lowered(tables.networks);
  return {
    hosts: (name) => hosts.get(name.toLowerCase()) ?? [],
    ethers: (name) => ethers.get(name.toLowerCase()) ?? [],
    networks: (name) => networks.get(name.toLowerCase()) ?? [],
    services: (name) => entry(tables.services, name),
    protocols: (name) => entry(tables.protocols, name),
    known: (kind) => Object.keys(tables[kind] ?? {}),
  };
}

function lowered(table: Table<string> = {}): Map<string, readonly string[]> {
  return new Map(Object.keys(table).map((name) => [name.toLowerCase(), entry(table, name)]));
}

function entry<T>(table: Table<T> | undefined, name: string): readonly T[] {
  if (table === undefined || !Object.hasOwn(table, name)) return [];
  const value = table[name] as T | readonly T[];
  return Array.isArray(value) ? value : [value as T];
}

/** Names from /etc/hosts, ethers, networks, services and protocols, each read when it is first asked. */
export function systemNames(folder = '/etc'): Names {
  const files = {
    hosts: once(() => valueFirst(`${folder}/hosts`)),
    ethers: once(() => valueFirst(`${folder}/ethers`)),
    networks: once(() => nameFirst(`${folder}/networks`)),
    services: once(() => nameFirst(`${folder}/services`)),
    protocols: once(() => nameFirst(`${folder}/protocols`)),
  };
  return {
    hosts: (name) => files.hosts().get(name.toLowerCase()) ?? [],
    ethers: (name) => files.ethers().get(name.toLowerCase()) ?? [],
    networks: (name) => files.networks().get(name.toLowerCase()) ?? [],
    services: (name) => files.services().get(name) ?? [],
    protocols: (name) => (files.protocols().get(name) ?? []).map(Number),
    known: (kind) => files[kind]().keys(),
  };
}

type Entries = ReadonlyMap<string, readonly string[]>;

function once(read: () => Entries): () => Entries {
  let known: Entries | undefined;
  return () => {
    known ??= read();
    return known;
  };
}

/** Lines `value name …`, names in lower case. */
function valueFirst(path: string): Entries {
  return collected(
    lines(path).map(([value = '', ...names]) => ({ value, names: names.map((name) => name.toLowerCase()) })),
  );
}

/** Lines `name value alias …`. */
function nameFirst(path: string): Entries {
  return collected(lines(path).map(([name = '', value = '', ...aliases]) => ({ value, names: [name, ...aliases] })));
}

function collected(entries: readonly { readonly value: string; readonly names: readonly string[] }[]): Entries {
  const found = new Map<string, string[]>();
  for (const { value, names } of entries) {
    for (const name of names) found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}

/** The words of each line, without comments; nothing where there is no such file. */
function lines(path: string): string[][] {
  return textOf(path)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
