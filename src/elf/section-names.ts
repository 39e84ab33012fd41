// What the name of a section says of the programs in it: their type, where they are to be attached, whether they may sleep.
// These are the conventions of libbpf (Documentation/bpf/libbpf/program_types.rst).

/** What `environment` and `verify` want to know. */
export interface ProgramKind {
  /** The name of an environment: Linux's program type in lower case. */
  readonly type: string;
  /** Linux's attach type, in lower case and without prefix; undefined where the type alone says it. */
  readonly attach: string | undefined;
  /** Linux's `BPF_F_*` flags of programs. */
  readonly flags: number;
  /** What the programs are about, as their section says: a function, a tracepoint. */
  readonly target: string | undefined;
}

type Row = readonly [name: string, type: string, attach?: string];

const [sleepable, frags] = [0x10, 0x20];

/** Names that stand alone. */
const exact: readonly Row[] = [
  ['socket', 'socket_filter'],
  ['sk_reuseport/migrate', 'sk_reuseport', 'sk_reuseport_select_or_migrate'],
  ['sk_reuseport', 'sk_reuseport', 'sk_reuseport_select'],
  ['tc/ingress', 'sched_cls', 'tcx_ingress'],
  ['tc/egress', 'sched_cls', 'tcx_egress'],
  ['tcx/ingress', 'sched_cls', 'tcx_ingress'],
  ['tcx/egress', 'sched_cls', 'tcx_egress'],
  ['tc', 'sched_cls'],
  ['classifier', 'sched_cls'],
  ['action', 'sched_act'],
  ['netkit/primary', 'sched_cls', 'netkit_primary'],
  ['netkit/peer', 'sched_cls', 'netkit_peer'],
  ['syscall', 'syscall'],
  ['xdp/devmap', 'xdp', 'xdp_devmap'],
  ['xdp.frags/devmap', 'xdp', 'xdp_devmap'],
  ['xdp/cpumap', 'xdp', 'xdp_cpumap'],
  ['xdp.frags/cpumap', 'xdp', 'xdp_cpumap'],
  ['xdp', 'xdp', 'xdp'],
  ['xdp.frags', 'xdp', 'xdp'],
  ['perf_event', 'perf_event'],
  ['lwt_in', 'lwt_in'],
  ['lwt_out', 'lwt_out'],
  ['lwt_xmit', 'lwt_xmit'],
  ['lwt_seg6local', 'lwt_seg6local'],
  ['sockops', 'sock_ops', 'cgroup_sock_ops'],
  ['sk_skb/stream_parser', 'sk_skb', 'sk_skb_stream_parser'],
  ['sk_skb/stream_verdict', 'sk_skb', 'sk_skb_stream_verdict'],
  ['sk_skb/verdict', 'sk_skb', 'sk_skb_verdict'],
  ['sk_skb', 'sk_skb'],
  ['sk_msg', 'sk_msg', 'sk_msg_verdict'],
  ['lirc_mode2', 'lirc_mode2', 'lirc_mode2'],
  ['flow_dissector', 'flow_dissector', 'flow_dissector'],
  ['cgroup_skb/ingress', 'cgroup_skb', 'cgroup_inet_ingress'],
  ['cgroup_skb/egress', 'cgroup_skb', 'cgroup_inet_egress'],
  ['cgroup/skb', 'cgroup_skb'],
  ['cgroup/sock_create', 'cgroup_sock', 'cgroup_inet_sock_create'],
  ['cgroup/sock_release', 'cgroup_sock', 'cgroup_inet_sock_release'],
  ['cgroup/sock', 'cgroup_sock', 'cgroup_inet_sock_create'],
  ['cgroup/post_bind4', 'cgroup_sock', 'cgroup_inet4_post_bind'],
  ['cgroup/post_bind6', 'cgroup_sock', 'cgroup_inet6_post_bind'],
  ['cgroup/bind4', 'cgroup_sock_addr', 'cgroup_inet4_bind'],
  ['cgroup/bind6', 'cgroup_sock_addr', 'cgroup_inet6_bind'],
  ['cgroup/connect4', 'cgroup_sock_addr', 'cgroup_inet4_connect'],
  ['cgroup/connect6', 'cgroup_sock_addr', 'cgroup_inet6_connect'],
  ['cgroup/connect_unix', 'cgroup_sock_addr', 'cgroup_unix_connect'],
  ['cgroup/sendmsg4', 'cgroup_sock_addr', 'cgroup_udp4_sendmsg'],
  ['cgroup/sendmsg6', 'cgroup_sock_addr', 'cgroup_udp6_sendmsg'],
  ['cgroup/sendmsg_unix', 'cgroup_sock_addr', 'cgroup_unix_sendmsg'],
  ['cgroup/recvmsg4', 'cgroup_sock_addr', 'cgroup_udp4_recvmsg'],
  ['cgroup/recvmsg6', 'cgroup_sock_addr', 'cgroup_udp6_recvmsg'],
  ['cgroup/recvmsg_unix', 'cgroup_sock_addr', 'cgroup_unix_recvmsg'],
  ['cgroup/getpeername4', 'cgroup_sock_addr', 'cgroup_inet4_getpeername'],
  ['cgroup/getpeername6', 'cgroup_sock_addr', 'cgroup_inet6_getpeername'],
  ['cgroup/getpeername_unix', 'cgroup_sock_addr', 'cgroup_unix_getpeername'],
  ['cgroup/getsockname4', 'cgroup_sock_addr', 'cgroup_inet4_getsockname'],
  ['cgroup/getsockname6', 'cgroup_sock_addr', 'cgroup_inet6_getsockname'],
  ['cgroup/getsockname_unix', 'cgroup_sock_addr', 'cgroup_unix_getsockname'],
  ['cgroup/sysctl', 'cgroup_sysctl', 'cgroup_sysctl'],
  ['cgroup/getsockopt', 'cgroup_sockopt', 'cgroup_getsockopt'],
  ['cgroup/setsockopt', 'cgroup_sockopt', 'cgroup_setsockopt'],
  ['cgroup/dev', 'cgroup_device', 'cgroup_device'],
  ['sk_lookup', 'sk_lookup', 'sk_lookup'],
  ['netfilter', 'netfilter', 'netfilter'],
];

