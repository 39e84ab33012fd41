// Jumps, and the way out.
#include "jit/x64.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

namespace {

x86::CondCode conditionOf(isa::Jump jump) {
  using x86::CondCode;
  switch (jump) {
    case isa::Jump::Eq:
      return CondCode::kE;
    case isa::Jump::Ne:
      return CondCode::kNE;
    case isa::Jump::Gt:
      return CondCode::kA;
    case isa::Jump::Ge:
      return CondCode::kAE;
    case isa::Jump::Lt:
      return CondCode::kB;
    case isa::Jump::Le:
      return CondCode::kBE;
    case isa::Jump::Sgt:
      return CondCode::kG;
    case isa::Jump::Sge:
      return CondCode::kGE;
    case isa::Jump::Slt:
      return CondCode::kL;
    case isa::Jump::Sle:
      return CondCode::kLE;
    case isa::Jump::Set:
      return CondCode::kNZ;
  }
  return CondCode::kO;
}

}  // namespace

void X64::conditional(const Insn& insn) {
  Gp dst = reg(insn.dst, insn.width);
  bool tests = insn.jump == isa::Jump::Set;
  if (insn.fromRegister) {
    Gp src = reg(insn.src, insn.width);
    tests ? a.test(dst, src) : a.cmp(dst, src);
  } else if (!tests) {
    // a comparison with 0 leaves the carry clear and the overflow clear, as test does
    insn.imm == 0 ? a.test(dst, dst) : a.cmp(dst, insn.imm);
  } else if (insn.imm >= 0 && insn.imm <= 0xff) {
    a.test(dst.r8(), insn.imm);
  } else {
    a.test(insn.imm > 0 ? dst.r32() : dst, insn.imm);
  }
  jump(conditionOf(insn.jump), labels_[pc_ + 1 + insn.off]);
}

// if (mayGotos == 0) goto target; mayGotos -= 1
void X64::mayGoto(const Insn& insn) {
  Mem left(x86::r12, offsetof(Frame, mayGotos), 8);
  a.cmp(left, 0);
  jump(Cond::kE, labels_[pc_ + 1 + insn.off]);
  a.dec(left);
}

/** A program with functions is itself called like one. */
void X64::exit() {
  bool isLast = pc_ + 1 == plan.insns.size();
  if (plan.callsFunctions) {
    a.ret();
  } else if (!isLast) {
    jump(exit_);
  }
}

}  // namespace unibpf::jit
