// Operations on vectors of 32-bit numbers, of which each lane belongs to another input. Equal operations are one node, and what
// is known when they are made is computed then.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace unibpf::jit {

enum class LaneOp : uint8_t {
  Constant,  // imm
  Place,     // where the input's first byte is in the buffer
  Captured,  // how many bytes the input has
  Bytes,     // the `size` bytes at a + imm of the buffer, the lowest first
  Window,    // the same of 4 bytes: what vectors are made of
  Element,   // number a + imm of table `table`
  And,
  AndNot,  // ~a & b
  Or,
  Xor,
  Add,
  Sub,
  Mul,
  MinU,
  MaxU,
  Shl,  // by imm, less than 32
  Shr,
  Sar,
  ShlBy,  // by b; 0 where that is 32 or more
  ShrBy,
  Equal,    // all ones where it holds, else 0
  Greater,  // the same; as signed numbers
  Swap,     // the 4 bytes in the other order
};

struct LaneNode {
  using Id = uint32_t;
  LaneOp op{};
  uint8_t size = 0;
  uint32_t table = 0;
  Id a = 0;
  Id b = 0;
  uint32_t imm = 0;
  auto operator<=>(const LaneNode&) const = default;
};

/** How many nodes an operation reads: `a`, or `a` and `b`. */
int operandsOf(LaneOp op);
bool isCommutative(LaneOp op);

class LaneGraph {
 public:
  using Id = LaneNode::Id;

  const LaneNode& at(Id id) const { return nodes_[id]; }
  size_t size() const { return nodes_.size(); }

  Id constant(uint32_t number) { return kept({.op = LaneOp::Constant, .imm = number}); }
  Id place() { return kept({.op = LaneOp::Place}); }
  Id captured() { return kept({.op = LaneOp::Captured}); }
  Id bytes(Id at, uint32_t offset, uint8_t size) { return kept({.op = LaneOp::Bytes, .size = size, .a = at, .imm = offset}); }
  Id window(Id at, uint32_t offset) { return kept({.op = LaneOp::Window, .a = at, .imm = offset}); }
  Id element(Id index, uint32_t offset, uint32_t table) {
    return kept({.op = LaneOp::Element, .table = table, .a = index, .imm = offset});
  }
  /** An operation on one number; of a shift `imm` says how far. */
  Id unary(LaneOp op, Id a, uint32_t imm = 0);
  Id binary(LaneOp op, Id a, Id b);

  bool isConstant(Id id, uint32_t number) const { return nodes_[id].op == LaneOp::Constant && nodes_[id].imm == number; }
  bool isConstant(Id id) const { return nodes_[id].op == LaneOp::Constant; }
  /** The largest number that can be there. */
  uint32_t most(Id id) const { return most_[id]; }

 private:
  Id kept(const LaneNode& node);
  uint32_t mostOf(const LaneNode& node) const;

  std::vector<LaneNode> nodes_;
  std::vector<uint32_t> most_;
  std::map<LaneNode, Id> ids_;
};

}  // namespace unibpf::jit
