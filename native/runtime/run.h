// Running a program: over an input of any kind, or over many packets that lie in one buffer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "runtime/program.h"

namespace unibpf::runtime {

/** The outcome of a run: r0, and a trap, if one ended it early. */
struct Outcome {
  uint64_t result;
  jit::Trap trap;
  uint32_t pc;
};

/** @param length of the packet on the wire; other inputs have none */
Outcome run(const Program& program, std::span<uint8_t> data, uint32_t length);

struct Packets {
  std::span<uint8_t> data;
  const uint32_t* offsets;
  const uint32_t* captured;
  const uint32_t* lengths;
  uint32_t* verdicts;
  size_t count;
};

/** The first packet that isn't inside the data, was shorter on the wire than what was captured, has too few bytes, or 2 GiB. */
std::optional<size_t> firstBadPacket(const Program& program, const Packets& packets);

/** Writes a verdict a packet, 0 after a trap, and returns how many are not 0. The packets have been checked. */
size_t runBatch(const Program& program, const Packets& packets);

}  // namespace unibpf::runtime
