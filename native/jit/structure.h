// What has to hold of a program before code is made of it, whoever made it: registers that exist, a frame pointer that
// is never written, jumps and calls that lead to an instruction. A path past the end is a trap when it is taken.
#pragma once

#include <span>

#include "jit/insn.h"

namespace unibpf::jit {

/** @param mapCount how many maps the program may refer to */
Fault checkStructure(std::span<const Insn> insns, size_t mapCount);

/** Whether the instruction jumps (not: calls) to pc + 1 + off. */
bool isBranch(const Insn& insn);

/** Whether the instruction calls something. */
bool isCall(const Insn& insn);

/** Whether the instruction that follows may be executed next. */
bool fallsThrough(const Insn& insn);

/** Whether the instruction does nothing but compute a register. */
bool isPure(const Insn& insn);

/** Whether the instruction may be a tail call, which goes on with another program. */
bool isTailCall(const Insn& insn);

/** Whether nothing here can carry the instruction out. */
bool trapsAlways(const Insn& insn);

/** The registers that an instruction reads, and those that it writes, as sets of bits. */
uint16_t registersRead(const Insn& insn);
uint16_t registersWritten(const Insn& insn);

}  // namespace unibpf::jit
