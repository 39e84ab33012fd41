// A parser of packets as people write them: bounds checks behind each header, settings, counters, a loop over options, and what is
// forgotten in it most easily.
//
// expect parse accepted
// run parse 02000000000202000000000108004500002000000000401100000a0000010a0000020fa00035000c000000000000 = 1
// run parse 02000000000202000000000108004500002000000000401100000a0000010a0000020fa00050000c000000000000 = 2
// run parse 02000000000202000000000108004600002400000000401100000a0000010a000002010101010fa00035000c0000 = 1
// run parse 02000000000202000000000108004500002000000000400600000a0000010a0000020fa00035000c000000000000 = 2
// run parse 02000000000202000000000108004500002000000000401100000a000001 = 0
// run parse 02000000000202000000000186dd = 2
// expect options accepted
// run options 46010203010103ff = 3
// run options 45010203 = 0
// run options 4f01020301 = 1
// expect careless refused 82: r2 reaches bytes 14 to 14 of the packet, of which 14 are known to be there
// expect forgetful refused 88: r0 is a map-value address that may be null; compare it with 0 first

#include "bpf.h"

struct ethernet {
  u8 to[6], from[6];
  u16 type;
};

struct ip {
  u8 version_length, service;
  u16 total, id, fragment;
  u8 ttl, protocol;
  u16 checksum;
  u32 from, to;
};

struct udp {
  u16 from, to, length, checksum;
};

struct {
  __uint(type, array);
  __uint(max_entries, 256);
  __type(key, u32);
  __type(value, u64);
} protocols SEC(".maps");

const volatile u16 blocked = 53;
u32 cut;

static inline u16 swapped(u16 number) { return __builtin_bswap16(number); }

static inline struct udp *udp_of(void *start, void *end) {
  struct ethernet *ethernet = start;
  if ((void *)(ethernet + 1) > end || ethernet->type != swapped(0x0800)) return 0;
  struct ip *ip = (void *)(ethernet + 1);
  if ((void *)(ip + 1) > end) {
    cut++;
    return 0;
  }
  u32 protocol = ip->protocol;
  u64 *counter = map_lookup_elem(&protocols, &protocol);
  if (counter) *counter += 1;
  struct udp *udp = (void *)ip + (ip->version_length & 15) * 4;
  return protocol == 17 && (void *)(udp + 1) <= end ? udp : 0;
}

SEC("xdp") int parse(struct xdp_md *context) {
  struct udp *udp = udp_of(packet_start(context), packet_end(context));
  if (cut) return 0;
  return udp && udp->to == swapped(blocked) ? 1 : 2;
}

SEC("xdp") int options(struct xdp_md *context) {
  u8 *at = packet_start(context), *end = packet_end(context);
  u32 count = 0;
  if (at + 4 > end || (*at & 15) <= 5) return 0;
  at += 4;
  for (int i = 0; i < 40 && at + 1 <= end && *at <= 3; i++, at++) count += 1;
  return count;
}

SEC("xdp") int careless(struct xdp_md *context) {
  u8 *start = packet_start(context), *end = packet_end(context);
  if (start + 14 > end) return 2;
  return start[14];
}

SEC("xdp") int forgetful(struct xdp_md *context) {
  u32 key = packet_end(context) - packet_start(context);
  u64 *counter = map_lookup_elem(&protocols, &key);
  *counter += 1;
  return 2;
}

char license_text[] SEC("license") = "GPL";
