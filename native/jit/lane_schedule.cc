#include "jit/lane_schedule.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace unibpf::jit {
namespace {

using Id = LaneNode::Id;

class Schedule {
 public:
  /** @param spare registers that loads leave free, but for what is needed at once; @param spills whether results may go to the stack */
  Schedule(const LaneGraph& graph, uint32_t readable, int spare, bool spills)
      : graph_(graph),
        readable_(readable),
        spare_(spare),
        spills_(spills),
        uses_(graph.size()),
        places_(graph.size()),
        slots_(graph.size()),
        needs_(graph.size()),
        turns_(graph.size()),
        reads_(graph.size()) {
    for (Id id = 0; id < graph.size(); id++) needs_[id] = need(graph.at(id));
  }

  std::optional<Lanes> lanes(Id result) {
    count(result);
    uses_[result]++;
    if (spills_) foresee(result);
    if (!visit(result)) return std::nullopt;
    lanes_.verdict = operand(result);
    keepConstants();
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

  /** How often each node is read, and which windows there are. */
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

  /** Whether of two operands the second one is made first. */
  bool isOtherFirst(const LaneNode& node) const { return operandsOf(node.op) == 2 && needs_[node.b] > needs_[node.a]; }

  /** When each node is made, and when its operands are read: in the order of `visit`. */
  void foresee(Id id) {
    const LaneNode& node = graph_.at(id);
    if (turns_[id] != 0 || isInMemory(node.op)) return;
    int operands = operandsOf(node.op);
    if (isOtherFirst(node)) foresee(node.b);
    if (operands >= 1) foresee(node.a);
    if (operands == 2) foresee(node.b);
    turns_[id] = ++lastTurn_;
    if (operands >= 1) reads_[node.a].push_back(lastTurn_);
    if (operands == 2) reads_[node.b].push_back(lastTurn_);
  }

  /** Makes the steps that a node takes, its operands' first. */
  bool visit(Id id) {
    const LaneNode& node = graph_.at(id);
    if (isThere(id) || isInMemory(node.op)) return true;
    int operands = operandsOf(node.op);
    if (isOtherFirst(node) && !visit(node.b)) return false;
    if (operands >= 1 && !visit(node.a)) return false;
    if (operands == 2 && !visit(node.b)) return false;
    if (isThere(id)) return true;  // a window that was loaded along with another
    turn_ = turns_[id];
    written_ = 0;
    if (node.op == LaneOp::Window) return load(id);
    LaneStep step{.op = node.op, .imm = node.imm, .table = node.table};
    if (operands >= 1) step.a = operand(node.a);
    if (operands == 2) step.b = operand(node.b);
    if (operands >= 1) release(node.a);
    if (operands == 2) release(node.b);
    auto taken = take<2>(node.op == LaneOp::Element ? 2 : 1);
    if (!taken) return false;
    step.dst = (*taken)[0];
    if (node.op == LaneOp::Element) {
      step.columns = {{step.dst, (*taken)[1], node.imm}};
      free_ |= 1 << (*taken)[1];
    }
    settle(id, step.dst);
    lanes_.steps.push_back(std::move(step));
    return true;
  }

  // ---- loads ---------------------------------------------------------------------------------------------------------

  /** Loads a window, and along with it those that are read at the same address later: each lane's address is read once then. */
  bool load(Id first) {
    Id at = graph_.at(first).a;
    LaneStep step{.op = LaneOp::Window, .a = operand(at)};
    if (!add(first, step)) return false;
    for (Id other : windows_[at]) {
      int taken = rowOf(other) ? int(rowWindows) : 2;
      if (!isThere(other) && std::popcount(free_) >= taken + spare_) add(other, step);
    }
    for (const auto& column : step.columns) free_ |= 1 << column.upper;
    for (const auto& row : step.rows) {
      for (uint32_t i = 0; i < rowWindows; i++) {
        if (!row.isRead[i]) free_ |= 1 << row.dst[i];
      }
    }
    lanes_.steps.push_back(std::move(step));
    return true;
  }

  bool add(Id window, LaneStep& step) {
    auto start = rowOf(window);
    return (start && addRow(graph_.at(window).a, *start, step)) || addColumn(window, step);
  }

  bool addColumn(Id window, LaneStep& step) {
    auto taken = take<2>(2);
    if (!taken) return false;
    const LaneNode& node = graph_.at(window);
    step.columns.push_back({(*taken)[0], (*taken)[1], node.imm});
    settle(window, (*taken)[0]);
    reach(node, node.imm + windowBytes + columnSlack);
    release(node.a);
    return true;
  }

  bool addRow(Id at, uint32_t start, LaneStep& step) {
    auto taken = take<rowWindows>(rowWindows);
    if (!taken) return false;
    LaneStep::Row row{start, *taken, {}};
    for (Id id : windows_[at]) {
      const LaneNode& node = graph_.at(id);
      if (isThere(id) || !isInRow(node.imm, start)) continue;
      uint32_t column = (node.imm - start) / windowBytes;
      row.isRead[column] = true;
      settle(id, row.dst[column]);
      reach(node, start + rowBytes);
      release(at);
    }
    step.rows.push_back(row);
    return true;
  }

  /** Where the row begins that has the most of the windows at this one's address; nothing where it would be alone. */
  std::optional<uint32_t> rowOf(Id id) const {
    const LaneNode& node = graph_.at(id);
    const std::vector<Id>& group = windows_.at(node.a);
    std::optional<uint32_t> best;
    ptrdiff_t most = 1;
    for (Id last : group) {  // the row ends with it, or begins at 0
      uint32_t end = graph_.at(last).imm + windowBytes;
      uint32_t start = end >= rowBytes ? end - rowBytes : end % windowBytes;
      if (isThere(last) || !isInRow(node.imm, start)) continue;
      ptrdiff_t count =
          std::count_if(group.begin(), group.end(), [&](Id one) { return !isThere(one) && isInRow(graph_.at(one).imm, start); });
      if (count <= most) continue;
      most = count;
      best = start;
    }
    return best;
  }

  static bool isInRow(uint32_t offset, uint32_t start) {
    return offset >= start && offset < start + rowBytes && (offset - start) % windowBytes == 0;
  }

  /** Notes how far a load may read. What lies behind an index begins in the bytes that the guard asks for. */
  void reach(const LaneNode& window, uint32_t end) {
    bool isIndexed = graph_.at(window.a).op != LaneOp::Place;
    lanes_.room = std::max(lanes_.room, isIndexed ? readable_ + 2 * rowBytes : end);
  }

  // ---- registers -----------------------------------------------------------------------------------------------------

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
        return slots_[id] ? LaneOperand{Where::Slot, 0, *slots_[id]} : LaneOperand{Where::Register, *places_[id]};
    }
  }

