// The languages of filters: that of libpcap, and one with what its users have asked for.

export const dialects = ['libpcap', 'extended'] as const;

/**
 * `extended` adds to pcap-filter(7): `tcp[…]`, `udp[…]`, `sctp[…]`, `pim[…]` over IPv6 too; ports and protocols behind IPv6
 * extension headers; `vlan 100-200`; `vlan { … }`, which moves the headers for what is in the braces alone.
 */
export type Dialect = (typeof dialects)[number];
