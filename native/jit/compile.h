// From the wire to machine code: decode, look the program over, emit, copy to code memory.
#pragma once

#include <span>
#include <string>

#include "jit/code_memory.h"
#include "jit/frame.h"
#include "jit/insn.h"

namespace unibpf::jit {

struct Options {
  bool isPacketFilter = false;  // the input is a packet: there is a batch entry
};

/** A program that can be run. */
struct Compiled {
  CodeBlock code;
  RunEntry run = nullptr;
  BatchEntry batch = nullptr;
  bool readsContext = false;  // r1 matters
};

Fault compile(std::span<const uint8_t> wire, const Options& options, Compiled& compiled);

/** Machine code as text, an instruction a line. */
Fault list(std::span<const uint8_t> wire, const Options& options, std::string& text);

}  // namespace unibpf::jit
