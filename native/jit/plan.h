// What is to be compiled, and what a look over the whole program says about it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "jit/flow.h"
#include "jit/insn.h"
#include "jit/table.h"

namespace unibpf::jit {

enum class Processor : uint8_t { X64, Arm64 };

/** Instructions beyond the processor's baseline that may be used. */
struct Features {
  bool bmi2 = false;   // x86-64: shifts by any register
  bool movbe = false;  // x86-64: loads in network byte order
  bool avx2 = false;   // x86-64: vectors of 8 numbers, and popcnt
  bool lse = false;    // arm64: atomic operations in one instruction
};

/** What a program is given. */
enum class Input : uint8_t {
  Packet,   // r1 = a context made of the packet
  Context,  // r1 = the bytes
  Memory,   // r1 = the bytes, r2 = how many there are
};

/** How a program is to be run. */
struct Options {
  Input input = Input::Packet;
  bool packetLoads = true;                 // packet loads read the input's bytes; else they always fail
  int32_t networkHeader = 14;              // the byte of the packet that offsets from SKF_NET_OFF on count from
  std::optional<int64_t> budget;           // instructions are counted, and more than so many are a trap
  uint32_t least = 0;                      // bytes that every input has
  bool takesMany = false;                  // a batch may take several inputs at a time
  bool isChecked = false;                  // nobody verified it: each access is checked when it is made
  std::span<const uint64_t> mapValues;     // the address of each map's values
  bool isLowered = false;                  // it may have what only lowered programs have
  std::span<const Table> tables;           // what lookups refer to
  std::span<const uint8_t> uninitialised;  // checked: 1 for each slot that reads what nothing wrote
  std::span<const uint8_t> parts;          // not checked: which loads yield what of the packet (given.h), or nothing
  std::span<const uint8_t> facts;          // not checked: what was proved of each slot (facts.h), or nothing
};

/** Where the loop over a batch asks for the lines of a packet: at byte 12, behind the addresses of Ethernet, and so far behind that. */
constexpr int32_t firstByte = 12;
constexpr int32_t nearBytes = 8;

/** What a register holds that refers to a map: an address of nothing, the same as in src/run/map/table.ts. */
constexpr uint64_t mapReference(size_t index) { return 0x5000'0000'0000 + index * 0x10'0000'0000; }

struct Plan {
  Plan(std::vector<Insn> insns, const Options& options, const Features& features);

  /** Whether an instruction only computes what nobody reads. */
  bool isDead(uint32_t pc) const;

  /** What a wide load puts into its register. */
  uint64_t wideValue(const Insn& insn) const;

  /** Whether an instruction can't be carried out, since it reads a register that nothing wrote. */
  bool readsNothing(uint32_t pc) const { return pc < options.uninitialised.size() && options.uninitialised[pc] != 0; }

  std::vector<Insn> insns;
  Options options;
  Features features;
  uint16_t read = 0;     // registers that the program reads, as a set of bits
  uint16_t touched = 0;  // registers that it reads or writes
  int32_t farByte = 0;          // of the input, about the last that lowered loads read: it may lie in another line than the first
  bool guards = false;          // it begins with a guard
  size_t copyStart = 0;         // where the checked copy behind the guard begins; without a guard the end
  bool hasPacketLoads = false;  // that can succeed
  bool callsHelpers = false;
  bool callsFunctions = false;
  bool mayTailCall = false;
  bool hasMayGoto = false;
  bool readsLength = false;  // the packet's on the wire
  bool canTrap = false;
  bool needsFrame = false;  // the body reads or writes the state of the run
  bool readsArguments = false;  // r1 or r2 at the start
  bool hasBatch = false;        // a run needs nothing but the input's bytes, so that machine code can loop over many
  bool clearsStack = false;    // the stack must be 0 at the start, for the program may read it then
  std::vector<bool> isTarget;  // a slot: whether a jump or call leads here
  Live live;
  std::vector<Known> known;    // a slot: what holds whenever the instruction is reached
};

}  // namespace unibpf::jit
