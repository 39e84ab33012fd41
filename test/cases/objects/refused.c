// What the verifier refuses, with the line of this file.
//
// expect unchecked refused 13: r
// expect unbounded refused 17: the offset of r

#include "bpf.h"

u8 table[16];

SEC("xdp") int unchecked(struct xdp_md *context) {
  u8 *start = packet_start(context);
  return
      start[3];
}

SEC("xdp/cpumap") int unbounded(struct xdp_md *context) {
  return table[context->rx_queue_index];
}

char license_text[] SEC("license") = "GPL";
