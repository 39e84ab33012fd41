// What has to hold of a lowered program, whoever made it: its loads of the packet's bytes check nothing, so a guard must have.
#pragma once

#include <span>

#include "jit/insn.h"
#include "jit/table.h"

namespace unibpf::jit {

/**
 * Proves again, in one pass, that the guard stands before every load without a check and asks for all bytes that it may read,
 * and that every lookup has a table.
 */
Fault checkLowered(std::span<const Insn> insns, std::span<const Table> tables);

}  // namespace unibpf::jit
