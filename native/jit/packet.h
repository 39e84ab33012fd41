// Where a packet load reads. Offsets below zero are Linux's: from SKF_NET_OFF on they count from the network header, from
// SKF_LL_OFF on from the link header, which stands 14 bytes before it.
#pragma once

#include <optional>

#include "jit/insn.h"

namespace unibpf::jit {

constexpr int32_t linkOffset = -0x200000;
constexpr int32_t networkOffset = -0x100000;
constexpr int32_t linkHeaderBytes = 14;

/** The byte of the packet that an offset names; nothing for an offset that names none. */
constexpr std::optional<uint32_t> packetByte(int32_t offset, int32_t networkHeader) {
  if (offset < linkOffset) return std::nullopt;
  int32_t byte = offset;
  if (offset < 0) byte += offset >= networkOffset ? networkHeader - networkOffset : networkHeader - linkHeaderBytes - linkOffset;
  if (byte < 0) return std::nullopt;
  return uint32_t(byte);
}

/** A packet never has more bytes: who gives one sees to it. So its length, and the end of a load, have a sign to spare. */
constexpr uint32_t mostPacketBytes = 0x7fffffff;

/** The byte behind the last one that an absolute load reads; nothing where the load always fails. */
constexpr std::optional<uint32_t> packetEnd(const Insn& insn, int32_t networkHeader) {
  auto start = packetByte(insn.imm, networkHeader);
  if (!start || *start > mostPacketBytes - insn.size) return std::nullopt;
  return *start + insn.size;
}

}  // namespace unibpf::jit
