#include "jit/x64.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

namespace {

constexpr x86::Gp registerMap[] = {x86::rax, x86::rdi, x86::rsi, x86::rdx, x86::r10, x86::r8,
                                   x86::rbx, x86::r13, x86::r14, x86::r15, x86::rbp};

}  // namespace

X64::X64(asmjit::CodeHolder& code, const Plan& program, const Lanes* lanes, Branches& jumps)
    : Emitter(program), a(&code), branches(jumps), lanes_(lanes) {}

X64::Gp X64::reg(uint8_t number, uint8_t width) const {
  Gp reg = registerMap[number];
  return width == 64 ? reg : reg.r32();
}

void X64::jump(Cond condition, const Label& target) {
  if (branches.nextIsShort()) {
    a.short_().j(condition, target);
  } else {
    a.long_().j(condition, target);
  }
  branches.note(a.offset(), target);
}

void X64::jump(const Label& target) {
  if (branches.nextIsShort()) {
    a.short_().jmp(target);
  } else {
    a.long_().jmp(target);
  }
  branches.note(a.offset(), target);
}

void X64::align(asmjit::AlignMode mode, uint32_t bytes) {
  branches.notePadding(a.offset(), bytes - 1);
  a.align(mode, bytes);
}

/** The shortest of: xor, 32 bits zero-extended, 32 bits sign-extended, 64 bits. */
void X64::constant(Gp reg, int64_t value) {
  if (value == 0) {
    a.xor_(reg.r32(), reg.r32());
  } else if (value == int64_t(uint32_t(value))) {
    a.mov(reg.r32(), value);
  } else {
    a.mov(reg, value);
  }
}

}  // namespace unibpf::jit
