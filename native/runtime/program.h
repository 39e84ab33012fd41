// A compiled program with all that its runs have in common.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "jit/compile.h"
#include "runtime/context.h"
#include "runtime/map.h"

namespace unibpf::runtime {

struct Program;

/** What only JavaScript can do for a run. */
class Script {
 public:
  struct Answer {
    uint64_t value = 0;
    jit::Trap trap = jit::Trap::None;
  };
  struct Callee {
    const Program* program = nullptr;  // null where the map has none there
    jit::Trap trap = jit::Trap::None;
  };

  /** Carries out a helper that isn't built here. */
  virtual Answer call(int32_t helper, const std::array<uint64_t, 5>& registers) = 0;
  /** The program in a map of programs, for a tail call. */
  virtual Callee callee(size_t map, uint32_t index) = 0;

 protected:
  ~Script() = default;
};

/** What a program may do to a packet that it reaches through addresses. */
enum class PacketAccess : uint8_t { None, Read, Write };

struct Program {
  jit::Compiled compiled;
  jit::Input input = jit::Input::Packet;
  uint32_t least = 0;  // bytes that every input has
  ContextLayout context;
  PacketAccess packetAccess = PacketAccess::None;
  bool isChecked = false;
  bool isWritable = false;  // the program may store into what r1 points to
  int64_t budget = 0;
  std::vector<std::vector<uint32_t>> tables;  // of a lowered program, which its code reads
  std::vector<std::optional<Map>> maps;  // nothing for one that only JavaScript knows
  Script* script = nullptr;
  mutable jit::Frame* running = nullptr;  // the innermost run right now: there can't be a close then
};

/** A run, for as long as it takes. */
struct Running {
  Running(const Program& program, jit::Frame& frame) : program(program), outer(program.running) {
    program.running = &frame;
  }
  ~Running() { program.running = outer; }
  const Program& program;
  jit::Frame* outer;
};

}  // namespace unibpf::runtime
