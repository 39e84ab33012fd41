// The internal instruction set's encoding. Generated from src/ebpf/rows.ts by `npm run gen`: don't edit.
#pragma once

#include <cstdint>

namespace unibpf::isa {

enum class Class : uint8_t {
  Ld = 0x0,
  Ldx = 0x1,
  St = 0x2,
  Stx = 0x3,
  Alu = 0x4,
  Jmp = 0x5,
  Jmp32 = 0x6,
  Alu64 = 0x7,
};

inline constexpr uint8_t fromRegister = 0x8;

enum class Mode : uint8_t {
  Imm = 0x0,
  Abs = 0x20,
  Ind = 0x40,
  Mem = 0x60,
  Memsx = 0x80,
  Atomic = 0xc0,
};

struct SizeRow { uint8_t bytes; uint8_t code; };
inline constexpr SizeRow sizeRows[] = {
    {1, 0x10},
    {2, 0x8},
    {4, 0x0},
    {8, 0x18},
};

enum class Alu : uint8_t { Add, Sub, Mul, Div, Sdiv, Or, And, Lsh, Rsh, Mod, Smod, Xor, Mov, Arsh };

struct AluRow { Alu op; uint8_t code; int16_t off; };
inline constexpr AluRow aluRows[] = {
    {Alu::Add, 0x0, 0},
    {Alu::Sub, 0x1, 0},
    {Alu::Mul, 0x2, 0},
    {Alu::Div, 0x3, 0},
    {Alu::Sdiv, 0x3, 1},
    {Alu::Or, 0x4, 0},
    {Alu::And, 0x5, 0},
    {Alu::Lsh, 0x6, 0},
    {Alu::Rsh, 0x7, 0},
    {Alu::Mod, 0x9, 0},
    {Alu::Smod, 0x9, 1},
    {Alu::Xor, 0xa, 0},
    {Alu::Mov, 0xb, 0},
    {Alu::Arsh, 0xc, 0},
};

enum class Unary : uint8_t {
  Neg = 0x8,
  Swap = 0xd,
};

enum class Jump : uint8_t { Eq, Gt, Ge, Set, Ne, Sgt, Sge, Lt, Le, Slt, Sle };

struct JumpRow { Jump op; uint8_t code; };
inline constexpr JumpRow jumpRows[] = {
    {Jump::Eq, 0x1},
    {Jump::Gt, 0x2},
    {Jump::Ge, 0x3},
    {Jump::Set, 0x4},
    {Jump::Ne, 0x5},
    {Jump::Sgt, 0x6},
    {Jump::Sge, 0x7},
    {Jump::Lt, 0xa},
    {Jump::Le, 0xb},
    {Jump::Slt, 0xc},
    {Jump::Sle, 0xd},
};

enum class Control : uint8_t {
  Goto = 0x0,
  Call = 0x8,
  Exit = 0x9,
  MayGoto = 0xe,
};

enum class Callee : uint8_t {
  Helper = 0x0,
  Local = 0x1,
  Kfunc = 0x2,
};

inline constexpr int32_t fetchBit = 0x1;

enum class Atomic : uint8_t { Add, Or, And, Xor, Xchg, Cmpxchg };

struct AtomicRow { Atomic op; int32_t imm; bool alwaysFetches; };
inline constexpr AtomicRow atomicRows[] = {
    {Atomic::Add, 0x0, false},
    {Atomic::Or, 0x40, false},
    {Atomic::And, 0x50, false},
    {Atomic::Xor, 0xa0, false},
    {Atomic::Xchg, 0xe0, true},
    {Atomic::Cmpxchg, 0xf0, true},
};

enum class Ordered : int32_t {
  LoadAcquire = 0x100,
  StoreRelease = 0x110,
};

enum class WideSource : uint8_t {
  Imm = 0x0,
  MapFd = 0x1,
  MapValue = 0x2,
  Variable = 0x3,
  Code = 0x4,
  MapIndex = 0x5,
  MapIndexValue = 0x6,
};

enum class Internal : uint8_t {
  Guard = 0xf,
  Set = 0xe,
  Lookup = 0xf,
  Raw = 0xa0,
  RawIndexed = 0xe0,
  Captured = 0x0,
};

}  // namespace unibpf::isa
