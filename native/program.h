// A compiled program as JavaScript sees it: an object of functions, each bound to the machine code.
#pragma once

#include <node_api.h>

#include "jit/compile.h"

namespace unibpf::addon {

/** How r1 and r2 are set for a run. */
enum class Input : uint8_t {
  Packet,   // r1 = a context made of the packet
  Bytes,    // r1 = the bytes themselves
  Memory,   // r1 = the bytes themselves, r2 = how many there are
};

/** { run, verdict, runBatch, close, size }, which keep the code alive. */
napi_value createProgram(napi_env env, jit::Compiled compiled, Input input);

}  // namespace unibpf::addon
