// The twelve filters that are measured, from one comparison to a list of 200 hosts and nets.

import { generator } from '../scripts/traffic.mjs';

const random = generator(7);

/** An address as the traffic has them: one in four is a busy one of 10.0.0.0/24. */
function address() {
  if (random.chance(0.25)) return `10.0.0.${random.below(256)}`;
  return `${random.of(['192.168', '23.64', '52.94', '93.184', '104.16', '151.101'])}.${random.below(16)}.${random.below(256)}`;
}

const hosts = (count) => Array.from({ length: count }, address);
const nets = (count) => Array.from({ length: count }, () => `172.${16 + random.below(16)}.${random.below(256)}.0/24`);

/** `size` groups the filters for the means: the lists stand alone. */
export const filters = [
  { name: 'ip', size: 'small', expression: 'ip' },
  { name: 'tcp', size: 'small', expression: 'tcp' },
  { name: 'tcp port 80', size: 'small', expression: 'tcp port 80' },
  { name: 'udp port 53 and host', size: 'small', expression: 'udp port 53 and host 10.0.0.7' },
  {
    name: 'SYN or FIN, not local',
    size: 'small',
    expression: 'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not (src net 10.0.0.0/8 and dst net 10.0.0.0/8)',
  },
  { name: 'four ports', size: 'four ports', expression: 'tcp port 22 or 80 or 443 or 8080' },
  { name: 'ip6 and a port range', size: 'small', expression: 'ip6 and portrange 0-1023' },
  { name: 'vlan 100 and ip', size: 'small', expression: 'vlan 100 and ip' },
  {
    name: 'port 80 with payload',
    size: 'small',
    expression: 'tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)',
  },
  { name: '50 hosts', size: '50 hosts', expression: `host ${hosts(50).join(' or ')}` },
  {
    name: '200 hosts and nets',
    size: '200 hosts and nets',
    expression: `host ${hosts(100).join(' or ')} or net ${nets(100).join(' or ')}`,
  },
  { name: 'multicast, icmp or arp', size: 'small', expression: 'ether multicast or icmp or arp' },
];
