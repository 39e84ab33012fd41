// Seeded filters and packets that meet: both are made of the same few addresses, ports and protocols.

import fc from 'fast-check';

const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '192.0.2.7', '255.255.255.255', '0.0.0.0');
const network = fc.constantFrom('10.0.0.0/8', '10.0.0.0/31', '192.0.2.0/24', '0.0.0.0/0', '128.0.0.0/1');
const port = fc.constantFrom('0', '22', '53', '80', '443', '65535');
const direction = fc.constantFrom('', 'src ', 'dst ', 'src and dst ', 'src or dst ');
const transport = fc.constantFrom('', 'tcp ', 'udp ', 'sctp ');
const protocol = fc.constantFrom(
  'ip',
  'ip6',
  'arp',
  'rarp',
  'tcp',
  'udp',
  'icmp',
  'icmp6',
  'stp',
  'ipx',
  'atalk',
  'iso',
  'isis',
  'l1',
);
const word = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''));
const text = fc.constant;

const operator = fc.constantFrom('+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>');
const relation = fc.constantFrom('=', '!=', '<', '>', '<=', '>=');
const number = fc.constantFrom('0', '1', '2', '4', '6', '0x0f', '0xff', '64', '0x800', '4294967295');

const value = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    number,
    text('len'),
    word(
      fc.constantFrom('ether', 'ip', 'ip6', 'tcp', 'udp', 'icmp6'),
      text('['),
      number,
      fc.constantFrom('', ':2', ':4'),
      text(']'),
    ),
    word(fc.constantFrom('ip', 'udp'), text('['), tie('value'), text(']')),
    word(text('('), tie('value'), operator, tie('value'), text(')')),
    word(text('-'), tie('value')),
  ),
})).value;

const primitive = fc.oneof(
  protocol,
  word(direction, text('host '), address),
  word(direction, text('net '), network),
  word(text('ip6 '), direction, text('host '), fc.constantFrom('2001:db8::1', '::', '2001:db8:0:1::1')),
  word(text('ip6 net '), fc.constantFrom('2001:db8::/32', '::/0', 'ff00::/8', '2001:db8::/33')),
  word(transport, direction, text('port '), port),
  word(transport, direction, text('portrange '), port, text('-'), port),
  word(text('ether '), direction, text('host '), fc.constantFrom('02:00:00:00:00:01', 'ff:ff:ff:ff:ff:ff')),
  word(fc.constantFrom('ip proto ', 'proto ', 'ip6 proto ', 'ether proto '), fc.constantFrom('6', '17', '44')),
  fc.constantFrom('broadcast', 'multicast', 'ip multicast', 'ip6 multicast', 'ip broadcast', 'llc', 'llc ui'),
  fc.constantFrom(
    'vlan',
    'vlan 5',
    'mpls',
    'mpls 1024',
    'pppoes',
    'pppoed',
    'geneve',
    'geneve 7',
    'vxlan',
    'less 60',
    'greater 61',
  ),
  word(value, text(' '), relation, text(' '), value),
);

/** Filters, some of which are refused: an MPLS label can't be followed by everything. */
export const filters: fc.Arbitrary<string> = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    primitive,
    word(text('not '), tie('filter')),
    word(text('('), tie('filter'), text(')')),
    fc
      .tuple(fc.array(tie('filter'), { minLength: 2, maxLength: 6 }), fc.constantFrom(' or ', ' and '))
      .map(([all, by]) => all.join(by)),
    fc
      .tuple(fc.array(address, { minLength: 3, maxLength: 20 }), fc.constantFrom('host ', 'src ', 'dst host '))
      .map(([all, of]) => of + all.join(' or ')),
    fc
      .tuple(fc.array(port, { minLength: 3, maxLength: 20 }), transport)
      .map(([all, of]) => `${of}port ${all.join(' or ')}`),
    fc.array(address, { minLength: 3, maxLength: 8 }).map((all) => all.map((one) => `not host ${one}`).join(' and ')),
  ),
})).filter;

const ipv6Group = fc.constantFrom('0', '1');
const ipv6Host = fc
  .tuple(fc.constantFrom('2001:db8', '2001:db9'), fc.array(ipv6Group, { minLength: 6, maxLength: 6 }))
  .map(([start, groups]) => [start, ...groups].join(':'));
const ipv6Net = fc.constantFrom(
  '2001:db8::/32',
  '2001:db8::/48',
  '2001:db8:0:1::/64',
  '2001:db9:1::/48',
  '2001:d00::/24',
  '2001:db8:0:0:1::/80',
  '::/0',
);
const linkHost = fc.constantFrom('02:00:00:00:00:01', '02:01:00:00:00:01', '02:00:00:00:00:02', 'ff:ff:ff:ff:ff:ff');

