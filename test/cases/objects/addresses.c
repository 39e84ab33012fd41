// Packets read through addresses and through helpers, and a table of constants that is looked up.
//
// expect port accepted
// run port 000000000000000000000000080045000000000000000000000000000000000000000000005000000000000000000000000000000000000000000000 = 7
// run port 000000000000000000000000080045000000000000000000000000000000000000000000003500000000000000000000000000000000000000000000 = 9
// run port 000000000000000000000000080045000000000000000000000000000000000000000000002200000000000000000000000000000000000000000000 = 0
// run port 0000 = 1
// expect helped accepted
// run helped 00000000000000000000000086dd = 1
// run helped 000000000000000000000000080045000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 = 0

#include "bpf.h"

struct row {
  u8 port, answer;
};

static const volatile struct row rows[4] = {{0x50, 7}, {0x35, 9}, {0x19, 11}, {0x16, 13}};

SEC("xdp") int port(struct xdp_md *context) {
  u8 *start = packet_start(context), *end = packet_end(context);
  if (start + 40 > end) return 1;
  for (int i = 0; i < 4; i++)
    if (rows[i].port == start[37]) return rows[i].answer;
  return 0;
}

SEC("tc") int helped(struct skb *skb) {
  u16 type = 0;
  if (skb_load_bytes(skb, 12, &type, sizeof type) < 0) return 2;
  return type == __builtin_bswap16(0x86dd);
}

char license_text[] SEC("license") = "Dual MIT/GPL";
