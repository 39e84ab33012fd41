// The processor's condition for each comparison, after a cmp (or, for Set, a tst).
#pragma once

#include "generated/isa.h"
#include "jit/a64.h"

namespace unibpf::jit {

inline asmjit::a64::CondCode conditionOf(isa::Jump jump) {
  using asmjit::a64::CondCode;
  switch (jump) {
    case isa::Jump::Eq:
      return CondCode::kEQ;
    case isa::Jump::Ne:
    case isa::Jump::Set:
      return CondCode::kNE;
    case isa::Jump::Gt:
      return CondCode::kHI;
    case isa::Jump::Ge:
      return CondCode::kHS;
    case isa::Jump::Lt:
      return CondCode::kLO;
    case isa::Jump::Le:
      return CondCode::kLS;
    case isa::Jump::Sgt:
      return CondCode::kGT;
    case isa::Jump::Sge:
      return CondCode::kGE;
    case isa::Jump::Slt:
      return CondCode::kLT;
    case isa::Jump::Sle:
      return CondCode::kLE;
  }
  return CondCode::kAL;
}

}  // namespace unibpf::jit
