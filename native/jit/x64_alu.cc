// Arithmetic. An operation of 32 bits sets the upper half of its destination to zero, here as on x86.
#include <bit>

#include "jit/x64.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

namespace {

bool isPowerOfTwo(int64_t value) { return value > 0 && std::has_single_bit(uint64_t(value)); }

}  // namespace

void X64::alu(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  auto emit = [&](asmjit::x86::Inst::Id id) {
    if (insn.fromRegister) {
      a.emit(id, dst, reg(insn.src, insn.width));
    } else {
      a.emit(id, dst, asmjit::Imm(insn.imm));
    }
  };
  switch (insn.alu) {
    case isa::Alu::Add:
      return emit(x86::Inst::kIdAdd);
    case isa::Alu::Sub:
      return emit(x86::Inst::kIdSub);
    case isa::Alu::Or:
      return emit(x86::Inst::kIdOr);
    case isa::Alu::Xor:
      return emit(x86::Inst::kIdXor);
    case isa::Alu::And:
      // a positive mask clears the upper half, and so does the shorter form of 32 bits
      if (!insn.fromRegister && insn.imm >= 0) dst = dst.r32();
      return emit(x86::Inst::kIdAnd);
    case isa::Alu::Mov:
      return move(insn);
    case isa::Alu::Mul:
      return multiply(insn);
    case isa::Alu::Lsh:
    case isa::Alu::Rsh:
    case isa::Alu::Arsh:
      return shift(insn);
    case isa::Alu::Div:
    case isa::Alu::Sdiv:
    case isa::Alu::Mod:
    case isa::Alu::Smod:
      return divide(insn);
  }
}

void X64::move(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  if (!insn.fromRegister) return constant(dst.r64(), insn.constant());
  bool isNothing = insn.width == 64 && insn.dst == insn.src;
  if (!isNothing) a.mov(dst, reg(insn.src, insn.width));
}

void X64::multiply(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  if (insn.fromRegister) {
    a.imul(dst, reg(insn.src, insn.width));
  } else if (isPowerOfTwo(insn.imm) && insn.imm != 1) {
    a.shl(dst, std::countr_zero(uint32_t(insn.imm)));
  } else {
    a.imul(dst, dst, insn.imm);
  }
}

void X64::shift(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  if (insn.fromRegister && plan.features.bmi2) {
    Gp src = reg(insn.src, insn.width);
    if (insn.alu == isa::Alu::Lsh) return void(a.shlx(dst, dst, src));
    if (insn.alu == isa::Alu::Rsh) return void(a.shrx(dst, dst, src));
    return void(a.sarx(dst, dst, src));
  }
  uint8_t amount = uint8_t(insn.imm) & (insn.width - 1);
  if (!insn.fromRegister && amount == 0) {
    if (insn.width == 32) a.mov(dst, dst);  // zeroes the upper half
    return;
  }
  asmjit::Operand by = asmjit::Imm(amount);
  if (insn.fromRegister) {
    a.mov(x86::ecx, reg(insn.src, 32));  // the processor masks the amount as the machine does
    by = x86::cl;
  }
  if (insn.alu == isa::Alu::Lsh) return void(a.emit(x86::Inst::kIdShl, dst, by));
  if (insn.alu == isa::Alu::Rsh) return void(a.emit(x86::Inst::kIdShr, dst, by));
  a.emit(x86::Inst::kIdSar, dst, by);
}

void X64::divide(const Insn& insn) {
  if (!insn.fromRegister) return divideByConstant(insn);
  bool wantsRemainder = insn.alu == isa::Alu::Mod || insn.alu == isa::Alu::Smod;
  Gp dst = reg(insn.dst, insn.width);
  Gp divisor = x86::rcx;
  if (insn.width == 32) divisor = x86::ecx;
  Label byZero = a.newLabel();
  Label done = a.newLabel();
  a.mov(divisor, reg(insn.src, insn.width));
  if (!insn.isNeverByZero) {
    a.test(divisor, divisor);
    jump(Cond::kZ, byZero);
  }
  if (insn.alu == isa::Alu::Sdiv || insn.alu == isa::Alu::Smod) {
    // dst / -1 = -dst, dst % -1 = 0: the processor faults where dst is the least number
    Label plain = a.newLabel();
    a.cmp(divisor, -1);
    jump(Cond::kNE, plain);
    wantsRemainder ? a.xor_(dst.r32(), dst.r32()) : a.neg(dst);
    jump(done);
    a.bind(plain);
  }
  divideByScratch(insn);
  a.bind(done);
  if (insn.isNeverByZero) return;
  later([this, dst, byZero, done, wantsRemainder, width = insn.width] {
    // dst / 0 = 0, dst % 0 = dst (the upper half is zero for 32 bits)
    a.bind(byZero);
    if (!wantsRemainder) a.xor_(dst.r32(), dst.r32());
    if (wantsRemainder && width == 32) a.mov(dst, dst);
    jump(done);
  });
}

