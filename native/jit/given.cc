#include "jit/given.h"

namespace unibpf::jit {

Fault applyGiven(std::span<Insn> insns, std::span<const uint8_t> parts) {
  if (!parts.empty() && parts.size() != insns.size()) return {"expected a part of the packet for each slot"};
  for (uint32_t pc = 0; pc < parts.size(); pc++) {
    Insn& insn = insns[pc];
    if (parts[pc] == uint8_t(Part::None)) continue;
    if (insn.kind != Kind::Load || parts[pc] > uint8_t(Part::Nothing)) return {"expected a load of a part of the packet", pc};
    insn = Insn{.kind = Kind::Given, .dst = insn.dst, .part = Part(parts[pc])};
  }
  return {};
}

}  // namespace unibpf::jit
