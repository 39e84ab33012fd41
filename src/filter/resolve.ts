// Names of hosts that tables don't know, from name servers: only where somebody asks for it, before the filter is
// compiled, and within a time limit.

import { expectObject } from '../base/argument.js';
import { BpfError, type Span } from '../base/error.js';
import type { Expression, Identifier, Qualifier } from './ast.js';
import type { Dialect } from './dialect.js';
import { type Names, systemNames } from './names.js';
import { parse } from './parse.js';

/** Who asks name servers: `node:dns/promises` has one, `Resolver`. Both calls reject where the name has no such address. */
export interface NameResolver {
  resolve4(name: string): Promise<readonly string[]>;
  resolve6(name: string): Promise<readonly string[]>;
  /** Gives up what is being asked. */
  cancel(): void;
}

export interface ResolveOptions {
  /** For how long all names together may take, in milliseconds; by default 5000. */
  readonly timeout?: number;
  /** What is known without asking; by default the system's files. */
  readonly names?: Names;
  /** The language of the filter; by default `libpcap`. */
  readonly dialect?: Dialect;
  /** Whom to ask; by default the name servers that the system is set up for. */
  readonly resolver?: NameResolver;
}

const defaultTimeout = 5000;

/** The most names that are asked for: a filter is no directory. */
const nameLimit = 1000;

/**
 * Looks up the hosts that a filter names, for the option `names` of `compile`. A name that no server knows stays unknown,
 * which compile tells with its place.
 * @throws BpfError 'limit' with the place of a name that was not answered in time, and what `parse` throws
 */
export async function resolveNames(filter: string, options: ResolveOptions = {}): Promise<Names> {
  expectObject(options, 'the options');
  const { timeout = defaultTimeout, names = systemNames(), dialect = 'libpcap' } = options;
  checkTimeout(timeout);
  const asked = unknownHosts(filter, names, dialect);
  if (asked.size === 0) return names;
  const resolver = options.resolver ?? (await systemResolver());
  const found = new Map<string, readonly string[]>();
  const all = [...asked.keys()].map(async (name) => found.set(name, await addresses(resolver, name)));
  if (!(await inTime(Promise.all(all), timeout))) {
    resolver.cancel();
    const [name, span] = [...asked].find(([late]) => !found.has(late)) ?? ['', { start: 0, end: 0 }];
    const message = `no name server answered for '${name}' within ${timeout} ms`;
    throw new BpfError('limit', message, { place: { source: filter, start: span.start, end: span.end } });
  }
  return { ...names, hosts: (name) => found.get(name.toLowerCase()) ?? names.hosts(name) };
}

function checkTimeout(timeout: number): void {
  if (timeout > 0 && timeout < 2 ** 31) return;
  throw new BpfError('range', `expected a time limit from 1 to ${2 ** 31 - 1} milliseconds, found ${timeout}`);
}

/** The hosts that have to be asked for, in lower case, with the first place of each. */
function unknownHosts(filter: string, names: Names, dialect: Dialect): ReadonlyMap<string, Span> {
  const expression = parse(filter, dialect);
  const asked = new Map<string, Span>();
  for (const host of expression === undefined ? [] : hostNames(expression)) {
    const name = host.name.toLowerCase();
    if (asked.has(name) || names.hosts(name).length > 0) continue;
    if (asked.size === nameLimit) {
      const message = `this is one name more than the ${nameLimit} that are looked up at once`;
      throw new BpfError('limit', message, { place: { source: filter, start: host.start, end: host.end } });
    }
    asked.set(name, host);
  }
  return asked;
}

async function systemResolver(): Promise<NameResolver> {
  const { Resolver } = await import('node:dns/promises');
  return new Resolver();
}

/** The addresses of a name, those of IPv4 first; none where servers know none. */
async function addresses(resolver: NameResolver, name: string): Promise<readonly string[]> {
  const [fours, sixes] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return [fours, sixes].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** Whether it is done before the time is over. */
async function inTime(work: Promise<unknown>, timeout: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeout, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

type Name = Extract<Identifier, { readonly kind: 'name' }>;

/** The names that stand for hosts of IP. */
function hostNames(expression: Expression): readonly Name[] {
  switch (expression.kind) {
    case 'chain':
      return [expression.first, ...expression.rest.map(({ operand }) => operand)].flatMap(hostNames);
    case 'not':
      return hostNames(expression.operand);
    case 'scope':
      return hostNames(expression.body);
    case 'identifier': {
      const { qualifier, identifier } = expression;
      return identifier.kind === 'name' && isHost(qualifier) ? [identifier] : [];
    }
    default:
      return [];
  }
}

/** Whether a name under this qualifier is that of a host with an address of IP. */
function isHost({ protocol, type }: Qualifier): boolean {
  if (type !== undefined && type.word !== 'host') return type.word === 'gateway';
  return protocol?.word !== 'link' && protocol?.word !== 'decnet';
}
