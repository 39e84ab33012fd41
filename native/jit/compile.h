// From the wire to machine code: decode, look the program over, emit, copy to code memory.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "jit/code_memory.h"
#include "jit/frame.h"
#include "jit/insn.h"
#include "jit/plan.h"

namespace unibpf::jit {

/** A program that can be run. */
struct Compiled {
  CodeBlock code;
  RunEntry run = nullptr;
  size_t lanes = 1;             // how many packets a batch takes at a time
  BatchEntry batch = nullptr;   // only where a loop of machine code can do all that a run needs
  bool readsArguments = false;  // r1 or r2 matters
  bool clearsStack = false;     // the stack must be 0 at the start
};

/** A processor and what it can do. */
struct Machine {
  Processor processor;
  Features features;
};

/** The one that we run on; UNIBPF_CPU=baseline hides what not all of its kind have. Nothing where no code can be made. */
std::optional<Machine> host();

/** @param machine the host, or one of its kind that can do less */
Fault compile(std::span<const uint8_t> wire, const Options& options, const Machine& machine, Compiled& compiled);

/** Machine code for any processor as text: an instruction a line, behind a line "; pc" for each of the program's own. */
Fault list(std::span<const uint8_t> wire, const Options& options, const Machine& machine, std::string& text);

}  // namespace unibpf::jit
