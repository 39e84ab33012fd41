// Tunnels over UDP: `geneve` (RFC 8926) and `vxlan` (RFC 7348). What they carry begins at a place that is known only at
// run time, so that the headers behind them are found through variables.
//
//   IP header · UDP header (8) · Geneve: version, options' length · … protocol at 2 · VNI at 4 (8, and the options)
//                              · VXLAN: flags · … VNI at 4 (8) · Ethernet

import type { NumberNode } from '../ast.js';
import { type Assignment, and, type Condition, or } from '../condition.js';
import type { Value } from '../value.js';
import { etherType } from './constants.js';
import type { Generator } from './generator.js';
import { ports4, ports6 } from './port.js';

const udpHeaderBytes = 8;
const tunnelHeaderBytes = 8;
const ipv6HeaderBytes = 40;
const largestNetwork = 0xffffff;

interface Tunnel {
  readonly name: string;
  readonly port: number;
  /** The first byte: which bits are compared, and with what. */
  readonly first: { readonly mask: number; readonly value: number };
}

const tunnels = {
  geneve: { name: 'Geneve', port: 6081, first: { mask: 0xc0, value: 0 } },
  vxlan: { name: 'VXLAN', port: 4789, first: { mask: 0xff, value: 0x08 } },
} as const satisfies Record<string, Tunnel>;

export function geneve(g: Generator, network: NumberNode | undefined): Condition {
  const { found, start } = enterTunnel(g, tunnels.geneve, network);
  const { values } = g;
  const [header, type, payload] = [g.fresh(), g.fresh(), g.fresh()];
  const options = values.alu(
    'lsh',
    values.alu('and', values.load(1, 0, start), values.constant(0x3f)),
    values.constant(2),
  );
  const length = values.alu('add', options, values.constant(tunnelHeaderBytes));
  const carried = g.match(values.load(2, 2, start), 0xffffffff, etherType.teb);
  const more = (bytes: number) => values.alu('add', header, values.constant(bytes));
  const common = steps(g, [
    { variable: type.index, value: values.alu('add', start, values.constant(2)) },
    { variable: header.index, value: values.alu('add', start, length) },
  ]);
  // An Ethernet header stands before the payload only where the protocol is bridged Ethernet.
  const ethernet = steps(g, [
    { variable: type.index, value: more(12) },
    { variable: payload.index, value: more(14) },
  ]);
  const bare = steps(g, [{ variable: payload.index, value: header }]);
  leaveTunnel(g, { header, type, payload });
  return and(found, common, or(and(carried, ethernet), bare));
}

export function vxlan(g: Generator, network: NumberNode | undefined): Condition {
  const { found, start } = enterTunnel(g, tunnels.vxlan, network);
  const { values } = g;
  const [header, type, payload] = [g.fresh(), g.fresh(), g.fresh()];
  const offset = (bytes: number) => values.alu('add', start, values.constant(tunnelHeaderBytes + bytes));
  const common = steps(g, [
    { variable: header.index, value: offset(0) },
    { variable: type.index, value: offset(12) },
    { variable: payload.index, value: offset(14) },
  ]);
  leaveTunnel(g, { header, type, payload });
  return and(found, common);
}

/** Whether the packet is of the tunnel, and where its header starts. */
function enterTunnel(g: Generator, tunnel: Tunnel, network: NumberNode | undefined) {
  if (network !== undefined) g.limit(`${tunnel.name} VNI`, network.value, largestNetwork, network);
  const length = g.scratch();
  const base = g.read(g.payload.base);
  const fixed = g.values.constant(ipv6HeaderBytes);
  const over4 = and(checks(g, tunnel, network, 4), steps(g, [{ variable: length.index, value: g.ipv4HeaderLength() }]));
  const value = base === undefined ? fixed : g.values.alu('add', base, fixed);
  const over6 = and(checks(g, tunnel, network, 6), steps(g, [{ variable: length.index, value }]));
  const before = g.values.constant(g.payload.constant + g.network + udpHeaderBytes);
  return { found: or(over4, over6), start: g.values.alu('add', length, before) };
}

function checks(g: Generator, tunnel: Tunnel, network: NumberNode | undefined, version: 4 | 6): Condition {
  const { start, end } = g.span;
  const direction = { word: 'dst', start, end } as const;
  const qualifier = { protocol: undefined, direction, type: undefined, start, end };
  const wanted = [{ first: tunnel.port, last: tunnel.port, transport: 'udp' }] as const;
  const place = version === 4 ? 'ipv4-transport' : 'ipv6-transport';
  const port = version === 4 ? ports4(g, wanted, qualifier) : ports6(g, wanted, qualifier);
  const first = g.masked(place, udpHeaderBytes, 1, tunnel.first.value, tunnel.first.mask);
  if (network === undefined) return and(port, first);
  return and(port, first, g.masked(place, udpHeaderBytes + 4, 4, network.value << 8, 0xffffff00));
}

function steps(g: Generator, list: readonly Assignment[]): Condition {
  return { kind: 'steps', steps: list, span: g.span };
}

function leaveTunnel(
  g: Generator,
  offsets: Readonly<Record<'header' | 'type' | 'payload', Value & { readonly kind: 'variable' }>>,
): void {
  g.enter('EN10MB', { base: offsets.header, constant: 0 });
  g.type = { base: offsets.type, constant: 0 };
  g.payload = { base: offsets.payload, constant: 0 };
  g.network = 0;
  g.encapsulated = true;
}
