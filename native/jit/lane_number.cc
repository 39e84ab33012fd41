#include "jit/lane_number.h"

namespace unibpf::jit {
namespace {

constexpr uint32_t ones = ~0u;

}  // namespace

LaneNumber LaneNumbers::constant(uint64_t number) {
  LaneNumber result{graph_.constant(uint32_t(number)), graph_.constant(uint32_t(number >> 32)), {}, {}};
  if (number <= 1) result.truth = LaneTruth{graph_.constant(number == 1 ? ones : 0)};
  return result;
}

LaneNumber LaneNumbers::of(LaneTruth truth) {
  Id number = truth.isInverted ? graph_.binary(LaneOp::Add, truth.mask, graph_.constant(1)) : graph_.unary(LaneOp::Shr, truth.mask, 31);
  return {number, graph_.constant(0), truth, {}};
}

/** All ones where the truth holds. */
LaneNumbers::Id LaneNumbers::maskOf(LaneTruth truth) {
  return truth.isInverted ? graph_.binary(LaneOp::Xor, truth.mask, graph_.constant(ones)) : truth.mask;
}

bool LaneNumbers::isSignExtended(const LaneNumber& number) {
  return number.high == graph_.unary(LaneOp::Sar, number.low, 31);
}

// ---- comparisons -----------------------------------------------------------------------------------------------------

/** a < b, without signs. */
LaneTruth LaneNumbers::below(Id a, Id b) {
  bool areSmall = graph_.most(a) <= INT32_MAX && graph_.most(b) <= INT32_MAX;
  if (graph_.isConstant(b, 0)) return {graph_.constant(0)};
  if (graph_.isConstant(b, 1)) return equal(a, graph_.constant(0));
  if (graph_.isConstant(a, 0)) return !equal(b, a);
  if (areSmall) return greater(b, a);
  return !equal(graph_.binary(LaneOp::MaxU, a, b), a);
}

std::optional<LaneTruth> LaneNumbers::compared(isa::Jump op, uint8_t width, const LaneNumber& a, const LaneNumber& b) {
  bool areShort = width == 32 || (isShort(a) && isShort(b));
  bool isSigned = width == 32 || (isSignExtended(a) && isSignExtended(b));
  switch (op) {
    case isa::Jump::Eq:
      return areShort ? equal(a.low, b.low) : logical(LaneOp::And, equal(a.low, b.low), equal(a.high, b.high));
    case isa::Jump::Set: {
      Id both = graph_.binary(LaneOp::And, a.low, b.low);
      if (!areShort) both = graph_.binary(LaneOp::Or, both, graph_.binary(LaneOp::And, a.high, b.high));
      return !equal(both, graph_.constant(0));
    }
    case isa::Jump::Lt:
      return areShort ? std::optional(below(a.low, b.low)) : std::nullopt;
    case isa::Jump::Slt:
      if (areShort && width == 64) return below(a.low, b.low);
      return isSigned ? std::optional(greater(b.low, a.low)) : std::nullopt;
    case isa::Jump::Gt:
      return compared(isa::Jump::Lt, width, b, a);
    case isa::Jump::Sgt:
      return compared(isa::Jump::Slt, width, b, a);
    case isa::Jump::Ne:
    case isa::Jump::Ge:
    case isa::Jump::Le:
    case isa::Jump::Sge:
    case isa::Jump::Sle:
      break;
  }
  isa::Jump opposite = op == isa::Jump::Ne   ? isa::Jump::Eq
                       : op == isa::Jump::Ge ? isa::Jump::Lt
                       : op == isa::Jump::Le ? isa::Jump::Gt
                       : op == isa::Jump::Sge ? isa::Jump::Slt
                                              : isa::Jump::Sgt;
  auto truth = compared(opposite, width, a, b);
  return truth ? std::optional(!*truth) : std::nullopt;
}

// ---- arithmetic ------------------------------------------------------------------------------------------------------

LaneNumbers::Result LaneNumbers::alu(const Insn& insn, const LaneNumber& a, const LaneNumber& b) {
  switch (insn.alu) {
    case isa::Alu::Mov:
      return insn.width == 32 && !isShort(b) ? low(b.low) : b;
    case isa::Alu::And:
      return logical(LaneOp::And, insn, a, b);
    case isa::Alu::Or:
      return logical(LaneOp::Or, insn, a, b);
    case isa::Alu::Xor:
      return logical(LaneOp::Xor, insn, a, b);
    case isa::Alu::Add:
      return cut(insn, sum(a, b));
    case isa::Alu::Sub:
      return cut(insn, difference(a, b));
    case isa::Alu::Mul:
      return insn.width == 32 ? Result(low(graph_.binary(LaneOp::Mul, a.low, b.low))) : std::nullopt;
    case isa::Alu::Lsh:
    case isa::Alu::Rsh:
    case isa::Alu::Arsh:
      return shifted(insn, a, b);
    default:
      return std::nullopt;
  }
}

LaneNumbers::Result LaneNumbers::negated(const Insn& insn, const LaneNumber& a) {
  return cut(insn, difference(constant(0), a));
}

LaneNumbers::Result LaneNumbers::signExtended(const Insn& insn, const LaneNumber& a) {
  uint32_t unused = insn.bits < 32 ? 32u - insn.bits : 0;
  Id number = graph_.unary(LaneOp::Sar, graph_.unary(LaneOp::Shl, a.low, unused), unused);
  return cut(insn, signExtended(number));
}

LaneNumbers::Result LaneNumbers::swapped(const Insn& insn, const LaneNumber& a) {
  bool keepsOrder = insn.order == Order::Little;
  Id first = keepsOrder ? a.low : graph_.unary(LaneOp::Swap, a.low);
  switch (insn.bits) {
    case 16:
      if (keepsOrder) return low(graph_.binary(LaneOp::And, first, graph_.constant(0xffff)));
      return low(graph_.unary(LaneOp::Shr, first, 16));
    case 32:
      return low(first);
    default:
      return keepsOrder ? a : whole(graph_.unary(LaneOp::Swap, a.high), first);
  }
}

LaneNumbers::Result LaneNumbers::logical(LaneOp op, const Insn& insn, const LaneNumber& a, const LaneNumber& b) {
  if (a.truth && b.truth) {
    if (auto both = logical(op, *a.truth, *b.truth)) return of(*both);
  }
  const LaneNumber& other = a.truth ? b : a;
  const auto& truth = a.truth ? a.truth : b.truth;
  if (op == LaneOp::And && truth) {
    Id bit = graph_.binary(LaneOp::And, other.low, graph_.constant(1));
    return low(graph_.binary(truth->isInverted ? LaneOp::AndNot : LaneOp::And, truth->mask, bit));
  }
  Id first = graph_.binary(op, a.low, b.low);
  return insn.width == 32 ? low(first) : whole(first, graph_.binary(op, a.high, b.high));
}

/** Nothing for what would take as much as with numbers. */
std::optional<LaneTruth> LaneNumbers::logical(LaneOp op, const LaneTruth& a, const LaneTruth& b) {
  switch (op) {
    case LaneOp::And:
      if (!a.isInverted && !b.isInverted) return LaneTruth{graph_.binary(LaneOp::And, a.mask, b.mask)};
      if (a.isInverted && b.isInverted) return LaneTruth{graph_.binary(LaneOp::Or, a.mask, b.mask), true};
      return a.isInverted ? LaneTruth{graph_.binary(LaneOp::AndNot, a.mask, b.mask)}
                          : LaneTruth{graph_.binary(LaneOp::AndNot, b.mask, a.mask)};
    case LaneOp::Or: {
      auto neither = logical(LaneOp::And, !a, !b);
      return !*neither;
    }
    case LaneOp::Xor:
      if (graph_.isConstant(b.mask, ones)) return !a;
      if (graph_.isConstant(a.mask, ones)) return !b;
      return LaneTruth{graph_.binary(LaneOp::Xor, a.mask, b.mask), a.isInverted != b.isInverted};
    default:
      return std::nullopt;
  }
}

LaneNumber LaneNumbers::sum(const LaneNumber& a, const LaneNumber& b) {
  Id first = graph_.binary(LaneOp::Add, a.low, b.low);
  Id high = graph_.binary(LaneOp::Add, a.high, b.high);
  if (graph_.isConstant(b.low, 0) || graph_.isConstant(a.low, 0)) return whole(first, high);
  return whole(first, graph_.binary(LaneOp::Sub, high, maskOf(below(first, b.low))));  // a carry
}

LaneNumber LaneNumbers::difference(const LaneNumber& a, const LaneNumber& b) {
  if (isShort(a) && graph_.isConstant(a.low, 0) && b.truth) return {maskOf(*b.truth), maskOf(*b.truth), {}, b.truth};
  LaneTruth borrow = below(a.low, b.low);
  Id high = graph_.binary(LaneOp::Sub, a.high, b.high);
  LaneNumber result = whole(graph_.binary(LaneOp::Sub, a.low, b.low), graph_.binary(LaneOp::Add, high, maskOf(borrow)));
  if (isShort(a) && isShort(b)) result.sign = borrow;
  if (isSignExtended(a) && isSignExtended(b)) result.sign = greater(b.low, a.low);
  return result;
}

// ---- shifts ----------------------------------------------------------------------------------------------------------

LaneNumbers::Result LaneNumbers::shifted(const Insn& insn, const LaneNumber& a, const LaneNumber& b) {
  bool isLeft = insn.alu == isa::Alu::Lsh;
  bool isSigned = insn.alu == isa::Alu::Arsh;
  uint32_t most = insn.width - 1u;
  if (graph_.isConstant(b.low)) {
    uint32_t by = graph_.at(b.low).imm & most;
    if (insn.width == 64) return isLeft ? shiftedLeft(a, by) : shiftedRight(a, by, isSigned);
    if (isLeft && a.truth) {
      Id bit = graph_.constant(1u << by);
      return low(graph_.binary(a.truth->isInverted ? LaneOp::AndNot : LaneOp::And, a.truth->mask, bit));
    }
    return low(graph_.unary(isLeft ? LaneOp::Shl : isSigned ? LaneOp::Sar : LaneOp::Shr, a.low, by));
  }
  if (isSigned || (insn.width == 64 && (isLeft || !isShort(a)))) return std::nullopt;
  Id by = graph_.binary(LaneOp::And, b.low, graph_.constant(most));
  return low(graph_.binary(isLeft ? LaneOp::ShlBy : LaneOp::ShrBy, a.low, by));
}

LaneNumber LaneNumbers::shiftedLeft(const LaneNumber& a, uint32_t by) {
  if (by == 0) return a;
  if (by >= 32) return whole(graph_.constant(0), graph_.unary(LaneOp::Shl, a.low, by - 32));
  Id upper = graph_.unary(LaneOp::Shl, a.high, by);
  return whole(graph_.unary(LaneOp::Shl, a.low, by), graph_.binary(LaneOp::Or, upper, graph_.unary(LaneOp::Shr, a.low, 32 - by)));
}

LaneNumber LaneNumbers::shiftedRight(const LaneNumber& a, uint32_t by, bool isSigned) {
  if (by == 0) return a;
  if (by == 63 && !isSigned) return of(a.sign.value_or(greater(graph_.constant(0), a.high)));
  LaneOp op = isSigned ? LaneOp::Sar : LaneOp::Shr;
  Id high = by >= 32 ? (isSigned ? graph_.unary(LaneOp::Sar, a.high, 31) : graph_.constant(0)) : graph_.unary(op, a.high, by);
  if (by >= 32) return whole(graph_.unary(op, a.high, by - 32), high);
  Id lower = graph_.unary(LaneOp::Shr, a.low, by);
  return whole(graph_.binary(LaneOp::Or, lower, graph_.unary(LaneOp::Shl, a.high, 32 - by)), high);
}

}  // namespace unibpf::jit
