#include "jit/lanes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <utility>

#include "jit/lane_number.h"

namespace unibpf::jit {
namespace {

using Id = LaneNode::Id;

/** What the instructions compute. */
struct Straight {
  LaneGraph graph;
  Id verdict = 0;
  uint32_t room = 0;
};

// ---- instructions to operations --------------------------------------------------------------------------------------

class Translation {
 public:
  explicit Translation(const Plan& plan) : plan_(plan) {
    readable_ = plan.guards ? uint32_t(plan.insns[0].imm) : 0;
    bool hasInput = plan.options.input != Input::Packet;
    input_ = hasInput ? 1 << 1 : 0;
    if (plan.options.input == Input::Memory) registers_[2] = numbers_.low(straight_.graph.captured());
  }

  std::optional<Straight> straight() {
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

  std::optional<Straight> finished() {
    if (!registers_[0]) return std::nullopt;
    straight_.verdict = registers_[0]->low;
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
    reach(uint32_t(insn.off) + sizeof(uint64_t));
    if (!insn.isSigned) return bytesAt(graph().place(), uint32_t(insn.off), insn.size);
    uint32_t unused = 32 - 8u * std::min<uint32_t>(insn.size, 4);
    Id shifted = graph().unary(LaneOp::Shl, bytesAt(graph().place(), uint32_t(insn.off), insn.size).low, unused);
    return numbers_.signExtended(graph().unary(LaneOp::Sar, shifted, unused));
  }

  /** A load behind the guard, which covers as many bytes as `checkLowered` found that it can reach. */
  Result raw(const Insn& insn) {
    Id at = graph().place();
    if (insn.fromRegister) at = graph().binary(LaneOp::Add, at, registers_[insn.src]->low);
    reach(readable_ + sizeof(uint32_t));
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

  void reach(uint32_t bytes) { straight_.room = std::max(straight_.room, bytes); }
  LaneGraph& graph() { return straight_.graph; }

  const Plan& plan_;
  Straight straight_;
  LaneNumbers numbers_{straight_.graph};
  std::array<Result, 11> registers_;
  uint16_t input_ = 0;      // registers that hold the address of the input
  uint32_t readable_ = 0;
};

// ---- loads of any size to loads of 4 bytes ---------------------------------------------------------------------------

/** The graph again, with neighbouring bytes out of one load. */
class Windows {
 public:
  explicit Windows(const Straight& straight) : from_(straight.graph), ids_(from_.size()) { collect(straight.verdict); }

  Straight widened(const Straight& straight) {
    Straight result;
    to_ = &result.graph;
    result.room = straight.room;
    result.verdict = moved(straight.verdict);
    return result;
  }

 private:
  void collect(Id root) {
    std::vector<Id> open{root};
    std::vector<bool> isSeen(from_.size());
    while (!open.empty()) {
      Id id = open.back();
      open.pop_back();
      if (isSeen[id]) continue;
      isSeen[id] = true;
      const LaneNode& node = from_.at(id);
      if (node.op == LaneOp::Bytes) ends_[node.a][node.imm] = std::max(ends_[node.a][node.imm], node.imm + node.size);
      if (operandsOf(node.op) >= 1) open.push_back(node.a);
      if (operandsOf(node.op) == 2) open.push_back(node.b);
    }
    for (auto& [at, ends] : ends_) {
      uint32_t start = 0;
      bool isFirst = true;
      for (auto [offset, end] : ends) {
        if (isFirst || end > start + 4) start = offset;
        isFirst = false;
        starts_[{at, offset}] = start;
      }
    }
  }

  Id moved(Id id) {
    if (ids_[id]) return *ids_[id];
    const LaneNode& node = from_.at(id);
    ids_[id] = made(node);
    return *ids_[id];
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
        return to_->element(moved(node.a), node.imm, node.table);
      default: {
        Id a = moved(node.a);
        return operandsOf(node.op) == 1 ? to_->unary(node.op, a, node.imm) : to_->binary(node.op, a, moved(node.b));
      }
    }
  }

  Id extracted(const LaneNode& node) {
    uint32_t start = starts_.at({node.a, node.imm});
    Id window = to_->window(moved(node.a), start);
    Id first = to_->unary(LaneOp::Shr, window, 8 * (node.imm - start));
    uint32_t mask = node.size == 4 ? ~0u : (1u << 8 * node.size) - 1;
    return to_->binary(LaneOp::And, first, to_->constant(mask));
  }

  const LaneGraph& from_;
  LaneGraph* to_ = nullptr;
  std::vector<std::optional<Id>> ids_;                 // of the nodes that are there again
  std::map<Id, std::map<uint32_t, uint32_t>> ends_;    // where bytes are read: their ends by their starts
  std::map<std::pair<Id, uint32_t>, uint32_t> starts_;  // and the start of the window that they are in
};

// ---- operations to steps, with registers -----------------------------------------------------------------------------

class Schedule {
 public:
  explicit Schedule(const LaneGraph& graph)
      : graph_(graph), uses_(graph.size()), places_(graph.size()), needs_(graph.size()) {
    for (Id id = 0; id < graph.size(); id++) needs_[id] = need(graph.at(id));
  }

