// The machine's 64-bit numbers in lanes of 32 bits: two halves, and truths, which are all ones or nothing in a lane.
#pragma once

#include <optional>

#include "jit/insn.h"
#include "jit/lane_graph.h"

namespace unibpf::jit {

/** Holds where the lane is all ones, or, inverted, where it is 0. */
struct LaneTruth {
  LaneNode::Id mask = 0;
  bool isInverted = false;
  LaneTruth operator!() const { return {mask, !isInverted}; }
};

struct LaneNumber {
  LaneNode::Id low = 0;
  LaneNode::Id high = 0;
  std::optional<LaneTruth> truth;  // the number is 1 where this holds, else 0
  std::optional<LaneTruth> sign;   // where the number is known to be below zero
};

/** What the machine does with its numbers, as operations of a graph. Nothing is returned for what isn't done in lanes. */
class LaneNumbers {
 public:
  using Id = LaneNode::Id;
  using Result = std::optional<LaneNumber>;

  explicit LaneNumbers(LaneGraph& graph) : graph_(graph) {}

  LaneNumber constant(uint64_t number);
  /** A number of 32 bits, in 64. */
  LaneNumber low(Id id) { return {id, graph_.constant(0), {}, {}}; }
  LaneNumber whole(Id low, Id high) { return {low, high, {}, {}}; }
  LaneNumber signExtended(Id low) { return {low, graph_.unary(LaneOp::Sar, low, 31), {}, {}}; }
  LaneNumber of(LaneTruth truth);

  Result alu(const Insn& insn, const LaneNumber& a, const LaneNumber& b);
  Result negated(const Insn& insn, const LaneNumber& a);
  Result signExtended(const Insn& insn, const LaneNumber& a);
  Result swapped(const Insn& insn, const LaneNumber& a);
  std::optional<LaneTruth> compared(isa::Jump op, uint8_t width, const LaneNumber& a, const LaneNumber& b);

 private:
  bool isShort(const LaneNumber& number) const { return graph_.isConstant(number.high, 0); }
  bool isSignExtended(const LaneNumber& number);
  LaneNumber cut(const Insn& insn, const LaneNumber& number) { return insn.width == 32 ? low(number.low) : number; }

  Result logical(LaneOp op, const Insn& insn, const LaneNumber& a, const LaneNumber& b);
  std::optional<LaneTruth> logical(LaneOp op, const LaneTruth& a, const LaneTruth& b);
  LaneNumber sum(const LaneNumber& a, const LaneNumber& b);
  LaneNumber difference(const LaneNumber& a, const LaneNumber& b);
  Result shifted(const Insn& insn, const LaneNumber& a, const LaneNumber& b);
  LaneNumber shiftedLeft(const LaneNumber& a, uint32_t by);
  LaneNumber shiftedRight(const LaneNumber& a, uint32_t by, bool isSigned);

  LaneTruth equal(Id a, Id b) { return {graph_.binary(LaneOp::Equal, a, b)}; }
  LaneTruth greater(Id a, Id b) { return {graph_.binary(LaneOp::Greater, a, b)}; }
  LaneTruth below(Id a, Id b);
  Id maskOf(LaneTruth truth);

  LaneGraph& graph_;
};

}  // namespace unibpf::jit
