// bpf(2) and socket filters: programs in the running kernel. An error is an errno; 0 is none.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace unibpf::kernel {

/** A file descriptor that is closed with its owner; -1 is none. */
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_ = -1;
};

struct Loaded {
  Descriptor program;
  int error = 0;
  /** What the verifier says, where it refuses the program. */
  std::string log;
};

/**
 * BPF_PROG_LOAD.
 * @param type one of `enum bpf_prog_type` (linux/bpf.h)
 * @param wire 8 bytes an instruction
 */
Loaded load(uint32_t type, std::span<const uint8_t> wire);

struct Verdict {
  uint32_t result = 0;
  int error = 0;
};

/** BPF_PROG_TEST_RUN, once, on a packet that may be changed but keeps its length. It begins with its link header. */
Verdict testRun(const Descriptor& program, std::span<uint8_t> packet);

/**
 * SO_ATTACH_FILTER on a socket that is closed again: whether the kernel takes a classic program.
 * @param insns 8 bytes an instruction, `struct sock_filter`
 */
int attachClassic(std::span<const uint8_t> insns);

}  // namespace unibpf::kernel