  std::optional<Lanes> lanes(Id verdict) {
    count(verdict);
    uses_[verdict]++;
    if (!visit(verdict)) return std::nullopt;
    lanes_.verdict = operand(verdict);
    return std::move(lanes_);
  }

 private:
  /** About how many registers a node takes until it is there: of two operands that which takes more comes first. */
  uint32_t need(const LaneNode& node) const {
    int operands = operandsOf(node.op);
    if (isInMemory(node.op)) return 0;
    if (operands < 2) return std::max(1u, needs_[node.a]);
    auto [less, more] = std::minmax(needs_[node.a], needs_[node.b]);
    return std::max(1u, less == more ? more + 1 : more);
  }

  /** How often each node is read. */
  void count(Id root) {
    std::vector<bool> isSeen(graph_.size());
    std::vector<Id> open{root};
    isSeen[root] = true;
    while (!open.empty()) {
      const LaneNode& node = graph_.at(open.back());
      if (node.op == LaneOp::Window) windows_[node.a].push_back(open.back());
      open.pop_back();
      for (int i = 0; i < operandsOf(node.op); i++) {
        Id operand = i == 0 ? node.a : node.b;
        uses_[operand]++;
        if (!isSeen[operand]) open.push_back(operand);
        isSeen[operand] = true;
      }
    }
    for (auto& [at, group] : windows_) {
      std::sort(group.begin(), group.end(), [&](Id a, Id b) { return graph_.at(a).imm < graph_.at(b).imm; });
    }
  }

  /** Makes the steps that a node takes, its operands' first. */
  bool visit(Id id) {
    const LaneNode& node = graph_.at(id);
    if (places_[id] || isInMemory(node.op)) return true;
    int operands = operandsOf(node.op);
    bool isOther = operands == 2 && needs_[node.b] > needs_[node.a];
    if (isOther && !visit(node.b)) return false;
    if (operands >= 1 && !visit(node.a)) return false;
    if (operands == 2 && !visit(node.b)) return false;
    if (places_[id]) return true;
    if (node.op == LaneOp::Window) return load(id);
    LaneStep step{.op = node.op, .imm = node.imm, .table = node.table};
    if (operands >= 1) step.a = operand(node.a);
    if (operands == 2) step.b = operand(node.b);
    if (operands >= 1) release(node.a);
    if (operands == 2) release(node.b);
    auto dst = take<1>();
    if (!dst) return false;
    step.dst = (*dst)[0];
    if (node.op == LaneOp::Element) {
      auto upper = take<1>();
      if (!upper) return false;
      step.loads = {{step.dst, (*upper)[0], node.imm}};
      free_ |= 1 << (*upper)[0];
    }
    places_[id] = step.dst;
    lanes_.steps.push_back(std::move(step));
    return true;
  }

  /** Loads a window, and along with it others that are read at the same address later: of its row, or those that are alone as well. */
  bool load(Id first) {
    Id at = graph_.at(first).a;
    if (auto start = rowOf(first)) {
      if (loadRow(at, *start)) return true;
    }
    LaneStep step{.op = LaneOp::Window, .a = operand(at)};
    std::vector<Id> group{first};
    for (Id other : windows_[at]) {
      if (other != first && !places_[other] && !rowOf(other) && group.size() < mostWindows) group.push_back(other);
    }
    for (Id id : group) {
      auto pair = take<2>();
      if (!pair && id == first) return false;
      if (!pair) break;
      auto [dst, upper] = *pair;
      step.loads.push_back({dst, upper, graph_.at(id).imm});
      places_[id] = dst;
      release(at);
    }
    for (const auto& load : step.loads) free_ |= 1 << load.upper;
    lanes_.steps.push_back(std::move(step));
    return true;
  }

