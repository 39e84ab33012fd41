// Maps of programs and of maps, with what is in them at the start.
//
// expect start accepted
// expect next accepted
// map jumps 1=next
// map outer 0=inner

#include "bpf.h"

int next(struct xdp_md *context);

struct {
  __uint(type, prog_array);
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __array(values, int(void *));
} jumps SEC(".maps") = {.values = {[1] = (void *)&next}};

struct inner {
  __uint(type, array);
  __uint(max_entries, 2);
  __type(key, u32);
  __type(value, u64);
} inner SEC(".maps");

struct {
  __uint(type, array_of_maps);
  __uint(max_entries, 1);
  __type(key, u32);
  __array(values, struct inner);
} outer SEC(".maps") = {.values = {&inner}};

SEC("xdp") int start(struct xdp_md *context) {
  tail_call(context, &jumps, 1);
  return 1;
}

SEC("xdp") int next(struct xdp_md *context) {
  u32 zero = 0;
  void *map = map_lookup_elem(&outer, &zero);
  if (!map) return 1;
  u64 *value = map_lookup_elem(map, &zero);
  return value ? 2 : 3;
}

char license_text[] SEC("license") = "GPL";
