// The wire (RFC 9669, 8 bytes an instruction, little-endian) to instructions. The program was decoded and verified
// before it came here; all of it is asked again, because a fault above must become an error, never a wild write.
#pragma once

#include <span>
#include <vector>

#include "jit/insn.h"

namespace unibpf::jit {

/**
 * Decodes a program and checks its structure: fields, registers, jump targets, references to maps.
 * @param isLowered whether the operations of lowered programs are known
 */
Fault decode(std::span<const uint8_t> wire, size_t mapCount, bool isLowered, std::vector<Insn>& insns);

}  // namespace unibpf::jit
