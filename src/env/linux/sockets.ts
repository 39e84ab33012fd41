// The contexts of Linux's programs about sockets, and what a program may read of a socket that it has the address of.

import type { AccessSize, Field } from '../environment.js';
import { addressField, narrow, run, scalarField, whole, wide } from './fields.js';

const ip6 = (name: string) => [0, 1, 2, 3].map((index) => `${name}[${index}]`);
/** Numbers that Linux keeps in 32 bits and lets be read from their start only. */
const prefix: readonly AccessSize[] = [1, 2, 4];

function prefixField(name: string, offset: number): Field {
  return { ...scalarField(name, offset, { read: prefix }), startOnly: true };
}

/** The parts of `struct bpf_sock` that every kind of socket has. */
export const sockCommonFields: readonly Field[] = [
  scalarField('bound_dev_if', 0, { read: whole }),
  prefixField('family', 4),
  scalarField('src_ip4', 24),
  ...run(28, ip6('src_ip6')),
  prefixField('src_port', 44),
  scalarField('dst_port', 48, { read: [1, 2], size: 2 }),
  { ...scalarField('dst_port', 48, { read: whole }), startOnly: true },
  scalarField('dst_ip4', 52),
  ...run(56, ip6('dst_ip6')),
  prefixField('state', 72),
  prefixField('rx_queue_mapping', 76),
];

/** `struct bpf_sock` */
export const socketFields: readonly Field[] = [
  ...sockCommonFields,
  prefixField('type', 8),
  prefixField('protocol', 12),
  ...run(16, ['mark', 'priority'], { read: whole }),
];

/** `struct bpf_tcp_sock`: twenty numbers of 32 bits, two of 64, four more of 32 */
export const tcpSockFields: readonly Field[] = [
  ...run(
    0,
    'snd_cwnd srtt_us rtt_min snd_ssthresh rcv_nxt snd_nxt snd_una mss_cache ecn_flags rate_delivered'.split(' '),
    { read: whole },
  ),
  ...run(
    40,
    'rate_interval_us packets_out retrans_out total_retrans segs_in data_segs_in segs_out data_segs_out'.split(' '),
    { read: whole },
  ),
  ...run(72, ['lost_out', 'sacked_out'], { read: whole }),
  ...[80, 88].map((offset) =>
    scalarField(offset === 80 ? 'bytes_received' : 'bytes_acked', offset, { read: wide, size: 8 }),
  ),
  ...run(96, ['dsack_dups', 'delivered', 'delivered_ce', 'icsk_retransmits'], { read: whole }),
];

/** `struct bpf_xdp_sock` */
export const xdpSockFields: readonly Field[] = [scalarField('queue_id', 0, { read: whole })];

/** Context of `cgroup_sock`: a socket, as far as it is set up where the program is attached. */
export function cgroupSock(attach: string): Field[] {
  const shared = socketFields.filter(({ offset }) => (offset >= 4 && offset <= 12) || offset >= 48);
  switch (attach) {
    case 'cgroup_inet4_post_bind':
      return [...shared, scalarField('src_ip4', 24), prefixField('src_port', 44)];
    case 'cgroup_inet6_post_bind':
      return [...shared, ...run(28, ip6('src_ip6')), prefixField('src_port', 44)];
    default:
      return [
        ...shared,
        scalarField('bound_dev_if', 0, { read: whole, write: whole }),
        ...run(16, ['mark', 'priority'], { read: whole, write: whole }),
      ];
  }
}

/** An address in parts of 4 or 8 bytes. */
function ip6Address(name: string, offset: number): Field {
  return scalarField(name, offset, { read: [1, 2, 4, 8], write: [4, 8], size: 16 });
}

/** `struct bpf_sock_addr`, in which only the address of the family that the program is attached for can be reached. */
export function sockAddr(attach: string): Field[] {
  const written = { read: narrow, write: whole };
  const fields = [
    scalarField('user_family', 0, { read: whole }),
    scalarField('user_port', 24, written),
    ...run(28, ['family', 'type', 'protocol'], { read: whole }),
    addressField('sk', 64, 'socket'),
  ];
  if (/(inet|udp)4/.test(attach)) fields.push(scalarField('user_ip4', 4, written));
  if (/(inet|udp)6/.test(attach)) fields.push(ip6Address('user_ip6', 8));
  if (attach === 'cgroup_udp4_sendmsg') fields.push(scalarField('msg_src_ip4', 40, written));
  if (attach === 'cgroup_udp6_sendmsg') fields.push(ip6Address('msg_src_ip6', 44));
  return fields;
}

/** `struct bpf_sock_ops` */
export const sockOps: readonly Field[] = [
  scalarField('op', 0, { read: whole }),
  scalarField('reply', 4, { read: whole, write: whole }),
  ...run(8, ['args[1]', 'args[2]', 'args[3]', 'family', 'remote_ip4', 'local_ip4'], { read: whole }),
  ...run(32, [...ip6('remote_ip6'), ...ip6('local_ip6'), 'remote_port', 'local_port'], { read: whole }),
  ...run(
    72,
    'is_fullsock snd_cwnd srtt_us bpf_sock_ops_cb_flags state rtt_min snd_ssthresh rcv_nxt snd_nxt snd_una'.split(' '),
    { read: whole },
  ),
  ...run(
    112,
    'mss_cache ecn_flags rate_delivered rate_interval_us packets_out retrans_out total_retrans segs_in'.split(' '),
    { read: whole },
  ),
  ...run(144, 'data_segs_in segs_out data_segs_out lost_out sacked_out'.split(' '), { read: whole }),
  scalarField('sk_txhash', 164, { read: whole, write: whole }),
  ...['bytes_received', 'bytes_acked'].map((name, index) =>
    scalarField(name, 168 + 8 * index, { read: wide, size: 8 }),
  ),
  addressField('sk', 184, 'socket-or-null'),
  addressField('skb_data', 192, 'packet'),
  addressField('skb_data_end', 200, 'packet-end'),
  scalarField('skb_len', 208, { read: whole }),
  prefixField('skb_tcp_flags', 212),
  scalarField('skb_hwtstamp', 216, { read: wide, size: 8 }),
];

/** `struct bpf_sk_lookup` */
export const skLookup: readonly Field[] = [
  addressField('sk', 0, 'socket-or-null'),
  ...run(8, ['family', 'protocol', 'remote_ip4', ...ip6('remote_ip6'), 'remote_port', 'local_ip4']),
  ...run(44, [...ip6('local_ip6'), 'local_port', 'ingress_ifindex']),
];

/** `struct bpf_sockopt` */
export function cgroupSockopt(attach: string): Field[] {
  const isSet = attach === 'cgroup_setsockopt';
  const written = { read: whole, write: whole };
  return [
    addressField('sk', 0, 'socket'),
    addressField('optval', 8, 'packet'),
    addressField('optval_end', 16, 'packet-end'),
    ...run(24, ['level', 'optname'], isSet ? written : { read: whole }),
    scalarField('optlen', 32, written),
    ...(isSet ? [] : [scalarField('retval', 36, written)]),
  ];
}
