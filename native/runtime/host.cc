#include "runtime/host.h"

namespace unibpf::runtime {
namespace {

bool contains(const Region& region, uint64_t address, jit::Access access) {
  uint64_t start = address - region.address;  // beyond the size for an address before the region
  return start <= region.size && access.size <= region.size - start && (region.isWritable || !access.writes);
}

/** The frames of the functions that have been entered are reachable, those of deeper ones are not. */
Region stackInUse(const jit::Frame& frame, const uint8_t* framePointer) {
  const uint8_t* lowest = framePointer - jit::stackFrameBytes;
  return {reinterpret_cast<uintptr_t>(lowest), uint64_t(frame.stack + sizeof(frame.stack) - lowest), true};
}

bool allows(const jit::Frame* frame, uint64_t address, jit::Access access, const uint8_t* framePointer) {
  auto* host = static_cast<const Host*>(frame->owner);
  return contains(stackInUse(*frame, framePointer), address, access) || contains(host->input, address, access);
}

uint64_t callHelper(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, jit::Frame* frame) {
  auto* host = static_cast<const Host*>(frame->owner);
  Helpers::Answer answer{0, jit::Trap::BadCall};
  if (host->helpers != nullptr) answer = host->helpers->call(frame->helper, {r1, r2, r3, r4, r5});
  frame->trap = answer.trap;
  return answer.value;
}

}  // namespace

void attach(jit::Frame& frame, const Host& host) {
  frame.owner = &host;
  frame.callHelper = callHelper;
  frame.allows = allows;
}

}  // namespace unibpf::runtime
