// Maps as they were defined before type information.
//
// expect look accepted
// run look 0000000000000000000000000000 = 2

#include "bpf.h"

struct map {
  u32 type, key_size, value_size, max_entries, flags;
};

struct map SEC("maps") first = {.type = hash, .key_size = 4, .value_size = 4, .max_entries = 16};
struct map SEC("maps") second = {.type = array, .key_size = 4, .value_size = 16, .max_entries = 2};

SEC("xdp") int look(struct xdp_md *context) {
  u32 key = 1;
  u32 *found = map_lookup_elem(&second, &key);
  return found ? map_lookup_elem(&first, found) ? 3 : 2 : 1;
}

char license_text[] SEC("license") = "GPL";