/** Names behind which, after a slash, may stand what the programs are about. */
const withTarget: readonly Row[] = [
  ['kprobe', 'kprobe'],
  ['kretprobe', 'kprobe'],
  ['ksyscall', 'kprobe'],
  ['kretsyscall', 'kprobe'],
  ['uprobe', 'kprobe'],
  ['uprobe.s', 'kprobe'],
  ['uretprobe', 'kprobe'],
  ['uretprobe.s', 'kprobe'],
  ['usdt', 'kprobe'],
  ['usdt.s', 'kprobe'],
  ['kprobe.multi', 'kprobe', 'trace_kprobe_multi'],
  ['kretprobe.multi', 'kprobe', 'trace_kprobe_multi'],
  ['kprobe.session', 'kprobe', 'trace_kprobe_session'],
  ['uprobe.multi', 'kprobe', 'trace_uprobe_multi'],
  ['uprobe.multi.s', 'kprobe', 'trace_uprobe_multi'],
  ['uretprobe.multi', 'kprobe', 'trace_uprobe_multi'],
  ['uretprobe.multi.s', 'kprobe', 'trace_uprobe_multi'],
  ['uprobe.session', 'kprobe', 'trace_uprobe_session'],
  ['uprobe.session.s', 'kprobe', 'trace_uprobe_session'],
  ['tracepoint', 'tracepoint'],
  ['tp', 'tracepoint'],
  ['raw_tracepoint', 'raw_tracepoint'],
  ['raw_tp', 'raw_tracepoint'],
  ['raw_tracepoint.w', 'raw_tracepoint_writable'],
  ['raw_tp.w', 'raw_tracepoint_writable'],
  ['tp_btf', 'tracing', 'trace_raw_tp'],
  ['fentry', 'tracing', 'trace_fentry'],
  ['fentry.s', 'tracing', 'trace_fentry'],
  ['fexit', 'tracing', 'trace_fexit'],
  ['fexit.s', 'tracing', 'trace_fexit'],
  ['fmod_ret', 'tracing', 'modify_return'],
  ['fmod_ret.s', 'tracing', 'modify_return'],
  ['iter', 'tracing', 'trace_iter'],
  ['iter.s', 'tracing', 'trace_iter'],
  ['freplace', 'ext'],
  ['lsm', 'lsm', 'lsm_mac'],
  ['lsm.s', 'lsm', 'lsm_mac'],
  ['lsm_cgroup', 'lsm', 'lsm_cgroup'],
  ['struct_ops', 'struct_ops'],
  ['struct_ops.s', 'struct_ops'],
];

const byName = new Map(exact.map((row) => [row[0], row]));
const byPrefix = new Map(withTarget.map((row) => [row[0], row]));

/** The names that mean something, for suggestions. */
export const knownSections: readonly string[] = [...byName.keys(), ...byPrefix.keys()];

/** @param section its name; a question mark before it keeps libbpf from loading the programs unasked, and says nothing here */
export function kindOf(section: string): ProgramKind | undefined {
  const name = section.replace(/^\?/, '');
  const slash = name.indexOf('/');
  const [prefix, target] = slash < 0 ? [name, undefined] : [name.slice(0, slash), name.slice(slash + 1)];
  const row = byName.get(name);
  if (row !== undefined) return kind(row, undefined);
  const open = byPrefix.get(prefix);
  return open === undefined ? undefined : kind(open, target);
}

function kind([name, type, attach]: Row, target: string | undefined): ProgramKind {
  const sleeps = name.endsWith('.s') || name === 'syscall';
  return { type, attach, flags: (sleeps ? sleepable : 0) | (name.startsWith('xdp.frags') ? frags : 0), target };
}
