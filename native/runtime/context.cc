#include "runtime/context.h"

#include <cstring>

namespace unibpf::runtime {
namespace {

/** What Linux's eth_type_trans takes for the protocol of a frame, in network order in the low half. */
uint32_t etherType(std::span<const uint8_t> frame) {
  if (frame.size() < 14) return 0;
  uint32_t type = uint32_t(frame[12] << 8 | frame[13]);
  bool isRaw = frame.size() >= 16 && frame[14] == 0xff && frame[15] == 0xff;
  uint32_t protocol = type >= 0x0600 ? type : isRaw ? 0x0001 : 0x0004;  // the type, else 802.3 or 802.2
  return (protocol & 0xff) << 8 | protocol >> 8;
}

void fill(uint8_t* image, const std::vector<uint32_t>& offsets, uint32_t value) {
  for (uint32_t offset : offsets) std::memcpy(image + offset, &value, sizeof(value));
}

}  // namespace

Context::Context(const ContextLayout& layout, std::span<uint8_t> packet, uint32_t length) {
  if (layout.bytes > sizeof(small_)) large_ = std::make_unique<uint8_t[]>(layout.bytes);
  uint8_t* image = bytes();
  std::memset(image, 0, layout.bytes);
  fill(image, layout.lengths, length);
  if (!layout.protocols.empty()) fill(image, layout.protocols, etherType(packet));
  fill(image, layout.starts, packetAddress);
  fill(image, layout.ends, packetAddress + uint32_t(packet.size()));
}

}  // namespace unibpf::runtime
