// The words of the language: what the scanner makes of each (pcap-filter(7)). Words are case-sensitive.

/** Every protocol qualifier, by the name it goes by in messages. */
export const protocols = [
  'link',
  'ip',
  'arp',
  'rarp',
  'sctp',
  'tcp',
  'udp',
  'icmp',
  'igmp',
  'igrp',
  'pim',
  'vrrp',
  'carp',
  'ip6',
  'icmp6',
  'ah',
  'esp',
  'atalk',
  'aarp',
  'decnet',
  'lat',
  'sca',
  'moprc',
  'mopdl',
  'iso',
  'esis',
  'isis',
  'l1',
  'l2',
  'iih',
  'lsp',
  'snp',
  'csnp',
  'psnp',
  'clnp',
  'stp',
  'ipx',
  'netbeui',
  'radio',
] as const;
export type Protocol = (typeof protocols)[number];

/** Where the address of a primitive stands; the last six are for 802.11 alone. */
export const directions = [
  'src',
  'dst',
  'src or dst',
  'src and dst',
  'ra',
  'ta',
  'addr1',
  'addr2',
  'addr3',
  'addr4',
] as const;
export type Direction = (typeof directions)[number];

/** What kind of thing an identifier names. */
export const types = ['host', 'net', 'port', 'portrange', 'gateway', 'proto', 'protochain'] as const;
export type Type = (typeof types)[number];

/** Words that mean another word. */
const aliases: Readonly<Record<string, string>> = {
  ether: 'link',
  ppp: 'link',
  slip: 'link',
  fddi: 'link',
  tr: 'link',
  wlan: 'link',
  'es-is': 'esis',
  'is-is': 'isis',
  direction: 'dir',
  address1: 'addr1',
  address2: 'addr2',
  address3: 'addr3',
  address4: 'addr4',
  length: 'len',
  ifname: 'on',
  ruleset: 'rset',
  rulenum: 'rnr',
  subrulenum: 'srnr',
  lsu: 'lssu',
};

const others = [
  'src dst ra ta addr1 addr2 addr3 addr4 mask type subtype dir',
  'and or not len less greater byte broadcast multicast inbound outbound ifindex',
  'vlan mpls pppoed pppoes geneve vxlan llc',
  'on rset rnr srnr reason action',
  'lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect',
  'fisu lssu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls',
].join(' ');

const nominal: readonly string[] = [...protocols, ...types, ...others.split(' ')];

/** Each word of the language and the nominal word for it: `ether` and `link` are both `link`. */
export const keywords: ReadonlyMap<string, string> = new Map([
  ...nominal.map((word): [string, string] => [word, word]),
  ...Object.entries(aliases),
]);

const protocolSet: ReadonlySet<string> = new Set(protocols);
const typeSet: ReadonlySet<string> = new Set(types);

export const isProtocol = (word: string): word is Protocol => protocolSet.has(word);
export const isType = (word: string): word is Type => typeSet.has(word);

/** Names that stand for numbers: offsets of fields and the values that they take. */
export const constants: ReadonlyMap<string, number> = new Map(
  Object.entries({
    tcpflags: 13,
    'tcp-fin': 0x01,
    'tcp-syn': 0x02,
    'tcp-rst': 0x04,
    'tcp-push': 0x08,
    'tcp-ack': 0x10,
    'tcp-urg': 0x20,
    'tcp-ece': 0x40,
    'tcp-cwr': 0x80,
    icmptype: 0,
    icmpcode: 1,
    'icmp-echoreply': 0,
    'icmp-unreach': 3,
    'icmp-sourcequench': 4,
    'icmp-redirect': 5,
    'icmp-echo': 8,
    'icmp-routeradvert': 9,
    'icmp-routersolicit': 10,
    'icmp-timxceed': 11,
    'icmp-paramprob': 12,
    'icmp-tstamp': 13,
    'icmp-tstampreply': 14,
    'icmp-ireq': 15,
    'icmp-ireqreply': 16,
    'icmp-maskreq': 17,
    'icmp-maskreply': 18,
    icmp6type: 0,
    icmp6code: 1,
    'icmp6-destinationunreach': 1,
    'icmp6-packettoobig': 2,
    'icmp6-timeexceeded': 3,
    'icmp6-parameterproblem': 4,
    'icmp6-echo': 128,
    'icmp6-echoreply': 129,
    'icmp6-multicastlistenerquery': 130,
    'icmp6-multicastlistenerreportv1': 131,
    'icmp6-multicastlistenerdone': 132,
    'icmp6-routersolicit': 133,
    'icmp6-routeradvert': 134,
    'icmp6-neighborsolicit': 135,
    'icmp6-neighboradvert': 136,
    'icmp6-redirect': 137,
    'icmp6-routerrenum': 138,
    'icmp6-nodeinformationquery': 139,
    'icmp6-nodeinformationresponse': 140,
    'icmp6-ineighbordiscoverysolicit': 141,
    'icmp6-ineighbordiscoveryadvert': 142,
    'icmp6-multicastlistenerreportv2': 143,
    'icmp6-homeagentdiscoveryrequest': 144,
    'icmp6-homeagentdiscoveryreply': 145,
    'icmp6-mobileprefixsolicit': 146,
    'icmp6-mobileprefixadvert': 147,
    'icmp6-certpathsolicit': 148,
    'icmp6-certpathadvert': 149,
    'icmp6-multicastrouteradvert': 151,
    'icmp6-multicastroutersolicit': 152,
    'icmp6-multicastrouterterm': 153,
  }),
);
