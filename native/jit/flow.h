// What holds at each instruction. Forward: which packet bytes are there and which stack bytes were written, which saves
// checks and the clearing of the stack; one pass, so that of what a backward jump reaches nothing is known. Backward: which
// registers are still read, which saves instructions.
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

/** Registers that may be read before they are written, as sets of bits. */
struct Live {
  std::vector<uint16_t> after;  // a slot: from the next instruction on
  uint16_t atStart = 0;
};

Live liveRegisters(std::span<const Insn> insns);

}  // namespace unibpf::jit
