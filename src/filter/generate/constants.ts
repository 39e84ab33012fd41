// Numbers of the protocols that filters name.

/** IEEE's EtherTypes. */
export const etherType = {
  ip: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  teb: 0x6558,
  sca: 0x6007,
  moprc: 0x6002,
  mopdl: 0x6001,
  decnet: 0x6003,
  lat: 0x6004,
  atalk: 0x809b,
  aarp: 0x80f3,
  vlan: 0x8100,
  ipv6: 0x86dd,
  loopback: 0x9000,
  mpls: 0x8847,
  pppoed: 0x8863,
  pppoes: 0x8864,
  vlanStacked: 0x88a8,
  vlanOld: 0x9100,
  ns: 0x0600,
  ipx: 0x8137,
  slow: 0x8809,
  lldp: 0x88cc,
} as const;

/** The longest payload of an IEEE 802.3 frame: a type field up to it is a length. */
export const longestFrame = 1500;

/** Service access points of IEEE 802.2. */
export const sap = { ip: 0x06, stp: 0x42, snap: 0xaa, ipx: 0xe0, netbeui: 0xf0, iso: 0xfe } as const;

/** IANA's protocol numbers. */
export const ipProtocol = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  igrp: 9,
  udp: 17,
  fragment: 44,
  esp: 50,
  ah: 51,
  icmp6: 58,
  pim: 103,
  vrrp: 112,
  carp: 112,
  sctp: 132,
} as const;

/** Network layer protocol identifiers of ISO/IEC TR 9577. */
export const nlpid = { clnp: 0x81, esis: 0x82, isis: 0x83, ip: 0xcc, ipv6: 0x8e } as const;

/** Protocol numbers of PPP. */
export const pppProtocol = {
  ip: 0x0021,
  osi: 0x0023,
  ns: 0x0025,
  decnet: 0x0027,
  atalk: 0x0029,
  ipx: 0x002b,
  vjCompressed: 0x002d,
  vjUncompressed: 0x002f,
  bridge: 0x0031,
  ipv6: 0x0057,
  mpls: 0x0281,
} as const;

/** Names that `ether proto \name` knows. */
export const linkProtocols: ReadonlyMap<string, number> = new Map(
  Object.entries({
    aarp: etherType.aarp,
    arp: etherType.arp,
    atalk: etherType.atalk,
    decnet: etherType.decnet,
    ip: etherType.ip,
    ip6: etherType.ipv6,
    lat: etherType.lat,
    loopback: etherType.loopback,
    mopdl: etherType.mopdl,
    moprc: etherType.moprc,
    rarp: etherType.rarp,
    sca: etherType.sca,
    slow: etherType.slow,
    lldp: etherType.lldp,
    iso: sap.iso,
    stp: sap.stp,
    ipx: sap.ipx,
    netbeui: sap.netbeui,
  }),
);
