// The layout of Linux's `struct __sk_buff` (linux/bpf.h): the context of programs that are given a packet.
//
// It is an interface, not memory: Linux turns each access into one of the packet's real descriptor.

import type { AccessSize, Field, Yield } from './environment.js';

/** Bytes of the whole. */
export const skbBytes = 192;

interface Layout {
  readonly offset: number;
  /** Default 4. */
  readonly size?: number;
  /** The sizes of loads; default any part of 4 bytes. */
  readonly read?: readonly AccessSize[];
  readonly yields?: Yield;
}

export const skbLayout = {
  len: { offset: 0 },
  pkt_type: { offset: 4 },
  mark: { offset: 8 },
  queue_mapping: { offset: 12 },
  protocol: { offset: 16 },
  vlan_present: { offset: 20 },
  vlan_tci: { offset: 24 },
  vlan_proto: { offset: 28 },
  priority: { offset: 32 },
  ingress_ifindex: { offset: 36 },
  ifindex: { offset: 40 },
  tc_index: { offset: 44 },
  cb: { offset: 48, size: 20, read: [1, 2, 4, 8] },
  hash: { offset: 68 },
  tc_classid: { offset: 72 },
  data: { offset: 76, read: [4], yields: 'packet' },
  data_end: { offset: 80, read: [4], yields: 'packet-end' },
  napi_id: { offset: 84 },
  family: { offset: 88 },
  remote_ip4: { offset: 92, read: [4] },
  local_ip4: { offset: 96, read: [4] },
  remote_ip6: { offset: 100, size: 16, read: [4] },
  local_ip6: { offset: 116, size: 16, read: [4] },
  remote_port: { offset: 132 },
  local_port: { offset: 136 },
  data_meta: { offset: 140, read: [4], yields: 'packet-meta' },
  flow_keys: { offset: 144, size: 8, read: [8], yields: 'flow-keys' },
  tstamp: { offset: 152, size: 8, read: [8] },
  wire_len: { offset: 160 },
  gso_segs: { offset: 164 },
  sk: { offset: 168, size: 8, read: [8], yields: 'sock-common-or-null' },
  gso_size: { offset: 176 },
  tstamp_type: { offset: 180, size: 1, read: [1] },
  hwtstamp: { offset: 184, size: 8, read: [8] },
} as const satisfies Record<string, Layout>;

export type SkbField = keyof typeof skbLayout;

const layouts: Readonly<Record<SkbField, Layout>> = skbLayout;

export function skbField(
  name: SkbField,
  access: { read?: readonly AccessSize[]; write?: readonly AccessSize[] } = {},
): Field {
  const { offset, size = 4, read = [1, 2, 4], yields = 'scalar' } = layouts[name];
  return { name, offset, size, read: access.read ?? read, write: access.write ?? [], yields };
}
