#include "jit/lane_windows.h"

#include <algorithm>
#include <map>
#include <utility>

namespace unibpf::jit {
namespace {

using Id = LaneNode::Id;

/** The graph again, with neighbouring bytes out of one load. */
class Windows {
 public:
  explicit Windows(const LaneGraph& from) : from_(from), isRead_(from.size()), ids_(from.size()) {}

  LaneResult widened(Id root) {
    collect(root);
    LaneResult result;
    to_ = &result.graph;
    for (Id id = 0; id <= root; id++) {  // operands come before what reads them
      if (isRead_[id]) ids_[id] = made(from_.at(id));
    }
    result.result = ids_[root];
    return result;
  }

 private:
  /** Finds what is read, of the buffer too, and which of its bytes fit into one window. */
  void collect(Id root) {
    isRead_[root] = true;
    for (Id id = root + 1; id-- > 0;) {
      if (!isRead_[id]) continue;
      const LaneNode& node = from_.at(id);
      if (node.op == LaneOp::Bytes) ends_[node.a][node.imm] = std::max(ends_[node.a][node.imm], node.imm + node.size);
      if (operandsOf(node.op) >= 1) isRead_[node.a] = true;
      if (operandsOf(node.op) == 2) isRead_[node.b] = true;
    }
    for (auto& [at, ends] : ends_) {
      uint32_t start = 0;
      bool isFirst = true;
      for (auto [offset, end] : ends) {
        if (isFirst || offset >= start + windowBytes) start = offset;
        isFirst = false;
        bool isBefore = offset < start;  // of two windows that lie side by side
        starts_[{at, offset}] = isBefore ? start - windowBytes : start;
        if (end > start + windowBytes) start += windowBytes;
      }
    }
  }

  Id made(const LaneNode& node) {
    switch (node.op) {
      case LaneOp::Constant:
        return to_->constant(node.imm);
      case LaneOp::Place:
        return to_->place();
      case LaneOp::Captured:
        return to_->captured();
      case LaneOp::Bytes:
        return extracted(node);
      case LaneOp::Element:
        return to_->element(ids_[node.a], node.imm, node.table);
      default: {
        Id a = ids_[node.a];
        return operandsOf(node.op) == 1 ? to_->unary(node.op, a, node.imm) : to_->binary(node.op, a, ids_[node.b]);
      }
    }
  }

  Id extracted(const LaneNode& node) {
    uint32_t start = starts_.at({node.a, node.imm});
    Id window = to_->window(ids_[node.a], start);
    uint32_t unused = 8 * (node.imm - start);
    Id first = to_->unary(LaneOp::Shr, window, unused);
    if (node.imm + node.size > start + windowBytes) {
      Id next = to_->window(ids_[node.a], start + windowBytes);
      first = to_->binary(LaneOp::Or, first, to_->unary(LaneOp::Shl, next, 32 - unused));
    }
    uint32_t mask = node.size == 4 ? ~0u : (1u << 8 * node.size) - 1;
    return to_->binary(LaneOp::And, first, to_->constant(mask));
  }

  const LaneGraph& from_;
  LaneGraph* to_ = nullptr;
  std::vector<bool> isRead_;
  std::vector<Id> ids_;  // of the nodes that are read, in the new graph
  std::map<Id, std::map<uint32_t, uint32_t>> ends_;    // where bytes are read: their ends by their starts
  std::map<std::pair<Id, uint32_t>, uint32_t> starts_;  // and the start of the window that they are in
};

}  // namespace

LaneResult widened(const LaneResult& from) { return Windows(from.graph).widened(from.result); }

}  // namespace unibpf::jit
