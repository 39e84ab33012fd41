// Linux's program types as environments: what each sees, may call, and may answer (6.18).

import { BpfError } from '../../base/error.js';
import { nearest } from '../../base/nearest.js';
import type { Environment, Field, Result } from '../environment.js';
import type { Helper } from '../helper.js';
import { linuxHelpers } from './helpers.js';
import * as packets from './packets.js';
import * as sockets from './sockets.js';
import * as tracing from './tracing.js';

interface ProgramType {
  /** Where a program of the type can be attached; the first is taken if none is asked for. Empty: it isn't asked. */
  readonly attach: readonly string[];
  /** A program has to say where it is to be attached. */
  readonly attachRequired?: boolean;
  readonly fields: (attach: string) => readonly Field[];
  /** Helpers beyond those that every program may call, by number. */
  readonly helpers: (attach: string) => readonly number[];
  /** Helpers that are something else here than elsewhere. */
  readonly variants?: (attach: string) => Readonly<Record<number, Variant>>;
  readonly needsTypes?: boolean;
  readonly sleepable?: Environment['sleepable'];
  readonly privateStacks?: boolean;
  readonly packetLoads?: boolean;
  /** Its data is a frame from its first byte on. */
  readonly isFrame?: boolean;
  readonly packetAccess?: Environment['packetAccess'];
  readonly result: (attach: string) => Range;
}

type Variant = Partial<Pick<Helper, 'arguments' | 'traits'>>;

type Range = readonly [min: number, max: number] | undefined;

/** Bytes of it. */
const ethernetHeader = 14;

/** Helpers that every program may call. */
const base: readonly number[] = [
  ...[1, 2, 3, 5, 6, 7, 8, 12, 14, 15, 16, 17, 22, 35, 37, 42, 55, 80, 87, 88, 89, 93, 94, 105, 106, 109, 112, 113],
  ...[114, 115, 117, 118, 120, 123, 125, 130, 131, 132, 133, 134, 141, 148, 149, 153, 154, 156, 157, 158, 164, 165],
  ...[169, 170, 171, 172, 175, 176, 177, 180, 181, 182, 191, 194, 195, 197, 198, 199, 200, 201, 202, 203, 208, 209],
  ...[210, 211],
];

/** What programs about networking share: casts of sockets, and the coarse clock. */
const network: readonly number[] = [136, 137, 138, 139, 140, 160, 178, 196];
const lightweightTunnel: readonly number[] = [24, 25, 26, 28, 33, 34, 39, ...network];
const tracers: readonly number[] = [4, 25, 27, 45, 67, 174];
const trafficControl: readonly number[] = [
  ...[
    9, 10, 11, 13, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 30, 31, 32, 33, 34, 38, 39, 40, 41, 43, 46, 47, 48, 50, 66,
  ],
  ...[68, 69, 79, 83, 84, 85, 86, 95, 96, 97, 98, 99, 100, 107, 108, 110, 122, 124, 135, 151, 152, 155, 163, 192],
  ...[204, 205, 206, 207, ...network],
];
const sockAddr: readonly number[] = [25, 46, 49, 57, 81, 84, 85, 86, 99, 107, 108, 122, ...network];

/** The class of the packet's own socket, where `get_cgroup_classid` otherwise tells that of the process. */
const classOfPacket: ProgramType['variants'] = () => ({ 17: { arguments: ['context'] } });

const one = [''];
const boolean: Range = [0, 1];
const anything = () => undefined;
const yesOrNo = () => boolean;

/** Where a program that sees an address being used may be attached. */
const sockAddrAttach = [
  'cgroup_inet4_bind',
  'cgroup_inet6_bind',
  'cgroup_inet4_connect',
  'cgroup_inet6_connect',
  'cgroup_unix_connect',
  'cgroup_udp4_sendmsg',
  'cgroup_udp6_sendmsg',
  'cgroup_unix_sendmsg',
  'cgroup_udp4_recvmsg',
  'cgroup_udp6_recvmsg',
  'cgroup_unix_recvmsg',
  'cgroup_inet4_getpeername',
  'cgroup_inet6_getpeername',
  'cgroup_unix_getpeername',
  'cgroup_inet4_getsockname',
  'cgroup_inet6_getsockname',
  'cgroup_unix_getsockname',
];

function sockAddrResult(attach: string): Range {
  if (/recvmsg|getpeername|getsockname/.test(attach)) return [1, 1];
  return /_bind$/.test(attach) ? [0, 3] : boolean;
}

function sockAddrHelpers(attach: string): readonly number[] {
  const retval = /recvmsg|getpeername|getsockname/.test(attach) ? [] : [186, 187];
  const bind = /inet[46]_connect/.test(attach) ? [64] : [];
  return [...sockAddr, ...retval, ...bind];
}

/** A program about one function of the kernel, or a table of them. */
const typed: ProgramType = { attach: one, fields: () => [], helpers: () => [], needsTypes: true, result: anything };