/** What may be a member of a list, of each kind. */
const listMembers = [
  word(text('host '), ipv6Host),
  word(text('net '), ipv6Net),
  word(text('ether host '), linkHost),
  word(text('host '), address),
  word(text('net '), network),
  word(transport, text('port '), port),
  word(transport, text('portrange '), fc.constantFrom('22-80', '80-443')),
  fc.constantFrom('tcp', 'ip6', 'vlan'),
];

/** Lists of addresses and ports, of one kind or of several, most in one direction. */
export const lists: fc.Arbitrary<string> = fc
  .tuple(fc.subarray(listMembers, { minLength: 1 }), fc.constantFrom('', '', 'src ', 'dst '), fc.boolean())
  .chain(([kinds, side, negated]) => {
    const member = fc.oneof(...kinds).map((one) => {
      return `${negated ? 'not ' : ''}${one.replace(/(?=host|net|port)/, side)}`;
    });
    const all = fc.array(member, { minLength: 3, maxLength: 12 });
    return all.map((members) => members.join(negated ? ' and ' : ' or '));
  });

const bytes = (...all: number[]) => fc.constant(all);
const octets = (length: number) => fc.array(fc.nat(255), { minLength: length, maxLength: length });
const join = (...parts: fc.Arbitrary<number[]>[]) => fc.tuple(...parts).map((lists) => lists.flat());

const ipv4Address = fc.oneof(
  bytes(10, 0, 0, 1),
  bytes(10, 0, 0, 2),
  bytes(192, 0, 2, 7),
  bytes(0xff, 0xff, 0xff, 0xff),
  octets(4),
);
const ipv6Address = fc.oneof(bytes(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), octets(16));
const ports = fc.oneof(
  bytes(0, 22),
  bytes(0, 53),
  bytes(0, 80),
  bytes(1, 187),
  bytes(0x17, 0xc1),
  bytes(0x12, 0xb5),
  octets(2),
);
const transportHeader = join(
  ports,
  ports,
  fc.oneof(octets(12), bytes(0, 8, 0, 0, 0, 0, 0x65, 0x58, 0, 0, 7, 0), bytes(0, 8, 0, 0, 8, 0, 0, 0)),
);
const carried = fc.constantFrom(6, 17, 132, 1, 58, 44).map((one) => [one]);
const ipv4 = join(
  fc.constantFrom([0x45], [0x46], [0x4f]),
  octets(5),
  fc.constantFrom([0, 0], [0x20, 0], [0, 9]),
  octets(1),
  carried,
  octets(2),
  ipv4Address,
  ipv4Address,
  transportHeader,
);
const ipv6 = join(bytes(0x60), octets(5), carried, octets(1), ipv6Address, ipv6Address, transportHeader);
const arp = join(octets(14), ipv4Address, octets(6), ipv4Address);
const typed = fc.oneof(
  join(bytes(0x08, 0x00), ipv4),
  join(bytes(0x86, 0xdd), ipv6),
  join(bytes(0x08, 0x06), arp),
  join(bytes(0x80, 0x35), arp),
  join(
    bytes(0x00, 0x40),
    fc.oneof(bytes(0xfe, 0xfe, 3, 0x83), bytes(0x42, 0x42, 3), bytes(0xaa, 0xaa, 3, 8, 0, 7, 0x80, 0x9b)),
    octets(20),
  ),
  join(octets(2), octets(20)),
);
const tagged = fc.oneof(
  typed,
  join(bytes(0x81, 0, 0, 5), typed),
  join(bytes(0x88, 0x47, 0, 0x40, 1, 64), ipv4),
  join(bytes(0x88, 0x64, 0x11, 0, 0, 1, 0, 40, 0, 0x21), ipv4),
);
const addresses = fc.oneof(bytes(2, 0, 0, 0, 0, 1), bytes(255, 255, 255, 255, 255, 255), octets(6));

const listAddress = fc
  .tuple(fc.constantFrom(0xb8, 0xb9), fc.array(fc.constantFrom(0, 1), { minLength: 6, maxLength: 6 }))
  .map(([start, groups]) => [0x20, 1, 0xd, start, ...groups.flatMap((group) => [0, group])]);

/** Ethernet frames with the addresses of `lists`. */
export const listFrames: fc.Arbitrary<Uint8Array> = join(
  fc.constantFrom([2, 0, 0, 0, 0, 1], [2, 1, 0, 0, 0, 1], [2, 1, 0, 0, 0, 2]),
  fc.constantFrom([2, 0, 0, 0, 0, 2], [2, 1, 0, 0, 0, 2], [2, 1, 0, 0, 0, 3]),
  bytes(0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, 6, 64),
  listAddress,
  listAddress,
  transportHeader,
).map((all) => Uint8Array.from(all));

/** Ethernet frames, and where `link` is another, the same without the Ethernet header. */
export const frames: fc.Arbitrary<Uint8Array> = join(addresses, addresses, tagged, octets(24)).map((all) =>
  Uint8Array.from(all),
);
export const packets: fc.Arbitrary<Uint8Array> = fc.oneof(ipv4, ipv6, octets(40)).map((all) => Uint8Array.from(all));
