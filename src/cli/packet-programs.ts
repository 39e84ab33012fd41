// Programs that Linux runs on packets: what of a capture they can be given, what their answers are called, and which answers let a
// packet pass.

import type { Link } from '../base/link.js';
import { linkHeaderBytes } from '../classic/packet.js';
import type { Program } from '../ebpf/program.js';
import type { Environment } from '../env/environment.js';
import { asksNetwork } from '../run/packet-context.js';

export interface PacketProgram {
  /** What its packets begin with: the link header, that of Ethernet, or the header of IP. */
  readonly beginsWith: 'link' | 'ethernet' | 'ip';
  /** Whether every answer but 0 lets a packet pass, as that of a filter. */
  readonly isFilter?: true;
  /** Linux's names of its answers; undefined where the answer is a number: how many bytes to keep, or a bit. */
  readonly names?: ReadonlyMap<number, string>;
  /** @param verdict as a signed number */
  readonly passes: (verdict: number) => boolean;
}

/** An answer is how many bytes to keep. */
const filter: PacketProgram = { beginsWith: 'link', isFilter: true, passes: (verdict) => verdict !== 0 };

const xdpNames = ['XDP_ABORTED', 'XDP_DROP', 'XDP_PASS', 'XDP_TX', 'XDP_REDIRECT'];
const actionNames = ['OK', 'RECLASSIFY', 'SHOT', 'PIPE', 'STOLEN', 'QUEUED', 'REPEAT', 'REDIRECT', 'TRAP'];

/** A filter with direct actions: what it doesn't know goes on (net/sched/cls_bpf.c). */
const trafficControl: PacketProgram = {
  beginsWith: 'ethernet',
  names: new Map([[-1, 'TC_ACT_UNSPEC'], ...actionNames.map((name, i) => [i, `TC_ACT_${name}`] as const)]),
  passes: (verdict) => ![2, 4, 7, 8].includes(verdict),
};

const lightweightTunnel: PacketProgram = {
  beginsWith: 'ip',
  names: new Map([
    [0, 'BPF_OK'],
    [2, 'BPF_DROP'],
    [7, 'BPF_REDIRECT'],
    [128, 'BPF_LWT_REROUTE'],
  ]),
  passes: (verdict) => verdict === 0 || verdict === 128,
};

const byEnvironment: Readonly<Record<string, PacketProgram>> = {
  packet: filter,
  socket_filter: filter,
  xdp: { beginsWith: 'ethernet', names: new Map(xdpNames.entries()), passes: (verdict) => verdict === 2 },
  sched_cls: trafficControl,
  sched_act: trafficControl,
  cgroup_skb: { beginsWith: 'ip', passes: (verdict) => (verdict & 1) !== 0 },
  ...{ lwt_in: lightweightTunnel, lwt_out: lightweightTunnel, lwt_xmit: lightweightTunnel },
};

/** Undefined where programs of the environment are given something else, or what of a capture they would be given isn't known. */
export function packetProgram({ name }: Environment, { insns }: Program): PacketProgram | undefined {
  const found = Object.hasOwn(byEnvironment, name) ? byEnvironment[name] : undefined;
  // Of other link types it isn't known where the protocol stands.
  return found === filter && asksNetwork(insns) ? { ...filter, beginsWith: 'ethernet' } : found;
}

/** How a program is run on packets of captures: a filter of sockets as one of a packet socket, which has frames from their first byte on. */
export function onFrames(environment: Environment): Environment {
  return environment.name === 'socket_filter' ? { ...environment, networkHeader: linkHeaderBytes } : environment;
}

const linksOf: Readonly<Record<'ethernet' | 'ip', readonly string[]>> = {
  ethernet: ['EN10MB'],
  ip: ['RAW', 'IPV4', 'IPV6'],
};

/** The link types of captures whose packets it can be given; undefined: all. */
export function linksFor({ beginsWith }: PacketProgram): readonly string[] | undefined {
  return beginsWith === 'link' ? undefined : linksOf[beginsWith];
}

export function takes(program: PacketProgram, { name }: Link): boolean {
  return linksFor(program)?.includes(name) ?? true;
}
