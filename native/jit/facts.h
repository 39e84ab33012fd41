// What was proved of each instruction: the C++ twin of src/verify/facts.ts. Each takes work away, and nothing else.
#pragma once

#include <cstdint>
#include <span>

#include "jit/insn.h"

namespace unibpf::jit {

enum class Fact : uint8_t {
  Unreachable = 0x01,     // no path leads here
  InBounds = 0x02,        // every access that it makes is inside what it may touch
  DivisorNotZero = 0x04,  // the divisor is never 0
  AlwaysTaken = 0x08,     // the conditional jump is
  NeverTaken = 0x10,
};

/** Simplifies the instructions of which facts are known: a byte a slot, or none at all. */
void applyFacts(std::span<Insn> insns, std::span<const uint8_t> facts);

}  // namespace unibpf::jit
