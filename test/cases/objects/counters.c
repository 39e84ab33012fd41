// Maps, global data of all kinds, and functions that are called by functions.
//
// expect count accepted
// run count 07000000000000000000000000000000 = 66
// run count 0700000000000000000000000000000000000000 = 106
// run count 07 = 1
// expect last accepted

#include "bpf.h"

struct {
  __uint(type, array);
  __uint(max_entries, 256);
  __type(key, u32);
  __type(value, u64);
} counts SEC(".maps");

struct flow {
  u32 from, to;
};

struct {
  __uint(type, hash);
  __uint(max_entries, 64);
  __type(key, struct flow);
  __type(value, u64);
} flows SEC(".maps");

const volatile u32 least = 16;
u32 seen;
u64 total = 5;
static volatile u32 weight = 3;
u8 table[4] = {10, 20, 30, 40};

static noinline u32 weighed(u32 number, u32 factor) {
  if (number > 100) weight += 1;
  return number * factor + weight;
}

noinline u32 twice(u32 number) { return weighed(number, 3) + weighed(number, 5) + table[number & 3] / 10; }

SEC("xdp") int count(struct xdp_md *context) {
  u8 *start = packet_start(context), *end = packet_end(context);
  if (start + 16 > end) return 1;
  if (end - start < least) return 2;
  u32 key = start[0];
  u64 *counter = map_lookup_elem(&counts, &key);
  if (counter) __sync_fetch_and_add(counter, 1);
  struct flow flow = {key, key + 1};
  u64 now = total;
  map_update_elem(&flows, &flow, &now, 0);
  seen++;
  total += key;
  return twice(key) - (end - start > 16 ? 0 : 40) + 40;
}

SEC("xdp/devmap") int last(struct xdp_md *context) {
  struct flow flow = {1, context->egress_ifindex};
  return map_lookup_elem(&flows, &flow) ? 1 : 2;
}

char license_text[] SEC("license") = "GPL";
