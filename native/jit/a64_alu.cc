// Arithmetic. An operation of 32 bits sets the upper half of its destination to zero, here as on arm64; dividing by zero
// gives zero on both.
#include <asmjit/arm/a64utils.h>

#include "jit/a64.h"

namespace unibpf::jit {

namespace a64 = asmjit::a64;

void A64::alu(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  switch (insn.alu) {
    case isa::Alu::Add:
      return insn.fromRegister ? void(a.add(dst, dst, reg(insn.src, insn.width))) : add(dst, dst, insn.imm);
    case isa::Alu::Sub:
      return insn.fromRegister ? void(a.sub(dst, dst, reg(insn.src, insn.width))) : add(dst, dst, -int64_t(insn.imm));
    case isa::Alu::Mul:
      return void(a.mul(dst, dst, operand(insn, a64::x9)));
    case isa::Alu::Or:
      return logic(insn, a64::Inst::kIdOrr);
    case isa::Alu::And:
      return logic(insn, a64::Inst::kIdAnd);
    case isa::Alu::Xor:
      return logic(insn, a64::Inst::kIdEor);
    case isa::Alu::Mov:
      return move(insn);
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

void A64::move(const Insn& insn) {
  if (!insn.fromRegister) return constant(reg(insn.dst), uint64_t(insn.constant()));
  bool isNothing = insn.width == 64 && insn.dst == insn.src;
  if (!isNothing) a.mov(reg(insn.dst, insn.width), reg(insn.src, insn.width));
}

void A64::logic(const Insn& insn, InstId id) {
  Gp dst = reg(insn.dst, insn.width);
  bool fits = !insn.fromRegister && a64::Utils::isLogicalImm(uint64_t(insn.constant()), insn.width);
  if (fits) return void(a.emit(id, dst, dst, asmjit::Imm(insn.constant())));
  a.emit(id, dst, dst, operand(insn, a64::x9));
}

void A64::shift(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  InstId id = insn.alu == isa::Alu::Lsh   ? InstId(a64::Inst::kIdLsl)
              : insn.alu == isa::Alu::Rsh ? InstId(a64::Inst::kIdLsr)
                                          : InstId(a64::Inst::kIdAsr);
  if (insn.fromRegister) return void(a.emit(id, dst, dst, reg(insn.src, insn.width)));  // masks the amount itself
  uint32_t amount = uint32_t(insn.imm) & (insn.width - 1u);
  if (amount != 0) return void(a.emit(id, dst, dst, asmjit::Imm(amount)));
  if (insn.width == 32) a.mov(dst, dst);  // zeroes the upper half
}

// x9 = dst / src; the remainder is dst - x9 * src, which is dst where src is 0
void A64::divide(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  Gp divisor = operand(insn, a64::x10);
  bool wantsRemainder = insn.alu == isa::Alu::Mod || insn.alu == isa::Alu::Smod;
  bool isSigned = insn.alu == isa::Alu::Sdiv || insn.alu == isa::Alu::Smod;
  Gp quotient = wantsRemainder ? (insn.width == 64 ? Gp(a64::x9) : Gp(a64::w9)) : dst;
  isSigned ? a.sdiv(quotient, dst, divisor) : a.udiv(quotient, dst, divisor);
  if (wantsRemainder) a.msub(dst, quotient, divisor, dst);
}

void A64::neg(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  a.neg(dst, dst);
}

void A64::movsx(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  Gp src = reg(insn.src, 32);
  if (insn.bits == 8) return void(a.sxtb(dst, src));
  if (insn.bits == 16) return void(a.sxth(dst, src));
  a.sxtw(dst, src);
}

void A64::swap(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.bits);
  Gp half = reg(insn.dst, 32);
  bool reverses = insn.order != Order::Little;
  if (insn.bits == 16) {
    if (reverses) a.rev16(half, half);
    a.uxth(half, half);
  } else if (reverses) {
    a.rev(dst, dst);
  } else if (insn.bits == 32) {
    a.mov(half, half);  // zeroes the upper half
  }
}

void A64::wide(const Insn& insn) { constant(reg(insn.dst), plan.wideValue(insn)); }

}  // namespace unibpf::jit
