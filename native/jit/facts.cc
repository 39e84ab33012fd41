#include "jit/facts.h"

#include <algorithm>

namespace unibpf::jit {
namespace {

bool has(uint8_t facts, Fact fact) { return (facts & uint8_t(fact)) != 0; }

/** A jump that is decided is a goto, which counts as one instruction as it does. */
void decide(Insn& insn, int32_t off) {
  insn.kind = Kind::Goto;
  insn.off = off;
}

void apply(Insn& insn, uint8_t facts) {
  insn.isNeverByZero = insn.kind == Kind::Alu && has(facts, Fact::DivisorNotZero);
  if (insn.kind != Kind::Jump) return;
  if (has(facts, Fact::AlwaysTaken)) return decide(insn, insn.off);
  if (has(facts, Fact::NeverTaken) && insn.off >= 0) decide(insn, 0);  // one that leads back compares the budget
}

/** Whether a goto passes only what is never executed: then it leads to the next instruction. */
bool passesNothing(std::span<const Insn> insns, size_t pc) {
  if (insns[pc].kind != Kind::Goto || insns[pc].off <= 0) return false;
  auto passed = insns.subspan(pc + 1, size_t(insns[pc].off));
  return std::all_of(passed.begin(), passed.end(), [](const Insn& insn) { return insn.kind == Kind::WideEnd; });
}

}  // namespace

void applyFacts(std::span<Insn> insns, std::span<const uint8_t> facts) {
  for (size_t pc = 0; pc < insns.size() && pc < facts.size(); pc++) {
    if (!has(facts[pc], Fact::Unreachable)) {
      apply(insns[pc], facts[pc]);
    } else {
      insns[pc] = Insn{};  // never executed
      if (pc + 1 == insns.size()) insns[pc].kind = Kind::Exit;  // no path past the end either
    }
  }
  for (size_t pc = 0; pc < insns.size(); pc++) {
    if (passesNothing(insns, pc)) insns[pc].off = 0;
  }
}

}  // namespace unibpf::jit
