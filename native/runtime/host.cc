#include "runtime/host.h"

#include <chrono>
#include <random>

namespace unibpf::runtime {
namespace {

/** The helpers that are built here, by Linux's number (linux/bpf.h). */
enum class Helper : int32_t {
  MapLookup = 1,
  MapUpdate = 2,
  MapDelete = 3,
  KtimeGetNs = 5,
  GetPrandomU32 = 7,
  GetSmpProcessorId = 8,
  TailCall = 12,
};

/** How many tail calls one run may make: Linux's MAX_TAIL_CALL_CNT. */
constexpr uint32_t tailCallLimit = 33;

/** The memory of an access, where it lies in the region. */
uint8_t* within(const Region& region, uint64_t address, jit::Access access) {
  uint64_t start = address - region.address;  // beyond the size for an address before the region
  bool isAllowed = start <= region.size && access.size <= region.size - start && (region.isWritable || !access.writes);
  return isAllowed ? region.bytes + start : nullptr;
}

uint64_t fail(jit::Frame& frame, jit::Trap trap) {
  frame.trap = trap;
  return 0;
}

/** An error as helpers return it: negative. */
uint64_t negative(Errno error) { return uint64_t(-int64_t(error)); }

uint64_t nanoseconds() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return uint64_t(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

uint64_t random() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return uint32_t(std::uniform_int_distribution<uint32_t>{}(generator));
}

Host& hostOf(const jit::Frame* frame) { return *static_cast<Host*>(frame->owner); }

}  // namespace

void Host::attach(jit::Frame& frame) const {
  frame.owner = const_cast<Host*>(this);
  frame.reach = [](jit::Frame* frame, uint64_t address, jit::Access access, const uint8_t* framePointer) {
    return hostOf(frame).reach(*frame, address, access, framePointer);
  };
  frame.callHelper = [](uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, jit::Frame* frame) {
    return hostOf(frame).call(*frame, {r1, r2, r3, r4, r5});
  };
}

uint8_t* Host::reach(jit::Frame& frame, uint64_t address, jit::Access access, const uint8_t* framePointer) const {
  size_t inUse = size_t(frame.stackEnd() - framePointer) + jit::stackFrameBytes;
  Region stack = regionOf(frame.stack + sizeof(frame.stack) - inUse, inUse, true);
  if (uint8_t* found = within(stack, address, access)) return found;
  if (uint8_t* found = within(given_.input, address, access)) return found;
  if (given_.packet) {
    if (uint8_t* found = within(*given_.packet, address, access)) return found;
  }
  for (const auto& map : program_->maps) {
    if (!map) continue;
    Region values = regionOf(map->values().data(), map->values().size(), !map->isReadOnly());
    if (uint8_t* found = within(values, address, access)) return found;
  }
  return nullptr;
}

uint64_t Host::call(jit::Frame& frame, const std::array<uint64_t, 5>& registers) {
  auto [r1, r2, r3, r4, r5] = registers;
  frame.hasTailCalled = 0;
  switch (Helper(frame.helper)) {
    case Helper::MapLookup:
      if (const Map* map = mapOf(r1)) return mapLookup(frame, *map, r2);
      break;
    case Helper::MapUpdate:
      if (const Map* map = mapOf(r1)) return mapUpdate(frame, *map, r2, r3, r4);
      break;
    case Helper::MapDelete:
      if (const Map* map = mapOf(r1)) return mapDelete(frame, *map, r2);
      break;
    case Helper::KtimeGetNs:
      return nanoseconds();
    case Helper::GetPrandomU32:
      return random();
    case Helper::GetSmpProcessorId:
      return 0;
    case Helper::TailCall:
      return tailCall(frame, r1, r2, uint32_t(r3));
  }
  return askScript(frame, registers);
}

uint8_t* Host::place(jit::Frame& frame, uint64_t address, jit::Access access) {
  return hostOf(&frame).reach(frame, address, access, frame.framePointer);
}

/** The map with keys and values that a register refers to, or null. */
const Map* Host::mapOf(uint64_t reference) const {
  for (size_t index = 0; index < program_->maps.size(); index++) {
    const auto& map = program_->maps[index];
    if (reference == jit::mapReference(index)) return map && map->isKeyed() ? &*map : nullptr;
  }
  return nullptr;
}

/** r0 = the address of the value in map r1 whose key is at r2, or 0 */
uint64_t Host::mapLookup(jit::Frame& frame, const Map& map, uint64_t r2) {
  const uint8_t* key = place(frame, r2, {map.keySize(), 0});
  if (key == nullptr) return fail(frame, jit::Trap::OutOfBounds);
  return reinterpret_cast<uintptr_t>(map.find(key));
}

/** Writes the value at r3 to the entry of map r1 whose key is at r2; r4: any entry, a new one, one that is there */
uint64_t Host::mapUpdate(jit::Frame& frame, const Map& map, uint64_t r2, uint64_t r3, uint64_t r4) {
  const uint8_t* key = place(frame, r2, {map.keySize(), 0});
  const uint8_t* value = place(frame, r3, {map.valueSize(), 0});
  if (key == nullptr || value == nullptr) return fail(frame, jit::Trap::OutOfBounds);
  if (map.isReadOnly()) return negative(Errno::Perm);
  if (r4 > uint64_t(Update::Exist)) return negative(Errno::Inval);
  return negative(map.update(key, value, Update(r4)));
}

/** Removes the entry of map r1 whose key is at r2 */
uint64_t Host::mapDelete(jit::Frame& frame, const Map& map, uint64_t r2) {
  const uint8_t* key = place(frame, r2, {map.keySize(), 0});
  if (key == nullptr) return fail(frame, jit::Trap::OutOfBounds);
  return negative(map.isReadOnly() ? Errno::Perm : map.remove(key));
}

/** Whether another program can run on what this one was given; one that isn't checked relies on it. */
bool Host::canGoOn(const Program& callee, uint64_t context) const {
  bool isSame = callee.input == program_->input && callee.context == program_->context &&
                callee.packetAccess == program_->packetAccess;
  return isSame && (callee.isChecked || (context == given_.input.address && callee.least <= given_.input.size));
}

/** Goes on with another program in the same stack frame, and returns what it returns. */
uint64_t Host::tailCall(jit::Frame& frame, uint64_t context, uint64_t reference, uint32_t index) {
  size_t map = 0;
  while (map < program_->maps.size() && reference != jit::mapReference(map)) map++;
  if (map == program_->maps.size() || program_->maps[map] || program_->script == nullptr) {
    return fail(frame, jit::Trap::BadCall);
  }
  Script::Callee callee = program_->script->callee(map, index);
  if (callee.trap != jit::Trap::None) return fail(frame, callee.trap);
  if (callee.program == nullptr || frame.tailCalls == tailCallLimit) return 0;
  if (!canGoOn(*callee.program, context)) return fail(frame, jit::Trap::BadCall);
  frame.tailCalls++;
  frame.arguments[0] = context;
  frame.arguments[1] = 0;
  void* nativeStack = frame.nativeStack;
  Running running(*callee.program, frame);
  Given given = given_;
  if (given.packet) given.packet = packetRegion(*callee.program, given.packet->bytes, given.packet->size);
  Host next(*callee.program, given);
  next.attach(frame);
  uint64_t result = callee.program->compiled.run(&frame);
  attach(frame);
  frame.nativeStack = nativeStack;
  frame.hasTailCalled = 1;
  return result;
}

uint64_t Host::askScript(jit::Frame& frame, const std::array<uint64_t, 5>& registers) {
  if (program_->script == nullptr) return fail(frame, jit::Trap::BadCall);
  Script::Answer answer = program_->script->call(frame.helper, registers);
  frame.trap = answer.trap;
  return answer.value;
}

}  // namespace unibpf::runtime