  /** Where the row begins that has the most of the windows at this one's address; nothing where it would be alone. */
  std::optional<uint32_t> rowOf(Id id) {
    const LaneNode& node = graph_.at(id);
    std::optional<uint32_t> best;
    ptrdiff_t most = 1;
    for (Id other : windows_[node.a]) {
      uint32_t start = graph_.at(other).imm;
      if (places_[other] || !isInRow(node.imm, start)) continue;
      ptrdiff_t count = std::count_if(windows_[node.a].begin(), windows_[node.a].end(),
                                      [&](Id one) { return !places_[one] && isInRow(graph_.at(one).imm, start); });
      if (count <= most) continue;
      most = count;
      best = start;
    }
    return best;
  }

  static bool isInRow(uint32_t offset, uint32_t start) {
    return offset >= start && offset < start + rowBytes && (offset - start) % sizeof(uint32_t) == 0;
  }

  bool loadRow(Id at, uint32_t start) {
    auto columns = take<rowWindows>();
    if (!columns) return false;
    LaneStep step{.op = LaneOp::Window, .a = operand(at), .imm = start, .isRow = true};
    for (uint8_t reg : *columns) step.loads.push_back({.dst = reg, .isRead = false});
    for (Id id : windows_[at]) {
      uint32_t offset = graph_.at(id).imm;
      if (places_[id] || !isInRow(offset, start)) continue;
      LaneStep::Load& load = step.loads[(offset - start) / sizeof(uint32_t)];
      load.isRead = true;
      places_[id] = load.dst;
      release(at);
    }
    for (const auto& load : step.loads) {
      if (!load.isRead) free_ |= 1 << load.dst;
    }
    lanes_.steps.push_back(std::move(step));
    return true;
  }

  static bool isInMemory(LaneOp op) { return op == LaneOp::Constant || op == LaneOp::Place || op == LaneOp::Captured; }

  LaneOperand operand(Id id) const {
    using Where = LaneOperand::Where;
    const LaneNode& node = graph_.at(id);
    switch (node.op) {
      case LaneOp::Constant:
        return {Where::Constant, 0, node.imm};
      case LaneOp::Place:
        return {Where::Place};
      case LaneOp::Captured:
        return {Where::Captured};
      default:
        return {Where::Register, *places_[id]};
    }
  }

  /** So many registers, or nothing. */
  template <size_t count>
  std::optional<std::array<uint8_t, count>> take() {
    if (size_t(std::popcount(free_)) < count) return std::nullopt;
    std::array<uint8_t, count> taken;
    for (uint8_t& reg : taken) {
      reg = uint8_t(std::countr_zero(free_));
      free_ &= free_ - 1;
    }
    return taken;
  }

  void release(Id id) {
    if (--uses_[id] == 0 && places_[id]) free_ |= 1 << *places_[id];
  }

  const LaneGraph& graph_;
  std::vector<uint32_t> uses_;  // that are to come
  std::vector<std::optional<uint8_t>> places_;
  std::vector<uint32_t> needs_;
  std::map<Id, std::vector<Id>> windows_;  // by their address
  uint32_t free_ = (1 << laneRegisters) - 1;
  Lanes lanes_;
};

}  // namespace

std::optional<Lanes> lanesOf(const Plan& plan) {
  if (!plan.options.takesMany || !plan.options.isLowered || !plan.hasBatch || plan.options.budget) return std::nullopt;
  auto straight = Translation(plan).straight();
  if (!straight || straight->graph.isConstant(straight->verdict)) return std::nullopt;
  Straight widened = Windows(*straight).widened(*straight);
  auto lanes = Schedule(widened.graph).lanes(widened.verdict);
  if (lanes) lanes->room = widened.room + rowBytes;
  return lanes;
}

}  // namespace unibpf::jit