void X64::divideByConstant(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  int64_t divisor = insn.constant();
  bool wantsRemainder = insn.alu == isa::Alu::Mod || insn.alu == isa::Alu::Smod;
  bool isSigned = insn.alu == isa::Alu::Sdiv || insn.alu == isa::Alu::Smod;
  if (insn.imm == 0) {
    if (!wantsRemainder) a.xor_(dst.r32(), dst.r32());
    if (wantsRemainder && insn.width == 32) a.mov(dst, dst);
  } else if (isSigned && insn.imm == -1) {
    wantsRemainder ? a.xor_(dst.r32(), dst.r32()) : a.neg(dst);
  } else if (!isSigned && isPowerOfTwo(divisor) && wantsRemainder && insn.imm > 0) {
    a.and_(dst.r32(), insn.imm - 1);
  } else if (!isSigned && isPowerOfTwo(divisor) && !wantsRemainder && divisor != 1) {
    a.shr(dst, std::countr_zero(uint64_t(divisor)));
  } else {
    constant(x86::rcx, divisor);
    divideByScratch(insn);
  }
}

// dst = dst / rcx, or the remainder; rax (r0) and rdx (r3), which the processor works in, are kept in r11 and the stack
void X64::divideByScratch(const Insn& insn) {
  bool wantsRemainder = insn.alu == isa::Alu::Mod || insn.alu == isa::Alu::Smod;
  bool is64 = insn.width == 64;
  Gp dst = reg(insn.dst);
  Gp result = wantsRemainder ? x86::rdx : x86::rax;
  bool keepsRax = dst != x86::rax;
  bool keepsRdx = dst != x86::rdx;
  if (keepsRdx) a.mov(x86::r11, x86::rdx);
  if (keepsRax) a.push(x86::rax);
  if (dst != x86::rax) a.mov(x86::rax, dst);
  if (insn.alu == isa::Alu::Sdiv || insn.alu == isa::Alu::Smod) {
    is64 ? a.cqo() : a.cdq();
    is64 ? a.idiv(x86::rcx) : a.idiv(x86::ecx);
  } else {
    a.xor_(x86::edx, x86::edx);
    is64 ? a.div(x86::rcx) : a.div(x86::ecx);
  }
  if (dst != result) a.mov(is64 ? dst : dst.r32(), is64 ? result : result.r32());
  if (keepsRax) a.pop(x86::rax);
  if (keepsRdx) a.mov(x86::rdx, x86::r11);
}

void X64::neg(const Insn& insn) { a.neg(reg(insn.dst, insn.width)); }

void X64::movsx(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  Gp src = reg(insn.src);
  if (insn.bits == 8) return void(a.movsx(dst, src.r8()));
  if (insn.bits == 16) return void(a.movsx(dst, src.r16()));
  a.movsxd(dst, src.r32());
}

void X64::swap(const Insn& insn) {
  Gp dst = reg(insn.dst);
  bool reverses = insn.order != Order::Little;
  if (insn.bits == 64) {
    if (reverses) a.bswap(dst);
  } else if (insn.bits == 32) {
    reverses ? a.bswap(dst.r32()) : a.mov(dst.r32(), dst.r32());
  } else {
    if (reverses) a.rol(dst.r16(), 8);
    a.movzx(dst.r32(), dst.r16());
  }
}

void X64::wide(const Insn& insn) { constant(reg(insn.dst), int64_t(plan.wideValue(insn))); }

}  // namespace unibpf::jit
