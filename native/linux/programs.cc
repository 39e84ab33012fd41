#include "linux/programs.h"

#include <linux/bpf.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace unibpf::kernel {
namespace {

constexpr size_t insnBytes = 8;
constexpr size_t logBytes = 1 << 16;
/** A load is broken off by a signal with EAGAIN. */
constexpr int mostAttempts = 5;

/** The system call's answer, or -errno. */
int call(bpf_cmd command, bpf_attr& attributes) {
  long answer = syscall(SYS_bpf, command, &attributes, sizeof attributes);
  return answer < 0 ? -errno : int(answer);
}

uint64_t addressOf(const void* data) { return reinterpret_cast<uintptr_t>(data); }

int tryLoad(bpf_attr& attributes) {
  int answer = -EAGAIN;
  for (int attempt = 0; attempt < mostAttempts && answer == -EAGAIN; attempt++) {
    answer = call(BPF_PROG_LOAD, attributes);
  }
  return answer;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Loaded load(uint32_t type, std::span<const uint8_t> wire) {
  bpf_attr attributes = {};
  attributes.prog_type = type;
  attributes.insns = addressOf(wire.data());
  attributes.insn_cnt = uint32_t(wire.size() / insnBytes);
  attributes.license = addressOf("GPL");
  int answer = tryLoad(attributes);
  if (answer >= 0) return {Descriptor(answer), 0, {}};
  if (answer == -EPERM) return {{}, EPERM, {}};  // no privilege: the verifier was never asked

  std::vector<char> log(logBytes);
  attributes.log_buf = addressOf(log.data());
  attributes.log_size = uint32_t(log.size());
  attributes.log_level = 1;
  int again = tryLoad(attributes);
  if (again >= 0) return {Descriptor(again), 0, {}};
  return {{}, -answer, log.data()};
}

Verdict testRun(const Descriptor& program, std::span<uint8_t> packet) {
  bpf_attr attributes = {};
  attributes.test.prog_fd = uint32_t(program.number());
  attributes.test.data_in = addressOf(packet.data());
  attributes.test.data_size_in = uint32_t(packet.size());
  attributes.test.data_out = attributes.test.data_in;
  attributes.test.data_size_out = attributes.test.data_size_in;
  int answer = call(BPF_PROG_TEST_RUN, attributes);
  if (answer < 0) return {0, -answer};
  if (attributes.test.data_size_out != packet.size()) return {0, ENOSPC};
  return {attributes.test.retval, 0};
}

int attachClassic(std::span<const uint8_t> insns) {
  std::vector<sock_filter> copy(insns.size() / insnBytes);
  if (copy.size() > UINT16_MAX) return EINVAL;
  std::copy_n(insns.data(), copy.size() * insnBytes, reinterpret_cast<uint8_t*>(copy.data()));
  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  sock_fprog program = {uint16_t(copy.size()), copy.data()};
  int answer = setsockopt(socket.number(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  return answer < 0 ? errno : 0;
}

}  // namespace unibpf::kernel
