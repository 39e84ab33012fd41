// Running a program over packets: one, or many that lie in one buffer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "jit/compile.h"

namespace unibpf::runtime {

struct Packets {
  std::span<const uint8_t> data;
  const uint32_t* offsets;
  const uint32_t* captured;
  const uint32_t* lengths;
  uint32_t* verdicts;
  size_t count;
};

/** The first packet that isn't inside the data, was shorter on the wire than what was captured, or is 2 GiB or more. */
std::optional<size_t> firstBadPacket(const Packets& packets);

/** Writes a verdict a packet, and returns how many are not 0. The packets have been checked. */
size_t runPackets(const jit::Compiled& program, const Packets& packets);

/** The verdict on one packet, and the state that the run left (a trap, if there was one). */
uint64_t runPacket(const jit::Compiled& program, jit::Frame& frame, std::span<const uint8_t> data, uint32_t length);

}  // namespace unibpf::runtime
