// Several inputs at a time: a program without jumps as operations on vectors, each lane of which belongs to another input.
//
//   instructions ─ lane_number.h ▸ graph of operations ─ windows ▸ graph of 4-byte loads ─ registers ▸ steps
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "jit/lane_graph.h"
#include "jit/plan.h"

namespace unibpf::jit {

/** Vector registers that hold results, from 0 on. */
constexpr uint8_t laneRegisters = 13;
/** Windows that are loaded together, so that each lane's address is read once for all. */
constexpr size_t mostWindows = 4;
/** Windows side by side that are loaded as one row of each input, and then turned into columns. */
constexpr uint32_t rowWindows = 4;
constexpr uint32_t rowBytes = rowWindows * sizeof(uint32_t);

/** What a step reads: a register, or what lies in memory. */
struct LaneOperand {
  enum class Where : uint8_t { Register, Constant, Place, Captured } where = Where::Register;
  uint8_t reg = 0;
  uint32_t number = 0;  // of a constant
};

struct LaneStep {
  struct Load {
    uint8_t dst = 0;
    uint8_t upper = 0;   // a register for the lanes of the upper half, until they are joined with the lower ones
    uint32_t offset = 0;
    bool isRead = true;  // of a row: a window that nobody asks for is none
  };
  LaneOp op{};
  uint8_t dst = 0;
  LaneOperand a{};
  LaneOperand b{};
  uint32_t imm = 0;
  uint32_t table = 0;
  std::vector<Load> loads{};  // Window: bytes of the buffer at `a`; Element: one number of the table
  bool isRow = false;         // Window: the loads are a row's windows, all of them, from `imm` on
};

struct Lanes {
  std::vector<LaneStep> steps;
  LaneOperand verdict;
  uint32_t room = 0;  // bytes from the input's first one on that may be read
};

/** Nothing where a program isn't straight, does what isn't done in lanes, or takes too many registers. */
std::optional<Lanes> lanesOf(const Plan& plan);

}  // namespace unibpf::jit
