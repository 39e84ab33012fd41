// Environments by name, as the command line and the batch protocol spell them.

import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import type { Environment } from './environment.js';
import { memory } from './memory.js';
import { packet } from './packet.js';
import { seccomp } from './seccomp.js';

export interface EnvironmentOptions {
  /** `memory`: how many bytes there are at least; default 0. */
  readonly size?: number | undefined;
}

const environments: Readonly<Record<string, (options: EnvironmentOptions) => Environment>> = {
  packet: () => packet,
  seccomp: () => seccomp,
  memory: ({ size }) => memory(size),
};

/** The names that `environment` knows. */
export const environmentNames: readonly string[] = Object.keys(environments);

/** Linux's program types (linux/bpf.h) that are none of ours yet. */
const unbuilt = [
  ...[
    'socket_filter',
    'kprobe',
    'sched_cls',
    'sched_act',
    'tracepoint',
    'xdp',
    'perf_event',
    'cgroup_skb',
    'cgroup_sock',
  ],
  ...['lwt_in', 'lwt_out', 'lwt_xmit', 'sock_ops', 'sk_skb', 'cgroup_device', 'sk_msg', 'raw_tracepoint'],
  ...['cgroup_sock_addr', 'lwt_seg6local', 'lirc_mode2', 'sk_reuseport', 'flow_dissector', 'cgroup_sysctl'],
  ...['raw_tracepoint_writable', 'cgroup_sockopt', 'tracing', 'struct_ops', 'ext', 'lsm', 'sk_lookup', 'syscall'],
  ...['netfilter', 'event'],
];

/**
 * @throws BpfError 'name' when there is no environment of that name, 'unsupported' when it isn't built, 'usage' when an option means nothing there,
 * 'range' when one is out of range
 */
export function environment(name: string, options: EnvironmentOptions = {}): Environment {
  if (!Object.hasOwn(environments, name)) {
    if (unbuilt.includes(name)) throw new BpfError('unsupported', `the environment '${name}' is not built yet`);
    throw new BpfError('name', `unknown environment '${name}'`, { suggestion: nearest(name, environmentNames) });
  }
  if (options.size !== undefined && name !== 'memory') {
    throw new BpfError('usage', `environment '${name}' has no size`);
  }
  return environments[name]!(options);
}
