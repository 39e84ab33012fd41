// Budget, traps, and the checks of what nobody verified.
#include <bit>

#include "jit/structure.h"
#include "jit/x64.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

namespace {

/** Where the count is compared with the budget: calls, and jumps that lead back. */
bool isCompared(const Insn& insn) {
  bool calls = insn.kind == Kind::CallHelper || insn.kind == Kind::CallLocal || insn.kind == Kind::CallRegister ||
               insn.kind == Kind::CallKfunc;
  return calls || (isBranch(insn) && insn.off < 0);
}

}  // namespace

/** A place that ends the run with a trap at this instruction. */
X64::Label X64::trap(Trap code) {
  Label label = a.newLabel();
  later([this, label, code, pc = pc_] {
    a.bind(label);
    a.mov(x86::dword_ptr(x86::r12, offsetof(Frame, trap)), uint32_t(code));
    a.mov(x86::dword_ptr(x86::r12, offsetof(Frame, trapPc)), pc);
    jump(abort_);
  });
  return label;
}

/** Counts an instruction. The budget is charged a basic block at a time, and compared where control leads back. */
void X64::count(const Insn& insn) {
  if (!plan.options.budget) return;
  uncounted_++;
  bool leaves = plan.callsFunctions && (insn.kind == Kind::Exit || insn.kind == Kind::Packet);
  if (isCompared(insn)) {
    settleCount();
    jump(Cond::kS, trap(Trap::Budget));
  } else if (leaves || isBranch(insn)) {
    settleCount();
  }
}

void X64::settleCount() {
  if (uncounted_ > 0) a.sub(x86::qword_ptr(x86::r12, offsetof(Frame, budget)), uncounted_);
  uncounted_ = 0;
}

/** The memory that an instruction accesses, after a check where nobody verified that it may. */
X64::Mem X64::checked(uint8_t base, const Insn& insn, bool writes) {
  Mem memory(reg(base), insn.off, insn.size);
  bool inOwnFrame = base == 10 && insn.off >= -int32_t(stackFrameBytes) && insn.off + insn.size <= 0;
  if (!plan.options.isChecked || inOwnFrame) return memory;
  a.lea(x86::r11, memory);
  constant(x86::rcx, int64_t(std::bit_cast<uint64_t>(Access{insn.size, writes})));
  a.call(check_);
  jump(Cond::kZ, trap(Trap::OutOfBounds));
  return Mem(x86::r11, 0, insn.size);
}

// xor eax, eax; leave the program
void X64::emitAbort() {
  a.bind(abort_);
  a.xor_(x86::eax, x86::eax);
  if (plan.callsFunctions) a.mov(x86::rsp, x86::qword_ptr(x86::r12, offsetof(Frame, nativeStack)));
  jump(exit_);
}

// zero flag = !frame->allows(frame, r11, rcx, r10); keeps every register but rcx
void X64::emitCheck() {
  const Gp kept[] = {x86::rax, x86::rdi, x86::rsi, x86::rdx, x86::r8, x86::r9, x86::r10, x86::r11};
  a.bind(check_);
  for (const Gp& reg : kept) a.push(reg);
  a.sub(x86::rsp, 8);
  a.mov(x86::rdi, x86::r12);
  a.mov(x86::rsi, x86::r11);
  a.mov(x86::rdx, x86::rcx);
  a.mov(x86::rcx, x86::rbp);
  a.call(x86::qword_ptr(x86::r12, offsetof(Frame, allows)));
  a.add(x86::rsp, 8);
  a.test(x86::al, x86::al);
  for (auto reg = std::rbegin(kept); reg != std::rend(kept); ++reg) a.pop(*reg);  // keeps the flags
  a.ret();
}

}  // namespace unibpf::jit
