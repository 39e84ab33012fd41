// What holds whenever an instruction is reached: a small analysis that saves checks of packet loads, and the clearing of
// the stack. It looks at one pass in order of addresses: of what a backward jump reaches, nothing is known.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "jit/insn.h"

namespace unibpf::jit {

/** On every path from the start to an instruction. */
struct Known {
  uint32_t packetBytes = 0;  // the packet has so many, since a load up to there didn't fail
  uint64_t written = 0;      // stack bytes that have been written: bit n - 1 for the one at r10 - n
};

/** One a slot; where no path leads, anything. */
std::vector<Known> knownBefore(std::span<const Insn> insns, int32_t networkHeader);

/** Whether the program may read a byte of its stack that it has not written. */
bool readsUnwrittenStack(std::span<const Insn> insns, std::span<const Known> known);

}  // namespace unibpf::jit
