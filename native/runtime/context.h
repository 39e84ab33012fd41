// The context of a packet: Linux's struct __sk_buff as far as a packet without a device has it.
#pragma once

#include <cstdint>
#include <span>

namespace unibpf::runtime {

struct Context {
  uint32_t length;       // byte 0: len, on the wire
  uint32_t unknown0[3];  // what only a device knows: 0
  uint32_t protocol;     // byte 16, in network order in the low half
  uint32_t unknown1[43];
};
static_assert(sizeof(Context) == 192);

/** What Linux's eth_type_trans takes for the protocol of a frame. */
inline uint32_t etherType(std::span<const uint8_t> frame) {
  if (frame.size() < 14) return 0;
  uint32_t type = uint32_t(frame[12] << 8 | frame[13]);
  bool isRaw = frame.size() >= 16 && frame[14] == 0xff && frame[15] == 0xff;
  uint32_t protocol = type >= 0x0600 ? type : isRaw ? 0x0001 : 0x0004;  // the type, else 802.3 or 802.2
  return (protocol & 0xff) << 8 | protocol >> 8;
}

inline Context contextOf(std::span<const uint8_t> frame, uint32_t length) {
  Context context{};
  context.length = length;
  context.protocol = etherType(frame);
  return context;
}

}  // namespace unibpf::runtime
