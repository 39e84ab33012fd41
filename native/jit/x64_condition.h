// The processor's condition for each comparison, after a cmp (or, for Set, a test).
#pragma once

#include <asmjit/x86.h>

#include "generated/isa.h"

namespace unibpf::jit {

inline asmjit::x86::CondCode conditionOf(isa::Jump jump) {
  using asmjit::x86::CondCode;
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

}  // namespace unibpf::jit
