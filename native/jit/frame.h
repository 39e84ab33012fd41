// What machine code and its callers share: the state of one run, and of a batch. Machine code knows these layouts by
// offsetof, so all members are plain.
#pragma once

#include <cstddef>
#include <cstdint>

namespace unibpf::jit {

constexpr size_t stackFrameBytes = 512;  // of one function
constexpr size_t stackFrames = 8;

/** Why a run ended early; the names are those of src/run/engine.ts. */
enum class Trap : uint32_t {
  None,
  OutOfBounds,
  Uninitialised,
  Budget,
  BadCall,
  BadInstruction,
  StackOverflow,
  Thrown,  // a helper written in JavaScript threw: its exception is pending
};

/** The state of a run. */
struct Frame {
  const uint8_t* data = nullptr;  // the packet, for the packet loads
  uint64_t captured = 0;          // its bytes
  uint64_t arguments[2] = {};     // r1 and r2 at the start
  Trap trap = Trap::None;
  uint32_t trapPc = 0;
  void* nativeStack = nullptr;  // where a trap leaves from
  int64_t budget = 0;           // instructions that may still be run
  uint64_t spilled[8] = {};     // variables of the batch loop for which no register is free
  alignas(16) uint8_t stack[stackFrames * stackFrameBytes];
};

/** Many packets in one buffer. */
struct Batch {
  const uint8_t* data;
  const uint32_t* offsets;
  const uint32_t* captured;
  const uint32_t* ahead;  // offsets of the packets to prefetch meanwhile: as many as there are packets here
  uint32_t* verdicts;
  uint64_t count;  // at least 1
};

using RunEntry = uint64_t (*)(Frame*);                  // returns r0
using BatchEntry = uint64_t (*)(Frame*, const Batch*);  // returns how many verdicts are not 0

}  // namespace unibpf::jit
