// What machine code and its callers share: the state of one run, and of a batch. Machine code knows these layouts by
// offsetof, so all members are plain.
#pragma once

#include <cstddef>
#include <cstdint>

namespace unibpf::jit {

constexpr size_t stackFrameBytes = 512;  // of one function
constexpr size_t stackFrames = 8;
constexpr uint64_t mayGotoLimit = 8 * 1024 * 1024;  // of one function's call: Linux's BPF_MAX_LOOPS

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

/** An access that checked code makes. */
struct Access {
  uint32_t size;
  uint32_t writes;  // 0 or 1
};

/** The state of a run. */
struct Frame {
  const uint8_t* data = nullptr;  // the packet, for the packet loads
  uint64_t captured = 0;          // its bytes
  uint64_t arguments[2] = {};     // r1 and r2 at the start
  Trap trap = Trap::None;
  uint32_t trapPc = 0;          // also: where a helper is called
  void* nativeStack = nullptr;  // where a trap leaves from
  int64_t budget = 0;           // instructions that may still be run
  uint64_t mayGotos = 0;        // how often the function's may_gotos still let a loop go on
  const uint8_t* framePointer = nullptr;  // r10 at the start, and where a helper is called
  int32_t helper = 0;                     // the number of the helper that is called
  uint32_t tailCalls = 0;
  uint32_t hasTailCalled = 0;  // 1 after a helper that went on with another program, whose r0 it returned
  void* owner = nullptr;                  // what the two functions below need to know
  /** Carries a helper out; sets `trap` where that can't be done. */
  uint64_t (*callHelper)(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, Frame* frame) = nullptr;
  /** The memory of an access that checked code makes, null where it may not; r10 says how much of the stack is in use. */
  uint8_t* (*reach)(Frame* frame, uint64_t address, Access access, const uint8_t* framePointer) = nullptr;
  uint64_t length = 0;                // of the packet on the wire
  const uint32_t* lengths = nullptr;  // in a batch: of all packets, as the loop counts them
  const uint8_t* stackEnd() const { return stack + sizeof(stack); }

  uint64_t spilled[8] = {};  // variables of the batch loop for which no register is free
  alignas(16) uint8_t stack[stackFrames * stackFrameBytes];
};

/** How far ahead of the loop packets are fetched: the loop takes about as long for so many as memory for one. */
constexpr size_t prefetchDistance = 32;
/** How many packets are taken at once where vectors are that long. */
constexpr size_t lanesAtOnce = 8;

/** Many packets in one buffer. */
struct Batch {
  const uint8_t* data;
  const uint32_t* offsets;  // and of `prefetchDistance` more, which are only prefetched
  const uint32_t* captured;
  const uint32_t* lengths;  // on the wire
  uint32_t* verdicts;
  uint64_t count;      // at least 1
  const uint8_t* end;  // behind all packets
};

using RunEntry = uint64_t (*)(Frame*);                  // returns r0
using BatchEntry = uint64_t (*)(Frame*, const Batch*);  // returns how many verdicts are not 0

}  // namespace unibpf::jit
