// The layout of Linux's `struct __sk_buff` (linux/bpf.h): the context of programs that are given a packet.
//
// It is an interface, not memory: Linux turns each access into one of the packet's real descriptor.

import type { AccessSize, Field, Yield } from './environment.js';

/** Bytes of the whole. */
export const skbBytes = 192;

/** Byte offsets of the fields. */
export const skbOffsets = {
  len: 0,
  pkt_type: 4,
  mark: 8,
  queue_mapping: 12,
  protocol: 16,
  vlan_present: 20,
  vlan_tci: 24,
  vlan_proto: 28,
  priority: 32,
  ingress_ifindex: 36,
  ifindex: 40,
  tc_index: 44,
  cb: 48,
  hash: 68,
  tc_classid: 72,
  data: 76,
  data_end: 80,
  napi_id: 84,
  family: 88,
  remote_ip4: 92,
  local_ip4: 96,
  remote_ip6: 100,
  local_ip6: 116,
  remote_port: 132,
  local_port: 136,
  data_meta: 140,
  flow_keys: 144,
  tstamp: 152,
  wire_len: 160,
  gso_segs: 164,
  sk: 168,
  gso_size: 176,
  tstamp_type: 180,
  hwtstamp: 184,
} as const;

export type SkbField = keyof typeof skbOffsets;

/** The fields that don't take 4 bytes. */
const sizes: Partial<Record<SkbField, number>> = {
  cb: 20,
  remote_ip6: 16,
  local_ip6: 16,
  flow_keys: 8,
  tstamp: 8,
  sk: 8,
  tstamp_type: 1,
  hwtstamp: 8,
};

/** A number that may be read in parts, as most are, and not written. */
const narrow: readonly AccessSize[] = [1, 2, 4];

export function skbField(
  name: SkbField,
  access: { read?: readonly AccessSize[]; write?: readonly AccessSize[]; yields?: Yield } = {},
): Field {
  const { read = narrow, write = [], yields = 'scalar' } = access;
  return { name, offset: skbOffsets[name], size: sizes[name] ?? 4, read, write, yields };
}
