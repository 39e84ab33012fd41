// The context of a packet: 0 but for what is known of a packet that has no device. Where its fields are the environment says.
//
// A field that yields an address has 32 bits for it. Code that is checked gets one from there by which the packet is found
// when it is used; a verified program's loads of addresses are led around the context (jit/given.h), as Linux rewrites them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace unibpf::runtime {

/** Where checked code sees the packet's first byte: the same as in src/run/memory.ts. */
constexpr uint32_t packetAddress = 0x2000'0000;

struct ContextLayout {
  uint32_t bytes = 0;  // that programs see
  // the offsets of fields of 32 bits, by what they hold
  std::vector<uint32_t> lengths;
  std::vector<uint32_t> protocols;
  std::vector<uint32_t> starts;
  std::vector<uint32_t> ends;

  bool operator==(const ContextLayout&) const = default;
};

class Context {
 public:
  /** @param length of the packet on the wire */
  Context(const ContextLayout& layout, std::span<uint8_t> packet, uint32_t length);

  uint8_t* bytes() { return large_ ? large_.get() : small_; }

 private:
  alignas(8) uint8_t small_[256];
  std::unique_ptr<uint8_t[]> large_;
};

}  // namespace unibpf::runtime
