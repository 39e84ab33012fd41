// The running Linux kernel as an engine: its verifier, its compiler, its packets. It is the second oracle.
//
// Linux runs a program on a packet that it is given (BPF_PROG_TEST_RUN), and what the program sees of it depends on its type:
//
//   a frame   all of it; but Linux runs no test on a frame whose IPv4 or IPv6 header isn't whole
//   a body    what follows the link header: any bytes, behind a header that is made up here
//
// A translated filter is loaded as two types, for frames and for what is none. As a body the protocol and what counts from
// the headers are not those of the packet, so a filter that asks for them is refused there; so is one that asks what Linux
// answers otherwise than `packet` does. One difference stays: on a body, an indexed load whose X makes its offset negative.

import { type Kernel, type KernelProgram, native } from '../../lib/native.js';
import { BpfError } from '../base/error.js';
import { etherType, linkHeaderBytes } from '../classic/packet.js';
import type { Insn } from '../ebpf/insn.js';
import type { Program } from '../ebpf/program.js';
import { mapIndex } from '../ebpf/structure.js';
import type { Environment } from '../env/environment.js';
import { skbField } from '../env/skb.js';
import { batchByOne, type Executable } from './engine.js';
import { asksNetwork, contextOffset, readsContext } from './packet-context.js';

/** A program type of Linux, and the packet that it is tested on; undefined where Linux would refuse it. */
interface View {
  /** Of `enum bpf_prog_type` (linux/bpf.h). */
  readonly type: number;
  readonly packet: (data: Uint8Array) => Uint8Array | undefined;
}

const socketFilter: View = { type: 1, packet: behindHeader };
const schedCls: View = { type: 3, packet: wholeFrame };

/** By environment; the first view that has a packet for an input is the one that is tested. */
const views: Readonly<Record<string, readonly View[]>> = {
  packet: [schedCls, socketFilter],
  socket_filter: [socketFilter],
  sched_cls: [schedCls],
  sched_act: [{ type: 4, packet: wholeFrame }],
  xdp: [{ type: 6, packet: (data) => data }],
  cgroup_skb: [{ type: 8, packet: behindHeader }],
};

/** Helpers from here up are this project's own. */
const firstOwnHelper = 0x10000;

const operationNotPermitted = 1;

let missing: string | undefined | null = null;

/** Why the kernel can't be asked, in one line; undefined where it can. */
export function kernelMissing(): string | undefined {
  if (missing === null) missing = reasonAgainst();
  return missing;
}

function reasonAgainst(): string | undefined {
  if (native.addon === null) return native.reason;
  if (native.addon.kernel === undefined) return 'this is not Linux';
  try {
    native.addon.kernel.load(socketFilter.type, returnZero).close();
    return undefined;
  } catch (error) {
    return `bpf(2) is not allowed here: ${(error as Error).message}`;
  }
}

