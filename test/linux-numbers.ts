// Linux's numbers of program types and of places to attach them (linux/bpf.h), by the names that environments have.

export const programTypes: Readonly<Record<string, number>> = {
  socket_filter: 1,
  kprobe: 2,
  sched_cls: 3,
  sched_act: 4,
  tracepoint: 5,
  xdp: 6,
  perf_event: 7,
  cgroup_skb: 8,
  cgroup_sock: 9,
  lwt_in: 10,
  lwt_out: 11,
  lwt_xmit: 12,
  sock_ops: 13,
  sk_skb: 14,
  cgroup_device: 15,
  sk_msg: 16,
  raw_tracepoint: 17,
  cgroup_sock_addr: 18,
  lwt_seg6local: 19,
  sk_reuseport: 21,
  flow_dissector: 22,
  cgroup_sysctl: 23,
  raw_tracepoint_writable: 24,
  cgroup_sockopt: 25,
  sk_lookup: 30,
  syscall: 31,
  netfilter: 32,
};

export const attachTypes: Readonly<Record<string, number>> = {
  cgroup_inet_ingress: 0,
  cgroup_inet_egress: 1,
  cgroup_inet_sock_create: 2,
  cgroup_device: 6,
  cgroup_inet4_bind: 8,
  cgroup_inet6_bind: 9,
  cgroup_inet4_connect: 10,
  cgroup_inet6_connect: 11,
  cgroup_inet4_post_bind: 12,
  cgroup_inet6_post_bind: 13,
  cgroup_udp4_sendmsg: 14,
  cgroup_udp6_sendmsg: 15,
  cgroup_sysctl: 18,
  cgroup_udp4_recvmsg: 19,
  cgroup_udp6_recvmsg: 20,
  cgroup_getsockopt: 21,
  cgroup_setsockopt: 22,
  cgroup_inet4_getpeername: 29,
  cgroup_inet6_getpeername: 30,
  cgroup_inet4_getsockname: 31,
  cgroup_inet6_getsockname: 32,
  xdp_devmap: 33,
  cgroup_inet_sock_release: 34,
  xdp_cpumap: 35,
  sk_lookup: 36,
  xdp: 37,
  sk_reuseport_select: 39,
  sk_reuseport_select_or_migrate: 40,
  trace_kprobe_multi: 42,
  netfilter: 45,
  cgroup_unix_connect: 49,
  cgroup_unix_sendmsg: 50,
  cgroup_unix_recvmsg: 51,
  cgroup_unix_getpeername: 52,
  cgroup_unix_getsockname: 53,
  trace_kprobe_session: 56,
};

/** A program type at a place that changes what its programs see, may call or may answer. */
export interface Place {
  readonly name: string;
  readonly attach: string | undefined;
}

const attached: Readonly<Record<string, readonly string[]>> = {
  cgroup_skb: ['cgroup_inet_ingress', 'cgroup_inet_egress'],
  cgroup_sock: [
    'cgroup_inet_sock_create',
    'cgroup_inet_sock_release',
    'cgroup_inet4_post_bind',
    'cgroup_inet6_post_bind',
  ],
  cgroup_sock_addr: Object.keys(attachTypes).filter((each) => /^cgroup_(inet[46]|udp[46]|unix)_(?!post)/.test(each)),
  cgroup_sockopt: ['cgroup_getsockopt', 'cgroup_setsockopt'],
  cgroup_device: ['cgroup_device'],
  cgroup_sysctl: ['cgroup_sysctl'],
  sk_lookup: ['sk_lookup'],
  netfilter: ['netfilter'],
  sk_reuseport: ['sk_reuseport_select', 'sk_reuseport_select_or_migrate'],
  xdp: ['xdp', 'xdp_devmap', 'xdp_cpumap'],
  kprobe: ['', 'trace_kprobe_multi', 'trace_kprobe_session'],
};

export const places: readonly Place[] = Object.keys(programTypes).flatMap((name) =>
  (attached[name] ?? ['']).map((attach) => ({ name, attach: attach === '' ? undefined : attach })),
);