const types: Readonly<Record<string, ProgramType>> = {
  socket_filter: {
    attach: one,
    fields: () => packets.socketFilter,
    helpers: () => [25, 26, 46, 47, 68, 122, ...network],
    packetLoads: true,
    result: anything,
  },
  sched_cls: {
    attach: ['', 'tcx_ingress', 'tcx_egress', 'netkit_primary', 'netkit_peer'],
    fields: () => packets.trafficControl,
    helpers: () => trafficControl,
    variants: classOfPacket,
    packetLoads: true,
    isFrame: true,
    packetAccess: 'write',
    result: anything,
  },
  sched_act: {
    attach: one,
    fields: () => packets.trafficControl,
    helpers: () => trafficControl,
    variants: classOfPacket,
    packetLoads: true,
    isFrame: true,
    packetAccess: 'write',
    result: anything,
  },
  xdp: {
    attach: ['', 'xdp', 'xdp_devmap', 'xdp_cpumap'],
    fields: (attach) => packets.xdp(attach === 'xdp_devmap'),
    helpers: () => [
      ...[23, 25, 28, 44, 51, 54, 65, 69, 84, 85, 86, 99, 100, 110, 163, 188, 189, 190, 204, 205, 206, 207],
      ...network,
    ],
    isFrame: true,
    packetAccess: 'write',
    result: anything,
  },
  cgroup_skb: {
    attach: ['cgroup_inet_ingress', 'cgroup_inet_egress'],
    fields: () => packets.cgroupSkb,
    helpers: () => [
      ...[25, 26, 46, 47, 68, 79, 81, 83, 84, 85, 86, 95, 96, 97, 98, 99, 107, 108, 122, 128, 129],
      ...network,
    ],
    packetAccess: 'read',
    result: (attach) => (attach === 'cgroup_inet_egress' ? [0, 3] : boolean),
  },
  cgroup_sock: {
    attach: ['cgroup_inet_sock_create', 'cgroup_inet_sock_release', 'cgroup_inet4_post_bind', 'cgroup_inet6_post_bind'],
    fields: sockets.cgroupSock,
    helpers: () => [25, 46, 81, 107, 122, 160, 186, 187],
    variants: () => ({ 107: { arguments: ['map', 'context', 'value?', 'any'] } }),
    result: yesOrNo,
  },
  cgroup_sock_addr: {
    attach: sockAddrAttach,
    attachRequired: true,
    fields: sockets.sockAddr,
    helpers: sockAddrHelpers,
    result: sockAddrResult,
  },
  cgroup_sockopt: {
    attach: ['cgroup_getsockopt', 'cgroup_setsockopt'],
    attachRequired: true,
    fields: sockets.cgroupSockopt,
    helpers: (attach) => [
      ...[25, 81, 96, 107, 108, 122, 186, 187],
      ...(attach === 'cgroup_setsockopt' ? [49, 57] : []),
    ],
    variants: () => ({
      49: { arguments: ['sock', 'any', 'any', 'in', 'size'] },
      57: { arguments: ['sock', 'any', 'any', 'out', 'size'] },
    }),
    packetAccess: 'buffer',
    result: yesOrNo,
  },
  cgroup_device: {
    attach: ['', 'cgroup_device'],
    fields: () => tracing.cgroupDevice,
    helpers: (attach) => [25, 81, ...(attach === '' ? [] : [186, 187])],
    result: yesOrNo,
  },
  cgroup_sysctl: {
    attach: ['', 'cgroup_sysctl'],
    fields: () => tracing.cgroupSysctl,
    helpers: (attach) => [25, 81, 101, 102, 103, 104, 160, ...(attach === '' ? [] : [186, 187])],
    result: yesOrNo,
  },
  lwt_in: {
    attach: one,
    fields: () => packets.lightweightTunnel,
    helpers: () => [...lightweightTunnel, 73],
    variants: classOfPacket,
    packetAccess: 'read',
    result: anything,
  },
  lwt_out: {
    attach: one,
    fields: () => packets.lightweightTunnel,
    helpers: () => lightweightTunnel,
    variants: classOfPacket,
    packetAccess: 'read',
    result: anything,
  },
  lwt_xmit: {
    attach: one,
    fields: () => packets.lightweightTunnel,
    helpers: () => [...lightweightTunnel, 9, 10, 11, 13, 20, 21, 23, 29, 30, 38, 40, 41, 43, 73, 135],
    variants: classOfPacket,
    packetAccess: 'write',
    result: anything,
  },
  lwt_seg6local: {
    attach: one,
    fields: () => packets.lightweightTunnel,
    helpers: () => [...lightweightTunnel, 74, 75, 76],
    variants: classOfPacket,
    packetAccess: 'read',
    result: anything,
  },
  sock_ops: {
    attach: one,
    fields: () => sockets.sockOps,
    helpers: () => [25, 46, 49, 53, 57, 59, 70, 81, 96, 107, 108, 122, 142, 143, 144, ...network],
    result: yesOrNo,
  },
  sk_skb: {
    attach: ['', 'sk_skb_stream_parser', 'sk_skb_stream_verdict', 'sk_skb_verdict'],
    fields: () => packets.skSkb,
    helpers: () => [9, 25, 26, 38, 39, 43, 46, 47, 50, 52, 72, 84, 85, 86, 99, ...network],
    packetAccess: 'write',
    result: anything,
  },
  sk_msg: {
    attach: one,
    fields: () => packets.skMsg,
    helpers: () => [25, 60, 61, 62, 63, 71, 90, 91, 107, 108, 122, ...network],
    packetAccess: 'write',
    result: anything,
  },
  sk_lookup: {
    attach: ['sk_lookup'],
    attachRequired: true,
    fields: () => sockets.skLookup,
    helpers: () => [25, 86, 124, ...network],
    variants: () => ({ 124: { arguments: ['context', 'socket?', 'any'] } }),
    result: yesOrNo,
  },
  sk_reuseport: {
    attach: ['sk_reuseport_select', 'sk_reuseport_select_or_migrate'],
    fields: () => packets.skReuseport,
    helpers: () => [26, 46, 68, 82, 160],
    variants: () => ({ 46: { arguments: ['sock?'] } }),
    packetAccess: 'read',
    result: anything,
  },
  flow_dissector: {
    attach: one,
    fields: () => packets.flowDissector,
    helpers: () => [26, ...network],
    packetAccess: 'read',
    result: anything,
  },
  kprobe: {
    attach: one,
    fields: () => tracing.kprobe,
    helpers: () => [...tracers, 173],
    variants: (attach) => (/_(multi|session)$/.test(attach) ? { 173: { traits: {} } } : {}),
    sleepable: 'allowed',
    privateStacks: true,
    result: (attach) => (attach.endsWith('_session') ? boolean : undefined),
  },
  tracepoint: {
    attach: one,
    fields: () => tracing.tracepoint,
    helpers: () => tracers,
    privateStacks: true,
    result: anything,
  },
  raw_tracepoint: {
    attach: one,
    fields: () => tracing.rawTracepoint,
    helpers: () => tracers,
    privateStacks: true,
    result: anything,
  },
  raw_tracepoint_writable: {
    attach: one,
    fields: () => tracing.rawTracepointWritable,
    helpers: () => tracers,
    result: anything,
  },
  perf_event: {
    attach: one,
    fields: () => tracing.perfEvent,
    helpers: () => [...tracers, 56, 119],
    variants: () => ({ 27: { traits: {} } }),
    privateStacks: true,
    result: anything,
  },
  syscall: {
    attach: one,
    fields: () => tracing.syscall,
    helpers: () => [
      ...[4, 25, 27, 45, 46, 67, 107, 108, 111, 121, 147, 162, 166, 167, 168, 179, 188],
      ...[136, 137, 138, 139, 140, 178, 196],
    ],
    variants: () => ({ 46: { arguments: ['sock?'] }, 188: { arguments: ['typed'] } }),
    sleepable: 'demanded',
    result: anything,
  },
  netfilter: {
    attach: ['netfilter'],
    attachRequired: true,
    fields: () => tracing.netfilter,
    helpers: () => [],
    result: yesOrNo,
  },
  tracing: typed,
  lsm: typed,
  struct_ops: typed,
  ext: typed,
};