/** w0 = 0; exit */
const returnZero = Uint8Array.of(0xb4, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

/**
 * Loads a program into the running kernel.
 * @throws BpfError 'unavailable' where the kernel can't be asked, or not for this environment; 'unsupported' when the
 * program asks for what Linux doesn't have; 'verify' when Linux's verifier refuses it
 */
export function kernelEngine(program: Program, environment: Environment): Executable {
  const kernel = usableKernel();
  if (program.insns.some((insn) => mapIndex(insn) !== undefined))
    throw new BpfError('unsupported', 'maps are not created in the kernel');
  const demands = demandsOf(program, environment);
  const loaded = viewsOf(environment).map((view) => ({ ...view, ...loadInto(kernel, view.type, program) }));
  const verdict: Executable['verdict'] = (data, length) => {
    if (demands.length && length !== data.length) {
      throw new BpfError('unsupported', 'to Linux a test packet is as long as what was captured of it');
    }
    for (const { packet, run } of demands.headers ? loaded.slice(0, 1) : loaded) {
      const tested = packet(data);
      if (tested !== undefined) return testRun(run, tested);
    }
    throw new BpfError('unsupported', 'Linux tests no packet whose headers are cut off');
  };
  return {
    engine: 'kernel',
    run: (data, length) => ({ result: BigInt(verdict(data, length)) }),
    verdict,
    runBatch: (packets, verdicts) => batchByOne(verdict, packets, verdicts, 0),
    close: () => {
      for (const { close } of loaded) close();
    },
  };
}

function viewsOf({ name }: Environment): readonly View[] {
  const found = Object.hasOwn(views, name) ? views[name] : undefined;
  if (found !== undefined) return found;
  throw new BpfError('unavailable', `Linux tests no program of environment '${name}' on bytes alone`);
}

function usableKernel(): Kernel {
  const reason = kernelMissing();
  if (reason !== undefined) throw new BpfError('unavailable', `the kernel can't be asked: ${reason}`);
  return native.addon!.kernel!;
}

// ---- what a program asks for -----------------------------------------------------------------------------------------

/** What a program asks that not every packet can answer; Linux's own types may ask anything. */
interface Demands {
  readonly length: boolean;
  /** The protocol, or bytes that are counted from a header. */
  readonly headers: boolean;
}

function demandsOf(program: Program, environment: Environment): Demands {
  const headers = asksNetwork(program.insns);
  if (environment.name !== 'packet') {
    if (headers && isForFrames(environment))
      throw new BpfError(
        'unsupported',
        "Linux's tests of socket filters know no protocol, and no header of the network",
      );
    return { length: true, headers: false };
  }
  program.insns.forEach(refuseForeign);
  return { length: readsContext(program.insns, skbField('len').offset), headers };
}

/** Whether a filter of sockets is given frames, as by a packet socket; Linux tests it on what follows a header. */
function isForFrames({ name, networkHeader }: Environment): boolean {
  return name === 'socket_filter' && networkHeader > 0;
}

/** Fields whose values Linux chooses itself in a test. */
const chosen = new Map((['pkt_type', 'ifindex'] as const).map((name) => [skbField(name).offset, name]));

function refuseForeign(insn: Insn, pc: number): void {
  if (insn.kind === 'call-helper' && insn.helper >= firstOwnHelper) {
    throw new BpfError('unsupported', `Linux has no helper ${insn.helper}`, { pc });
  }
  const field = chosen.get(contextOffset(insn) ?? -1);
  if (field !== undefined) {
    throw new BpfError('unsupported', `Linux chooses the ${field} of a test packet itself`, { pc });
  }
}

// ---- loading and running ---------------------------------------------------------------------------------------------

interface SystemError extends Error {
  readonly errno: number;
  readonly log?: string;
}

function loadInto(kernel: Kernel, type: number, program: Program): KernelProgram {
  try {
    return kernel.load(type, program.encode());
  } catch (error) {
    const { errno, log = '', message } = error as SystemError;
    if (errno === operationNotPermitted) throw new BpfError('unavailable', `bpf(2) is not allowed here: ${message}`);
    throw new BpfError('verify', `Linux refuses the program: ${verdictOf(log) ?? message}`, { pc: placeOf(log) });
  }
}

function testRun(run: KernelProgram['run'], packet: Uint8Array): number {
  try {
    return run(packet);
  } catch (error) {
    const message = `Linux runs no test on a packet of ${packet.length} bytes: ${(error as SystemError).message}`;
    throw new BpfError('unsupported', message);
  }
}

/** The line of the log that says why; behind it stand the two states of a loop, and statistics. */
function verdictOf(log: string): string | undefined {
  const lines = log
    .split('\n')
    .filter(
      (line) => line !== '' && !/^(?:cur state:|old state:|processed |verification time |stack depth )/.test(line),
    );
  return lines.at(-1);
}

/** The instruction that the verdict names, else the last one that was looked at. */
function placeOf(log: string): number | undefined {
  const named = /\binsn (\d+)$/.exec(verdictOf(log) ?? '')?.[1];
  const place = named ?? [...log.matchAll(/^(\d+): \(/gm)].at(-1)?.[1];
  return place === undefined ? undefined : Number(place);
}

const headerBytes: ReadonlyMap<number, number> = new Map([
  [0x0800, 20],
  [0x86dd, 40],
]);

/** The frame, where Linux runs a test on it. */
function wholeFrame(data: Uint8Array): Uint8Array | undefined {
  const least = linkHeaderBytes + (headerBytes.get(etherType(data)) ?? 0);
  return data.length >= least ? data : undefined;
}

/** The bytes behind a link header of a protocol that Linux doesn't know. */
function behindHeader(data: Uint8Array): Uint8Array {
  const packet = new Uint8Array(linkHeaderBytes + data.length).fill(0xff, 0, linkHeaderBytes);
  packet.set(data, linkHeaderBytes);
  return packet;
}
