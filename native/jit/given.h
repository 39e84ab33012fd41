// Loads from a packet's context that need none: a proof says which they are, and the packet itself has what they yield. A
// program whose loads are all of this kind runs in a loop over packets, without a context for each.
#pragma once

#include <cstdint>
#include <span>

#include "jit/insn.h"

namespace unibpf::jit {

/** Turns loads into what they yield. @param parts a Part for each slot, or none at all */
Fault applyGiven(std::span<Insn> insns, std::span<const uint8_t> parts);

}  // namespace unibpf::jit
