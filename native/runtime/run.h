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

/** Runs a program over one packet after another, as they are come upon. */
class PacketRunner {
 public:
  explicit PacketRunner(const Program& program) : program_(program) { frame_.framePointer = frame_.stackEnd(); }

  /** The low half of r0; 0 after a trap. */
  uint32_t verdict(std::span<uint8_t> data, uint32_t length) {
    if (program_.compiled.batch == nullptr) return verdictWithHost(data, length);
    frame_.data = data.data();
    frame_.captured = data.size();
    frame_.length = length;
    frame_.budget = program_.budget;
    frame_.trap = jit::Trap::None;
    uint64_t result = program_.compiled.run(&frame_);
    return frame_.trap == jit::Trap::None ? uint32_t(result) : 0;
  }

 private:
  /** For runs that need more than the packet. */
  uint32_t verdictWithHost(std::span<uint8_t> data, uint32_t length);

  const Program& program_;
  jit::Frame frame_;
};

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
