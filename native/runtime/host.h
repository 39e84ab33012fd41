// The other side of machine code: which memory a run may reach, and what the helpers do.
#pragma once

#include <span>

#include "jit/frame.h"
#include "runtime/program.h"

namespace unibpf::runtime {

/** Bytes that a program may reach. */
struct Region {
  uint64_t address;
  uint64_t size;
  bool isWritable;
};

/** A run in progress; lives as long as it. */
class Host {
 public:
  Host(const Program& program, const Region& input) : program_(&program), input_(input) {}

  /** Makes machine code find this. */
  void attach(jit::Frame& frame) const;

  /** Whether an access lies in the stack in use (down to 512 bytes below the frame pointer), the input, or a map. */
  bool allows(const jit::Frame& frame, uint64_t address, jit::Access access, const uint8_t* framePointer) const;

  /** The bytes that an argument of the helper that is called points to; null where the program may not read them. */
  static const uint8_t* bytes(const jit::Frame& frame, uint64_t address, uint32_t size);

  /** Carries out the helper that the frame names. */
  uint64_t call(jit::Frame& frame, const std::array<uint64_t, 5>& registers);

 private:
  const Map* mapOf(uint64_t reference) const;
  uint64_t mapLookup(jit::Frame& frame, uint64_t r1, uint64_t r2);
  uint64_t mapUpdate(jit::Frame& frame, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4);
  uint64_t mapDelete(jit::Frame& frame, uint64_t r1, uint64_t r2);
  uint64_t tailCall(jit::Frame& frame, uint64_t context, uint64_t reference, uint32_t index);
  uint64_t askScript(jit::Frame& frame, const std::array<uint64_t, 5>& registers);

  const Program* program_;
  Region input_;
};

}  // namespace unibpf::runtime
