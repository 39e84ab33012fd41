#include "jit/lane_graph.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace unibpf::jit {
namespace {

constexpr uint32_t ones = ~0u;

uint32_t computed(LaneOp op, uint32_t a, uint32_t b) {
  switch (op) {
    case LaneOp::And:
      return a & b;
    case LaneOp::AndNot:
      return ~a & b;
    case LaneOp::Or:
      return a | b;
    case LaneOp::Xor:
      return a ^ b;
    case LaneOp::Add:
      return a + b;
    case LaneOp::Sub:
      return a - b;
    case LaneOp::Mul:
      return a * b;
    case LaneOp::MinU:
      return std::min(a, b);
    case LaneOp::MaxU:
      return std::max(a, b);
    case LaneOp::Shl:
      return a << b;
    case LaneOp::Shr:
      return a >> b;
    case LaneOp::Sar:
      return uint32_t(int32_t(a) >> b);
    case LaneOp::ShlBy:
      return b < 32 ? a << b : 0;
    case LaneOp::ShrBy:
      return b < 32 ? a >> b : 0;
    case LaneOp::Equal:
      return a == b ? ones : 0;
    case LaneOp::Greater:
      return int32_t(a) > int32_t(b) ? ones : 0;
    default:  // Swap
      return a >> 24 | (a >> 8 & 0xff00) | (a << 8 & 0xff0000) | a << 24;
  }
}

}  // namespace

bool isCommutative(LaneOp op) {
  switch (op) {
    case LaneOp::And:
    case LaneOp::Or:
    case LaneOp::Xor:
    case LaneOp::Add:
    case LaneOp::Mul:
    case LaneOp::MinU:
    case LaneOp::MaxU:
    case LaneOp::Equal:
      return true;
    default:
      return false;
  }
}

int operandsOf(LaneOp op) {
  switch (op) {
    case LaneOp::Constant:
    case LaneOp::Place:
    case LaneOp::Captured:
      return 0;
    case LaneOp::Bytes:
    case LaneOp::Window:
    case LaneOp::Element:
    case LaneOp::Shl:
    case LaneOp::Shr:
    case LaneOp::Sar:
    case LaneOp::Swap:
      return 1;
    default:
      return 2;
  }
}

LaneGraph::Id LaneGraph::unary(LaneOp op, Id a, uint32_t imm) {
  if (isConstant(a)) return constant(computed(op, nodes_[a].imm, imm));
  bool isShift = op != LaneOp::Swap;
  if (isShift && imm == 0) return a;
  if (op == LaneOp::Shr && most(a) >> imm == 0) return constant(0);
  return kept({.op = op, .a = a, .imm = imm});
}

LaneGraph::Id LaneGraph::binary(LaneOp op, Id a, Id b) {
  if (isConstant(a) && isConstant(b)) return constant(computed(op, nodes_[a].imm, nodes_[b].imm));
  if (isCommutative(op) && (isConstant(a) || (a > b && !isConstant(b)))) std::swap(a, b);
  switch (op) {
    case LaneOp::And:
      if (isConstant(b, 0)) return b;
      if (a == b || (isConstant(b) && ((std::bit_ceil(uint64_t(most(a)) + 1) - 1) & ~nodes_[b].imm) == 0)) return a;
      break;
    case LaneOp::AndNot:
      if (isConstant(a, 0)) return b;
      if (isConstant(a, ones) || isConstant(b, 0) || a == b) return constant(0);
      break;
    case LaneOp::Or:
      if (isConstant(b, 0) || a == b) return a;
      if (isConstant(b, ones)) return b;
      break;
    case LaneOp::Xor:
    case LaneOp::Sub:
      if (a == b) return constant(0);
      if (isConstant(b, 0)) return a;
      break;
    case LaneOp::Add:
    case LaneOp::ShlBy:
    case LaneOp::ShrBy:
      if (isConstant(b, 0)) return a;
      break;
    case LaneOp::Equal:
      if (a == b) return constant(ones);
      if (isConstant(b) && nodes_[b].imm > most(a)) return constant(0);
      break;
    case LaneOp::Greater:
      if (a == b) return constant(0);
      break;
    default:
      break;
  }
  return kept({.op = op, .a = a, .b = b});
}

uint32_t LaneGraph::mostOf(const LaneNode& node) const {
  switch (node.op) {
    case LaneOp::Constant:
      return node.imm;
    case LaneOp::Captured:
      return INT32_MAX;  // jit/packet.h
    case LaneOp::Bytes:
      return node.size < 4 ? (1u << 8 * node.size) - 1 : ones;
    case LaneOp::And:
      return std::min(most(node.a), most(node.b));
    case LaneOp::AndNot:
      return most(node.b);
    case LaneOp::Shr:
      return most(node.a) >> node.imm;
    case LaneOp::Shl:
      return most(node.a) > ones >> node.imm ? ones : most(node.a) << node.imm;
    default:
      return ones;
  }
}

LaneGraph::Id LaneGraph::kept(const LaneNode& node) {
  auto [found, isNew] = ids_.try_emplace(node, Id(nodes_.size()));
  if (isNew) {
    nodes_.push_back(node);
    most_.push_back(mostOf(node));
  }
  return found->second;
}

}  // namespace unibpf::jit