  bool isThere(Id id) const { return places_[id] || slots_[id]; }

  void settle(Id id, uint8_t reg) {
    places_[id] = reg;
    holds_[reg] = id;
  }

  /** So many registers, or nothing. */
  template <size_t most>
  std::optional<std::array<uint8_t, most>> take(int count) {
    while (std::popcount(free_) < count) {
      if (!spills_ || !spill()) return std::nullopt;
    }
    std::array<uint8_t, most> taken{};
    for (int i = 0; i < count; i++) {
      taken[size_t(i)] = uint8_t(std::countr_zero(free_));
      free_ &= free_ - 1;
      untouched_ &= ~(1 << taken[size_t(i)]);
      written_ |= 1 << taken[size_t(i)];
    }
    return taken;
  }

  /**
   * Frees a register: what it holds goes to the stack, before the present step, which may still read the register. Of all that the present
   * step doesn't write it is what is read last. A slot is never used again: the present step may read what it held.
   */
  bool spill() {
    std::optional<uint8_t> last;
    for (uint8_t reg = 0; reg < laneRegisters; reg++) {
      if (((free_ | written_) >> reg & 1) != 0) continue;
      if (!last || nextRead(holds_[reg]) > nextRead(holds_[*last])) last = reg;
    }
    if (!last || lanes_.slots == mostLaneSlots) return false;
    lanes_.steps.push_back({.isSpill = true, .a = {LaneOperand::Where::Register, *last}, .imm = lanes_.slots});
    places_[holds_[*last]].reset();
    slots_[holds_[*last]] = uint8_t(lanes_.slots++);
    free_ |= 1 << *last;
    return true;
  }

  /** From the present turn on; the result is read behind all turns. */
  uint32_t nextRead(Id id) const {
    auto next = std::lower_bound(reads_[id].begin(), reads_[id].end(), turn_);
    return next == reads_[id].end() ? lastTurn_ + 1 : *next;
  }

  /** Gives the registers that are left to constants, so that each round has less to load. */
  void keepConstants() {
    keep(lanes_.zero);
    for (auto& step : lanes_.steps) {
      keep(step.a);
      keep(step.b);
    }
    keep(lanes_.verdict);
  }

  void keep(LaneOperand& operand) {
    if (operand.where != LaneOperand::Where::Constant) return;
    auto& constants = lanes_.constants;
    auto known = std::find_if(constants.begin(), constants.end(), [&](const auto& one) { return one.number == operand.number; });
    if (known != constants.end()) {
      operand = {LaneOperand::Where::Register, known->reg};
    } else if (untouched_ != 0) {
      uint8_t reg = uint8_t(std::countr_zero(untouched_));
      untouched_ &= untouched_ - 1;
      constants.push_back({operand.number, reg});
      operand = {LaneOperand::Where::Register, reg};
    }
  }

  void release(Id id) {
    if (--uses_[id] == 0 && places_[id]) free_ |= 1 << *places_[id];
  }

  const LaneGraph& graph_;
  uint32_t readable_;
  int spare_;
  bool spills_;
  std::vector<uint32_t> uses_;  // that are to come
  std::vector<std::optional<uint8_t>> places_;
  std::vector<std::optional<uint8_t>> slots_;
  std::vector<uint32_t> needs_;
  std::vector<uint32_t> turns_;               // from 1 up
  std::vector<std::vector<uint32_t>> reads_;  // the turns at which each node is read, in order
  uint32_t lastTurn_ = 0;
  uint32_t turn_ = 0;
  std::array<Id, laneRegisters> holds_{};
  uint32_t written_ = 0;  // registers that the present step writes
  std::map<Id, std::vector<Id>> windows_;  // by their address
  uint32_t free_ = (1 << laneRegisters) - 1;
  uint32_t untouched_ = free_;  // that no result was ever in
  Lanes lanes_{.room = readable_};
};

}  // namespace

std::optional<Lanes> scheduled(const LaneResult& program, uint32_t readable) {
  for (int spare : {3, int(laneRegisters)}) {
    if (auto lanes = Schedule(program.graph, readable, spare, false).lanes(program.result)) return lanes;
  }
  return Schedule(program.graph, readable, 3, true).lanes(program.result);
}

}  // namespace unibpf::jit
