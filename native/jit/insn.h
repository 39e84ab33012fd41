// An instruction of the internal machine, decoded: the C++ twin of src/ebpf/insn.ts. A program is indexed by slots of
// 8 bytes, so that pc + 1 + off is an index into it; the second slot of a wide load is a WideEnd.
#pragma once

#include <cstdint>

#include "generated/isa.h"

namespace unibpf::jit {

enum class Kind : uint8_t {
  Alu,            // dst = dst op operand, in `width` bits
  Neg,            // dst = -dst, in `width` bits
  Movsx,          // dst = the low `bits` of src, sign-extended to `width`
  Swap,           // dst = the low `bits` of dst in another byte order
  AddrSpaceCast,  // needs an arena, which no environment has
  Wide,           // dst = value, or what `from` says that it names
  WideEnd,        // never executed
  Load,           // dst = *(size *)(src + off)
  Store,          // *(size *)(dst + off) = operand
  Atomic,         // *(size *)(dst + off) op= src
  LoadAcquire,    // dst = *(size *)(src + off)
  StoreRelease,   // *(size *)(dst + off) = src
  Packet,         // r0 = the packet's bytes at imm (+ src); beyond it the program ends with 0
  Jump,           // if (dst op operand) pc += off
  Goto,           // pc += off
  MayGoto,        // if the loop has run too often, pc += off
  CallHelper,     // r0 = helper number imm (r1 … r5)
  CallKfunc,      // no kernel here, no function of it
  CallLocal,      // r0 = the program's function at pc + 1 + off
  CallRegister,   // r0 = the helper whose number is in src
  Exit,           // leaves the function with r0
  Given,          // dst = what a packet's context has in a field, known without the context (given.h)
  // what only lowered programs have
  Guard,     // if fewer than imm bytes can be read from the packet's first one on, pc += off
  Raw,       // dst = the bytes at off (+ src) from the packet's first one on, which a guard has found readable
  Captured,  // dst = how many bytes of the packet there are
  Set,       // dst = src op (imm or other) ? 1 : 0
  Lookup,    // dst = the low half of src is in table imm ? 1 : 0
};

/** How the bytes of a Swap are read. */
enum class Order : uint8_t { Little, Big, Reversed };

/** What a Given yields of a packet. */
enum class Part : uint8_t {
  None,
  Start,    // the address of its first byte
  End,      // the address behind its last
  Length,   // how long it was on the wire
  Nothing,  // 0, where only a device or a socket would know
};

/** The registers that a function keeps for its caller. */
constexpr uint8_t keptRegisters[] = {6, 7, 8, 9};

struct Insn {
  Kind kind = Kind::WideEnd;
  isa::Alu alu{};
  isa::Jump jump{};
  isa::Atomic atomic{};
  isa::WideSource from{};
  Order order{};
  uint8_t width = 64;     // Alu, Neg, Movsx, Jump: 32 or 64
  uint8_t bits = 64;      // Movsx, Swap: 8 to 64
  uint8_t size = 8;       // bytes of memory: 1, 2, 4, 8
  bool isSigned = false;  // Load: sign-extends
  bool isSwapped = false;  // Raw: in network order
  bool fetches = false;   // Atomic: the old value is fetched
  bool fromRegister = false;  // the second operand is src, not imm
  bool isNeverByZero = false;  // Alu: a divisor that is a register is never 0
  uint8_t dst = 0;
  uint8_t src = 0;
  uint8_t other = 0;  // Set: the second operand's register
  Part part = Part::None;  // Given
  int32_t off = 0;    // bytes of an access, slots of a jump
  int32_t imm = 0;
  int64_t value = 0;  // Wide: all 64 bits

  /** The constant operand as the operation sees it: sign-extended to 64 bits, or cut to 32. */
  int64_t constant() const { return width == 64 ? int64_t(imm) : int64_t(uint32_t(imm)); }
};

/** Why a program can't be compiled, and the slot where that shows; `what` is null when nothing is wrong. */
struct Fault {
  const char* what = nullptr;
  uint32_t pc = 0;
  explicit operator bool() const { return what != nullptr; }
};

}  // namespace unibpf::jit
