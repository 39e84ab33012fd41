// The other side of machine code: which memory a run may reach, and what the helpers do.
#pragma once

#include <optional>
#include <span>

#include "jit/frame.h"
#include "runtime/program.h"

namespace unibpf::runtime {

/** Bytes that a program may reach, and the address by which it does. */
struct Region {
  uint64_t address;
  uint8_t* bytes;
  uint64_t size;
  bool isWritable;
};

/** Memory that a program reaches by its real address. */
inline Region regionOf(uint8_t* bytes, size_t size, bool isWritable) {
  return {reinterpret_cast<uintptr_t>(bytes), bytes, size, isWritable};
}

/** A packet as its context gives its address to a program: in code without checks the real one. */
inline Region packetRegion(const Program& program, uint8_t* bytes, size_t size) {
  Region packet = regionOf(bytes, size, program.packetAccess == PacketAccess::Write);
  if (program.isChecked) packet.address = packetAddress;
  return packet;
}

/** What a run is given. */
struct Given {
  Region input;                  // what r1 points to
  std::optional<Region> packet;  // where the program reaches it through addresses in the context
};

/** A run in progress; lives as long as it. */
class Host {
 public:
  Host(const Program& program, const Given& given) : program_(&program), given_(given) {}

  /** Makes machine code find this. */
  void attach(jit::Frame& frame) const;

  /**
   * The memory of an access that lies in the stack in use (down to 512 bytes below the frame pointer), the input, the
   * packet, or a map; else null.
   */
  uint8_t* reach(jit::Frame& frame, uint64_t address, jit::Access access, const uint8_t* framePointer) const;

  /** What an argument of the helper that is called points to; null where the program has no such access. */
  static uint8_t* place(jit::Frame& frame, uint64_t address, jit::Access access);

  /** Carries out the helper that the frame names. */
  uint64_t call(jit::Frame& frame, const std::array<uint64_t, 5>& registers);

 private:
  const Map* mapOf(uint64_t reference) const;
  uint64_t mapLookup(jit::Frame& frame, const Map& map, uint64_t r2);
  uint64_t mapUpdate(jit::Frame& frame, const Map& map, uint64_t r2, uint64_t r3, uint64_t r4);
  uint64_t mapDelete(jit::Frame& frame, const Map& map, uint64_t r2);
  bool canGoOn(const Program& callee, uint64_t context) const;
  uint64_t tailCall(jit::Frame& frame, uint64_t context, uint64_t reference, uint32_t index);
  uint64_t askScript(jit::Frame& frame, const std::array<uint64_t, 5>& registers);

  const Program* program_;
  Given given_;
};

}  // namespace unibpf::runtime
