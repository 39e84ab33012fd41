// A function that a helper calls back: its address is loaded.
//
// expect sum accepted

#include "bpf.h"

struct {
  __uint(type, array);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, u64);
} numbers SEC(".maps");

struct sum {
  u64 value;
};

static long add(void *map, u32 *key, u64 *value, struct sum *sum) {
  sum->value += *value;
  return 0;
}

SEC("xdp") int sum(struct xdp_md *context) {
  struct sum sum = {0};
  for_each_map_elem(&numbers, add, &sum, 0);
  return sum.value > 10 ? 1 : 2;
}

char license_text[] SEC("license") = "GPL";