/** The names of the program types that are built. */
export const linuxTypeNames: readonly string[] = Object.keys(types);

export function isLinuxType(name: string): boolean {
  return Object.hasOwn(types, name);
}

/**
 * @param name a program type for which `isLinuxType` holds
 * @param attach Linux's attach type in lower case without its prefix; default the type's first
 * @throws BpfError 'name' when the type can't be attached there
 */
export function linuxType(name: string, attach?: string): Environment {
  const type = types[name]!;
  const place = attachPoint(name, type, attach);
  const { packetLoads = false, packetAccess = 'none' } = type;
  const variants = type.variants?.(place) ?? {};
  const networkHeader = type.isFrame ? ethernetHeader : 0;
  const range = type.result(place);
  const result: Result = { bits: 32, range, mayBeAddress: range === undefined };
  return {
    name,
    arguments: ['context'],
    dataSize: 0,
    fields: type.fields(place),
    packetLoads,
    networkHeader,
    packetAccess,
    needsTypes: type.needsTypes ?? false,
    sleepable: type.sleepable ?? 'refused',
    leavesInMain: true,
    privateStacks: type.privateStacks ?? false,
    helpers: new Map([...base, ...type.helpers(place)].map((id) => [id, helper(id, variants[id])])),
    result,
    loops: 'refused',
  };
}

function attachPoint(name: string, { attach, attachRequired }: ProgramType, wanted: string | undefined): string {
  if (wanted === undefined || wanted === '') {
    if (attachRequired === true) throw new BpfError('usage', `environment '${name}' needs an attach type`);
    return attach[0]!;
  }
  if (attach.includes(wanted) || attach === one) return wanted;
  throw new BpfError('name', `environment '${name}' has no attach type '${wanted}'`, {
    suggestion: nearest(wanted, attach),
  });
}

function helper(id: number, variant: Variant | undefined): Helper {
  const known = linuxHelpers.get(id)!;
  return variant === undefined ? known : { ...known, ...variant };
}
