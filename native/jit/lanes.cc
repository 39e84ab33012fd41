#include "jit/lanes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "jit/lane_number.h"
#include "jit/lane_windows.h"

namespace unibpf::jit {
namespace {

using Id = LaneNode::Id;

/** The schedule follows one operation into another, on the stack, as deep as this. No program that pays is nearly as long. */
constexpr size_t mostOperations = 4096;

/** Instructions to operations. */
class Translation {
 public:
  explicit Translation(const Plan& plan) : plan_(plan) {
    bool hasInput = plan.options.input != Input::Packet;
    input_ = hasInput ? 1 << 1 : 0;
    if (plan.options.input == Input::Memory) registers_[2] = numbers_.low(straight_.graph.captured());
  }

  std::optional<LaneResult> straight() {
    for (size_t pc = plan_.guards ? 1 : 0; pc < plan_.copyStart; pc++) {
      const Insn& insn = plan_.insns[pc];
      if (insn.kind == Kind::Exit) return finished();
      if (insn.kind == Kind::WideEnd) continue;
      auto number = result(insn);
      if (!number) return std::nullopt;
      registers_[insn.dst] = number;
      input_ &= ~(1 << insn.dst);
    }
    return std::nullopt;
  }

 private:
  using Result = std::optional<LaneNumber>;

  std::optional<LaneResult> finished() {
    if (!registers_[0]) return std::nullopt;
    straight_.result = registers_[0]->low;
    return std::move(straight_);
  }

  Result result(const Insn& insn) {
    const Result& dst = registers_[insn.dst];
    const Result& src = registers_[insn.src];
    Result second = insn.fromRegister ? src : Result(numbers_.constant(uint64_t(insn.constant())));
    switch (insn.kind) {
      case Kind::Alu: {
        if (!second || (insn.alu != isa::Alu::Mov && !dst)) return std::nullopt;
        return numbers_.alu(insn, dst.value_or(LaneNumber{}), *second);
      }
      case Kind::Neg:
        return dst ? numbers_.negated(insn, *dst) : std::nullopt;
      case Kind::Movsx:
        return src ? numbers_.signExtended(insn, *src) : std::nullopt;
      case Kind::Swap:
        return dst ? numbers_.swapped(insn, *dst) : std::nullopt;
      case Kind::Wide:
        return insn.from == isa::WideSource::Imm ? Result(numbers_.constant(uint64_t(insn.value))) : std::nullopt;
      case Kind::Load:
        return (input_ >> insn.src & 1) != 0 && insn.off >= 0 ? field(insn) : std::nullopt;
      case Kind::Raw:
        return !insn.fromRegister || src ? raw(insn) : std::nullopt;
      case Kind::Captured:
        return numbers_.low(graph().captured());
      case Kind::Set:
        return src ? set(insn, *src) : std::nullopt;
      case Kind::Lookup:
        return src ? lookup(insn, src->low) : std::nullopt;
      default:
        return std::nullopt;
    }
  }

  /** A load from the input that was verified. */
  Result field(const Insn& insn) {
    if (!insn.isSigned) return bytesAt(graph().place(), uint32_t(insn.off), insn.size);
    uint32_t unused = 32 - 8u * std::min<uint32_t>(insn.size, 4);
    Id shifted = graph().unary(LaneOp::Shl, bytesAt(graph().place(), uint32_t(insn.off), insn.size).low, unused);
    return numbers_.signExtended(graph().unary(LaneOp::Sar, shifted, unused));
  }

  /** A load behind the guard, in which `checkLowered` found it. */
  Result raw(const Insn& insn) {
    Id at = graph().place();
    if (insn.fromRegister) at = graph().binary(LaneOp::Add, at, registers_[insn.src]->low);
    LaneNumber loaded = bytesAt(at, uint32_t(insn.off), insn.size);
    if (!insn.isSwapped || insn.size == 1) return loaded;
    Insn swap;
    swap.kind = Kind::Swap;
    swap.order = Order::Reversed;
    swap.bits = uint8_t(8 * insn.size);
    return numbers_.swapped(swap, loaded);
  }

  LaneNumber bytesAt(Id at, uint32_t offset, uint8_t size) {
    if (size < 8) return numbers_.low(graph().bytes(at, offset, size));
    return numbers_.whole(graph().bytes(at, offset, 4), graph().bytes(at, offset + 4, 4));
  }

  Result set(const Insn& insn, const LaneNumber& a) {
    Result b = insn.fromRegister ? registers_[insn.other] : Result(numbers_.constant(uint64_t(insn.constant())));
    if (!b) return std::nullopt;
    auto truth = numbers_.compared(insn.jump, insn.width, a, *b);
    return truth ? Result(numbers_.of(*truth)) : std::nullopt;
  }

  Result lookup(const Insn& insn, Id number) {
    const Table& table = plan_.options.tables[size_t(insn.imm)];
    auto found = [&](uint32_t way) {
      Id product = graph().binary(LaneOp::Mul, number, graph().constant(table.factors[way]));
      Id slot = graph().unary(LaneOp::Shr, product, 32 - table.bits);
      return graph().binary(LaneOp::Equal, graph().element(slot, way << table.bits, uint32_t(insn.imm)), number);
    };
    Id mask = table.ways == 1 ? found(0) : graph().binary(LaneOp::Or, found(0), found(1));
    return numbers_.of({mask});
  }

  LaneGraph& graph() { return straight_.graph; }

  const Plan& plan_;
  LaneResult straight_;
  LaneNumbers numbers_{straight_.graph};
  std::array<Result, 11> registers_;
  uint16_t input_ = 0;      // registers that hold the address of the input
};

}  // namespace

std::optional<Lanes> lanesOf(const Plan& plan) {
  if (!plan.options.takesMany || !plan.options.isLowered || !plan.hasBatch || plan.options.budget) return std::nullopt;
  auto straight = Translation(plan).straight();
  if (!straight || straight->graph.isConstant(straight->result)) return std::nullopt;
  LaneResult made = widened(*straight);
  if (made.graph.size() > mostOperations) return std::nullopt;
  return scheduled(made, plan.guards ? uint32_t(plan.insns[0].imm) : 0);
}

}  // namespace unibpf::jit
