#include "jit/lowered.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "jit/structure.h"

namespace unibpf::jit {
namespace {

constexpr uint64_t unknown = ~0ull;

/** The largest number that each register can hold. */
using Bounds = std::array<uint64_t, 11>;

constexpr Bounds nothing = [] {
  Bounds bounds{};
  for (auto& bound : bounds) bound = unknown;
  return bounds;
}();

/** A bound that an operation of 32 bits keeps as well as one of 64. */
uint64_t fitting(uint64_t bound) { return bound <= UINT32_MAX ? bound : unknown; }

/** All bits below the highest of a number, and that one. */
uint64_t ones(uint64_t number) { return std::bit_ceil(number + 1) - 1; }

uint64_t afterAlu(const Insn& insn, const Bounds& bounds) {
  uint64_t a = bounds[insn.dst];
  uint64_t b = insn.fromRegister ? bounds[insn.src] : uint64_t(insn.constant());
  if (insn.alu == isa::Alu::Mov) return insn.width == 32 ? std::min<uint64_t>(b, UINT32_MAX) : b;
  if (insn.alu == isa::Alu::And) return std::min(a, b);
  if (a > UINT32_MAX || b > UINT32_MAX) return unknown;
  bool isShift = !insn.fromRegister && b < 32;
  switch (insn.alu) {
    case isa::Alu::Add:
      return fitting(a + b);
    case isa::Alu::Mul:
      return fitting(a * b);
    case isa::Alu::Or:
    case isa::Alu::Xor:
      return ones(std::max(a, b));
    case isa::Alu::Lsh:
      return isShift ? fitting(a << b) : unknown;
    case isa::Alu::Rsh:
      return isShift ? a >> b : unknown;
    case isa::Alu::Div:
    case isa::Alu::Mod:
      return a;
    default:
      return unknown;
  }
}

uint64_t after(const Insn& insn, const Bounds& bounds) {
  switch (insn.kind) {
    case Kind::Alu:
      return afterAlu(insn, bounds);
    case Kind::Raw:
      return insn.size < 8 ? (1ull << 8 * insn.size) - 1 : unknown;
    case Kind::Load:
      return insn.size < 8 && !insn.isSigned ? (1ull << 8 * insn.size) - 1 : unknown;
    case Kind::Set:
    case Kind::Lookup:
      return 1;
    default:
      return unknown;
  }
}

bool isInside(const Insn& raw, const Bounds& bounds, uint64_t readable) {
  uint64_t index = raw.fromRegister ? bounds[raw.src] : 0;
  return raw.off >= 0 && index <= readable && index + uint64_t(raw.off) + raw.size <= readable;
}

std::vector<bool> targetsOf(std::span<const Insn> insns) {
  std::vector<bool> isTarget(insns.size());
  for (size_t pc = 0; pc < insns.size(); pc++) {
    if (isBranch(insns[pc])) isTarget[size_t(int64_t(pc) + 1 + insns[pc].off)] = true;
  }
  return isTarget;
}

/** The first slot that may be reached without the guard: nothing from there on leads back before it. */
Fault checkCopy(std::span<const Insn> insns, size_t copy) {
  for (uint32_t pc = 0; pc < insns.size(); pc++) {
    bool leadsBack = isBranch(insns[pc]) && int64_t(pc) + 1 + insns[pc].off < int64_t(copy);
    if (pc >= copy && leadsBack) return {"a jump leads behind the guard", pc};
    if (insns[pc].kind == Kind::CallLocal) return {"a lowered program calls no function of its own", pc};
    if (pc > 0 && insns[pc].kind == Kind::Guard) return {"expected the guard at the start", pc};
  }
  return {};
}

}  // namespace

Fault checkLowered(std::span<const Insn> insns, std::span<const Table> tables) {
  bool hasGuard = insns[0].kind == Kind::Guard;
  size_t copy = hasGuard ? size_t(1 + insns[0].off) : insns.size();
  uint64_t readable = hasGuard ? uint64_t(std::max(insns[0].imm, 0)) : 0;
  if (hasGuard && insns[0].off < 0) return {"expected a guard that leads on"};
  if (Fault fault = checkCopy(insns, hasGuard ? copy : 0)) return fault;
  std::vector<bool> isTarget = targetsOf(insns);
  Bounds bounds = nothing;
  for (uint32_t pc = 0; pc < insns.size(); pc++) {
    const Insn& insn = insns[pc];
    if (isTarget[pc]) bounds = nothing;
    if (insn.kind == Kind::Raw && (pc >= copy || !isInside(insn, bounds, readable))) return {"no guard stands before a load", pc};
    if (insn.kind == Kind::Lookup && uint32_t(insn.imm) >= tables.size()) return {"a lookup has no table", pc};
    uint16_t written = registersWritten(insn);
    uint64_t bound = after(insn, bounds);
    for (uint8_t number = 0; number <= 10; number++) {
      if (written >> number & 1) bounds[number] = bound;
    }
  }
  auto isWrong = [](const Table& table) { return !table.isRight(); };
  if (std::any_of(tables.begin(), tables.end(), isWrong)) return {"expected tables of 2^bits slots a way"};
  return {};
}

}  // namespace unibpf::jit
