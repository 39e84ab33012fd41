// Where the headers of each link type are: the facts that code generation is driven by (libpcap's gencode.c, HEAD).
//
//   header               payload       payload + network
//   | link header …  type | (802.2 …)  | network header …
//
// Offsets are from the beginning of the packet. `unset` marks what a link type does not have; as in libpcap, arithmetic
// with it wraps around.

export const unset = 0xffffffff;

/** How a link type says what it carries. */
export type Family =
  | 'ethernet'
  | 'hdlc'
  | 'wlan'
  | 'llc'
  | 'atm'
  | 'cooked'
  | 'version'
  | 'ipv4'
  | 'ipv6'
  | 'ppp'
  | 'ppp-bsdos'
  | 'loopback'
  | 'pflog'
  | 'arcnet'
  | 'localtalk'
  | 'frame-relay'
  | 'juniper'
  | 'ipnet'
  | 'ethertype'
  | 'none';

export interface Row {
  readonly family: Family;
  /** Offset of the link header, where something stands before it. */
  readonly header?: number;
  /** Offset of the field that says what the payload is. */
  readonly type: number;
  readonly payload: number;
  /** Offset of the network header in the payload. */
  readonly network: number;
  /** The same where the payload has an 802.2 header without SNAP. */
  readonly plain: number;
  /** Something of variable length stands before the link header. */
  readonly radio?: 'prism' | 'avs' | 'radiotap' | 'ppi';
  /** The link header has a variable length. */
  readonly variable?: true;
  /** Offsets of the addresses in the link header, and their width in bytes. */
  readonly address?: { readonly src: number; readonly dst: number; readonly bytes: 1 | 6 };
}

/** A link type of which nothing is known but its bytes. */
const opaque: Row = { family: 'none', type: unset, payload: unset, network: unset, plain: unset };
const raw: Row = { family: 'version', type: unset, payload: 0, network: 0, plain: 0 };
const at = (family: Family, type: number, payload: number): Row => ({ family, type, payload, network: 0, plain: 0 });

const ethernet = (header: number, tag: number): Row => ({
  family: 'ethernet',
  header,
  type: header + 12 + tag,
  payload: header + 14 + tag,
  network: 0,
  plain: 3,
  address: { src: 6, dst: 0, bytes: 6 },
});

/** Link types whose payload begins with an 802.2 header. */
const llc = (payload: number, address?: { readonly src: number; readonly dst: number }): Row => ({
  family: 'llc',
  type: payload,
  payload,
  network: 8,
  plain: 3,
  ...(address === undefined ? {} : { address: { ...address, bytes: 6 as const } }),
});

const wlan: Row = { family: 'wlan', type: 24, payload: 0, network: 8, plain: 3, variable: true };
const juniper = (type: number, payload: number, network: number, plain: number): Row => ({
  family: 'juniper',
  type,
  payload,
  network,
  plain,
});

const rows: Readonly<Record<string, Row>> = {
  ARCNET: { ...at('arcnet', 2, 6), address: { src: 0, dst: 1, bytes: 1 } },
  ARCNET_LINUX: { ...at('arcnet', 4, 8), address: { src: 0, dst: 1, bytes: 1 } },
  BACNET_MS_TP: { ...opaque, address: { src: 4, dst: 3, bytes: 1 } },
  EN10MB: ethernet(0, 0),
  NETANALYZER: ethernet(4, 0),
  NETANALYZER_TRANSPARENT: ethernet(12, 0),
  DSA_TAG_BRCM: ethernet(0, 4),
  DSA_TAG_DSA: ethernet(0, 4),
  SLIP: { ...raw, payload: 16 },
  SLIP_BSDOS: { ...raw, payload: 24 },
  RAW: raw,
  IPV4: { ...raw, family: 'ipv4' },
  IPV6: { ...raw, family: 'ipv6' },
  NULL: at('loopback', 0, 4),
  LOOP: at('loopback', 0, 4),
  ENC: at('loopback', 0, 12),
  PPP: at('ppp', 2, 4),
  PPP_PPPD: at('ppp', 2, 4),
  PPP_SERIAL: at('ppp', 2, 4),
  PPP_ETHER: at('ppp', 6, 8),
  PPP_BSDOS: at('ppp-bsdos', 5, 24),
  C_HDLC: at('hdlc', 2, 4),
  FDDI: llc(13, { src: 7, dst: 1 }),
  IEEE802: llc(14, { src: 8, dst: 2 }),
  IP_OVER_FC: llc(16, { src: 10, dst: 2 }),
  ATM_RFC1483: llc(0),
  ATM_CLIP: llc(0),
  SUNATM: { ...llc(4), family: 'atm' },
  IEEE802_11: wlan,
  PRISM_HEADER: { ...wlan, radio: 'prism' },
  IEEE802_11_RADIO_AVS: { ...wlan, radio: 'avs' },
  IEEE802_11_RADIO: { ...wlan, radio: 'radiotap' },
  PPI: { ...wlan, radio: 'ppi' },
  LINUX_SLL: at('cooked', 14, 16),
  LINUX_SLL2: at('ethertype', 0, 20),
  LTALK: at('localtalk', unset, 0),
  FRELAY: at('frame-relay', unset, 0),
  MFR: { ...opaque, payload: 0, network: 4, plain: 0 },
  APPLE_IP_OVER_IEEE1394: at('ethertype', 16, 18),
  SYMANTEC_FIREWALL: at('ethertype', 6, 44),
  PFLOG: { ...at('pflog', 0, 0), variable: true },
  PFSYNC: { ...opaque, payload: 4, network: 0, plain: 0 },
  IPNET: { ...at('ipnet', 1, 24), plain: unset },
  JUNIPER_MFR: juniper(4, 4, 0, unset),
  JUNIPER_MLFR: juniper(4, 4, 0, unset),
  JUNIPER_MLPPP: juniper(4, 4, 0, unset),
  JUNIPER_PPP: juniper(4, 4, 0, unset),
  JUNIPER_CHDLC: juniper(4, 4, 0, unset),
  JUNIPER_FRELAY: juniper(4, 4, 0, unset),
  JUNIPER_ATM1: juniper(4, 4, 0, 10),
  JUNIPER_ATM2: juniper(8, 8, 0, 10),
  JUNIPER_PPPOE: juniper(16, 14, 18, 21),
  JUNIPER_ETHER: juniper(16, 14, 18, 21),
  JUNIPER_PPPOE_ATM: juniper(4, 6, 0, unset),
  JUNIPER_GGSN: juniper(6, 12, 0, unset),
  JUNIPER_ES: juniper(6, unset, unset, unset),
  JUNIPER_MONITOR: juniper(12, 12, 0, unset),
  JUNIPER_SERVICES: juniper(12, unset, unset, unset),
  JUNIPER_VP: juniper(18, unset, unset, unset),
  JUNIPER_ST: juniper(18, unset, unset, unset),
  JUNIPER_ISM: juniper(8, unset, unset, unset),
  JUNIPER_VS: juniper(8, unset, unset, unset),
  JUNIPER_SRX_E2E: juniper(8, unset, unset, unset),
  JUNIPER_FIBRECHANNEL: juniper(8, unset, unset, unset),
  JUNIPER_ATM_CEMIC: juniper(8, unset, unset, unset),
};

/** The layout of a link type; of most, only the bytes can be looked at. */
export const layoutOf = (link: string): Row => rows[link] ?? opaque;

/** Where the SS7 signalling message begins in the link types that carry one. */
export const signalOffsets: Readonly<Record<string, number>> = { MTP2: 0, MTP2_WITH_PHDR: 4, ERF: 20 };
