// What a run needs beyond its own instructions: the memory that it may reach, and the helpers that it may call.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "jit/frame.h"

namespace unibpf::runtime {

/** Bytes that a program may reach. */
struct Region {
  uint64_t address;
  uint64_t size;
  bool isWritable;
};

/** Carries helpers out. */
class Helpers {
 public:
  /** The value of r0, or a trap. */
  struct Answer {
    uint64_t value = 0;
    jit::Trap trap = jit::Trap::None;
  };
  virtual Answer call(int32_t helper, const std::array<uint64_t, 5>& arguments) = 0;

 protected:
  ~Helpers() = default;
};

/** Lives as long as the run. */
struct Host {
  Region input{};
  Helpers* helpers = nullptr;
};

/** Makes machine code find the host. */
void attach(jit::Frame& frame, const Host& host);

}  // namespace unibpf::runtime
