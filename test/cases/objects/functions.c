// Functions: static and global, in .text and beside the program, called deep and from two programs. No maps: so the kernel runs
// them too.
//
// expect deep accepted
// run deep 0300000000000000000000000000 = 16
// run deep 0a00000000000000000000000000 = 58
// expect shallow accepted
// run shallow 0500000000000000000000000000 = 25

#include "bpf.h"

static noinline int square(int n) { return n * n; }
noinline int cube_less(int n) { return square(n) + square(n - 1) + (n > 5 ? -123 : 3); }

static noinline SEC("xdp") int first_byte(struct xdp_md *context) {
  u8 *start = packet_start(context), *end = packet_end(context);
  return start + 1 > end ? 0 : start[0];
}

SEC("xdp") int deep(struct xdp_md *context) { return cube_less(first_byte(context)); }

SEC("xdp") int shallow(struct xdp_md *context) { return square(first_byte(context)); }

char license_text[] SEC("license") = "GPL";
