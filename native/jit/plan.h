// What is to be compiled, and what a look over the whole program says about it.
#pragma once

#include <span>
#include <vector>

#include "jit/insn.h"

namespace unibpf::jit {

/** Instructions beyond the processor's baseline that may be used. */
struct Features {
  bool bmi2 = false;   // x86-64: shifts by any register
  bool movbe = false;  // x86-64: loads in network byte order
  bool lse = false;    // arm64: atomic operations in one instruction
};

struct Plan {
  Plan(std::vector<Insn> insns, const Features& features, bool isPacketFilter);

  /** Whether an instruction only writes a register that nothing reads. */
  bool isDead(const Insn& insn) const;

  std::vector<Insn> insns;
  Features features;
  bool isPacketFilter;   // its input is a packet and its result a verdict: it gets the batch entry
  uint16_t read = 0;     // registers that the program reads, as a set of bits
  uint16_t touched = 0;  // registers that it reads or writes
  bool hasPacketLoads = false;
  bool callsHelpers = false;
  bool callsFunctions = false;
  std::vector<bool> isTarget;    // a jump or call leads here
  std::vector<uint32_t> proved;  // so many bytes of the packet are there whenever the instruction is reached
};

}  // namespace unibpf::jit
