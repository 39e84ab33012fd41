// `packet`: what a classic filter sees once it is translated. The context has the layout of Linux's `struct __sk_buff`, so
// that a translated program is, as it is, a socket filter for the kernel.
//
// What classic filters may ask and `__sk_buff` doesn't answer goes through helpers of our own, numbered from 0x10000 up:
// Linux has no program type that knows them, and refuses a program that calls one.

import type { Environment, Field } from './environment.js';
import type { Helper, HelperArgument } from './helper.js';
import { type SkbField, skbField } from './skb.js';

/** Numbers of the helpers that a translated program calls. */
export const packetHelpers = {
  /** Linux's own: a random number of 32 bits. */
  random: 7,
  /** Linux's own: the number of the processor. */
  processor: 8,
  /** r1 = context; the offset of the packet's payload, as Linux's flow dissector finds it. */
  payloadOffset: 0x10000,
  /** r1 = context, r2 = offset, r3 = type; the offset of the first netlink attribute of the type, or 0. */
  netlinkAttribute: 0x10001,
  /** As `netlinkAttribute`, among those inside the attribute at the offset. */
  netlinkNested: 0x10002,
  /** r1 = context; the hardware type of the packet's device. */
  hardwareType: 0x10003,
} as const;

const prototypes: Readonly<Record<keyof typeof packetHelpers, readonly [string, ...HelperArgument[]]>> = {
  random: ['get_prandom_u32'],
  processor: ['get_smp_processor_id'],
  payloadOffset: ['payload_offset', 'context'],
  netlinkAttribute: ['netlink_attribute', 'context', 'any', 'any'],
  netlinkNested: ['netlink_nested', 'context', 'any', 'any'],
  hardwareType: ['hardware_type', 'context'],
};

/** What classic extensions read: the numbers, whole. */
const fieldNames = [
  'len',
  'pkt_type',
  'mark',
  'queue_mapping',
  'protocol',
  'vlan_present',
  'vlan_tci',
  'vlan_proto',
  'ifindex',
  'hash',
] as const satisfies readonly SkbField[];

export const packet: Environment = {
  name: 'packet',
  arguments: ['context'],
  dataSize: 0,
  fields: fieldNames.map((name): Field => skbField(name, { read: [4] })),
  packetLoads: true,
  networkHeader: 14,
  packetAccess: 'none',
  helpers: new Map(names(packetHelpers).map((name) => [packetHelpers[name], helper(name)])),
  result: { bits: 32 },
  loops: 'budgeted',
};

function helper(key: keyof typeof packetHelpers): Helper {
  const [name, ...wanted] = prototypes[key];
  return { id: packetHelpers[key], name, arguments: wanted, returns: 'scalar', traits: {} };
}

function names<Name extends string>(rows: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(rows) as Name[];
}
