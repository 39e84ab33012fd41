// The contexts of Linux's programs that are given a packet: which fields of `struct __sk_buff` each type may read and
// write (net/core/filter.c), `struct xdp_md`, and the smaller ones.

import type { AccessSize, Field } from '../environment.js';
import { type SkbField, skbField } from '../skb.js';
import { addressField, run, scalarField, whole } from './fields.js';

/** What every program with `__sk_buff` may read. */
const common = [
  'len',
  'pkt_type',
  'queue_mapping',
  'protocol',
  'vlan_present',
  'vlan_tci',
  'vlan_proto',
  'priority',
  'ingress_ifindex',
  'ifindex',
  'tc_index',
  'cb',
  'hash',
  'napi_id',
  'gso_segs',
  'gso_size',
  'sk',
] as const satisfies readonly SkbField[];

const addresses = ['data', 'data_end'] as const satisfies readonly SkbField[];
/** What only programs that know the packet's socket may read. */
const endpoints = [
  'family',
  'remote_ip4',
  'local_ip4',
  'remote_ip6',
  'local_ip6',
  'remote_port',
  'local_port',
] as const satisfies readonly SkbField[];

const bytes: readonly AccessSize[] = [1, 2, 4, 8];

/** `__sk_buff` with the common fields and `more`; `written` says which may be stored to, and how. */
function skb(more: readonly SkbField[], written: Partial<Record<SkbField, readonly AccessSize[]>>): Field[] {
  return [...common, ...more].map((name) => skbField(name, { write: written[name] ?? [] }));
}

export const socketFilter: readonly Field[] = skb(['mark'], { cb: bytes });

export const trafficControl: readonly Field[] = skb(
  ['mark', 'tc_classid', ...addresses, 'data_meta', 'tstamp', 'wire_len', 'tstamp_type', 'hwtstamp'],
  {
    mark: whole,
    queue_mapping: whole,
    priority: whole,
    tc_index: whole,
    cb: bytes,
    tc_classid: whole,
    tstamp: [8],
  },
);

export const cgroupSkb: readonly Field[] = skb(['mark', ...addresses, ...endpoints, 'tstamp', 'hwtstamp'], {
  mark: whole,
  priority: whole,
  cb: bytes,
  tstamp: [8],
});

export const lightweightTunnel: readonly Field[] = skb(['mark', ...addresses], {
  mark: whole,
  priority: whole,
  cb: bytes,
});

export const skSkb: readonly Field[] = skb([...addresses, ...endpoints], { priority: whole, tc_index: whole });

export const flowDissector: readonly Field[] = [...addresses, 'flow_keys' as const].map((name) => skbField(name));

/** `struct xdp_md`; only a program attached to a device map knows where the packet goes. */
export function xdp(toDevice: boolean): Field[] {
  return [
    addressField('data', 0, 'packet', 4),
    addressField('data_end', 4, 'packet-end', 4),
    addressField('data_meta', 8, 'packet-meta', 4),
    ...run(12, ['ingress_ifindex', 'rx_queue_index'], { read: whole }),
    ...(toDevice ? [scalarField('egress_ifindex', 20, { read: whole })] : []),
  ];
}

/** `struct sk_msg_md` */
export const skMsg: readonly Field[] = [
  addressField('data', 0, 'packet'),
  addressField('data_end', 8, 'packet-end'),
  ...run(16, ['family', 'remote_ip4', 'local_ip4'], { read: whole }),
  ...run(28, ['remote_ip6[0]', 'remote_ip6[1]', 'remote_ip6[2]', 'remote_ip6[3]'], { read: whole }),
  ...run(44, ['local_ip6[0]', 'local_ip6[1]', 'local_ip6[2]', 'local_ip6[3]'], { read: whole }),
  ...run(60, ['remote_port', 'local_port', 'size'], { read: whole }),
  addressField('sk', 72, 'socket'),
];

/** `struct sk_reuseport_md` */
export const skReuseport: readonly Field[] = [
  addressField('data', 0, 'packet'),
  addressField('data_end', 8, 'packet-end'),
  scalarField('len', 16),
  scalarField('eth_protocol', 20, { read: [2, 4] }),
  ...run(24, ['ip_protocol', 'bind_inany']),
  scalarField('hash', 32, { read: whole }),
  addressField('sk', 40, 'socket'),
  addressField('migrating_sk', 48, 'sock-common-or-null'),
];
