// The functions of the running kernel, for `.function`: /proc/kallsyms, which tells addresses to root alone.

import { readFileSync } from 'node:fs';
import { systemFault } from '../../capture/fault.js';
import type { FunctionRange } from '../../event/reading.js';

const line = /^([0-9a-f]+) [tTwW] (\S+)/gm;

/** @returns what finds a function by its name, or the one that an address lies in; undefined where there is none such */
export function kernelFunctions(path = '/proc/kallsyms'): (wanted: string | bigint) => FunctionRange | undefined {
  let found: readonly Symbol[] | undefined; // read when it is asked for: there are more than a hundred thousand
  return (wanted) => {
    found ??= symbolsOf(path);
    const at = typeof wanted === 'string' ? found.findIndex(({ name }) => name === wanted) : lastUpTo(found, wanted);
    const [symbol, next] = [
      found[at],
      found.slice(at + 1).find(({ address }) => address > (found?.[at]?.address ?? 0n)),
    ];
    if (symbol === undefined || next === undefined || symbol.address === 0n) return undefined;
    return { address: symbol.address, size: next.address - symbol.address };
  };
}

interface Symbol {
  readonly address: bigint;
  readonly name: string;
}

function symbolsOf(path: string): Symbol[] {
  const symbols = [...textOf(path).matchAll(line)].map(([, address, name]) => ({
    address: BigInt(`0x${address}`),
    name: name!,
  }));
  return symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw systemFault(`cannot read '${path}'`, error);
  }
}

/** The place of the last symbol that is not behind an address, or -1. */
function lastUpTo(symbols: readonly Symbol[], address: bigint): number {
  return symbols.findLastIndex((symbol) => symbol.address <= address);
}
