// The order of the operations, and a register for each result.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "jit/lane_windows.h"

namespace unibpf::jit {

/** Vector registers that hold results, from 0 on. */
constexpr uint8_t laneRegisters = 12;
/** Windows side by side are loaded as one row of each input, and rows are then turned into columns. */
constexpr uint32_t rowWindows = 4;
constexpr uint32_t rowBytes = rowWindows * windowBytes;

/** Vectors on the stack, for results that there is no register for: more don't pay. */
constexpr uint32_t mostLaneSlots = 64;

/** What a step reads: a register, or what lies in memory. */
struct LaneOperand {
  enum class Where : uint8_t { Register, Constant, Place, Captured, Slot } where = Where::Register;
  uint8_t reg = 0;
  uint32_t number = 0;  // of a constant, or a slot's
};

struct LaneStep {
  /** A window alone. */
  struct Column {
    uint8_t dst = 0;
    uint8_t upper = 0;  // a register for the lanes of the upper half, until they are joined with the lower ones
    uint32_t offset = 0;
  };
  /** Windows side by side. */
  struct Row {
    uint32_t offset = 0;
    std::array<uint8_t, rowWindows> dst{};
    std::array<bool, rowWindows> isRead{};  // the other registers are only used meanwhile
  };
  LaneOp op{};
  bool isSpill = false;  // the register a goes to slot imm, whatever op says
  uint8_t dst = 0;
  LaneOperand a{};
  LaneOperand b{};
  uint32_t imm = 0;
  uint32_t table = 0;             // Element: imm + a of it
  std::vector<Column> columns{};  // Window: of the buffer at a; Element: one, of the table
  std::vector<Row> rows{};        // Window
};

/** A constant that is in a register all the time. */
struct LaneConstant {
  uint32_t number = 0;
  uint8_t reg = 0;
};

struct Lanes {
  std::vector<LaneStep> steps{};
  LaneOperand verdict{};
  LaneOperand zero{.where = LaneOperand::Where::Constant};  // which the verdicts are compared with
  std::vector<LaneConstant> constants{};
  uint32_t slots = 0;  // vectors on the stack
  uint32_t room = 0;   // bytes from the input's first one on that may be read
};

/**
 * @param readable bytes from the input's first one on that the program's guard asks for: windows behind an index begin in them
 * @returns nothing where there are too few registers and slots
 */
std::optional<Lanes> scheduled(const LaneResult& program, uint32_t readable);

/** How far behind its own end the load of a window alone may read. */
constexpr uint32_t columnSlack = 2 * windowBytes;

}  // namespace unibpf::jit
