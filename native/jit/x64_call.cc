// Calls: of helpers, and of the program's own functions.
#include "jit/structure.h"
#include "jit/x64.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

namespace {

/** The machine's registers that a function keeps for its caller: r6 to r9. */
constexpr uint8_t keptRegisters[] = {6, 7, 8, 9};

}  // namespace

// frame->helper = number; r0 = frame->callHelper(r1 … r5, frame); if (frame->trap) leave; if it tail-called, exit
void X64::callHelper(const Insn& insn) {
  a.mov(x86::dword_ptr(x86::r12, offsetof(Frame, trapPc)), pc_);
  Mem helper = x86::dword_ptr(x86::r12, offsetof(Frame, helper));
  if (insn.kind == Kind::CallRegister) {
    a.mov(helper, reg(insn.src, 32));
  } else {
    a.mov(helper, insn.imm);
  }
  a.mov(x86::qword_ptr(x86::r12, offsetof(Frame, framePointer)), reg(10));
  a.mov(x86::rcx, reg(4));  // the others are where C wants them
  a.mov(x86::r9, x86::r12);
  a.call(x86::qword_ptr(x86::r12, offsetof(Frame, callHelper)));
  a.cmp(x86::dword_ptr(x86::r12, offsetof(Frame, trap)), uint32_t(Trap::None));
  jump(Cond::kNE, abort_);
  if (isTailCall(insn)) {
    a.cmp(x86::dword_ptr(x86::r12, offsetof(Frame, hasTailCalled)), 0);
    jump(Cond::kNE, leave_);
  }
  if (!plan.options.isChecked) return;
  for (uint8_t number = 1; number <= 5; number++) {
    if (plan.read >> number & 1) constant(reg(number), 0);
  }
}

// if (this is the last stack frame) trap; save r6 … r9 and the count of may_gotos; r10 -= 512; call; undo
void X64::callLocal(const Insn& insn) {
  Gp pointer = reg(10);
  Mem mayGotos = x86::qword_ptr(x86::r12, offsetof(Frame, mayGotos));
  a.lea(x86::r11, x86::ptr(x86::r12, offsetof(Frame, stack) + stackFrameBytes));
  a.cmp(pointer, x86::r11);
  jump(Cond::kBE, trap(Trap::StackOverflow));
  std::vector<Gp> pushed;
  for (uint8_t number : keptRegisters) {
    if (plan.touched >> number & 1) pushed.push_back(reg(number));
  }
  for (const Gp& reg : pushed) a.push(reg);
  if (plan.hasMayGoto) {
    a.push(mayGotos);
    a.mov(mayGotos, mayGotoLimit);
  }
  bool isAligned = (pushed.size() + plan.hasMayGoto) % 2 == 1;  // with the return address
  if (!isAligned) a.push(x86::rcx);
  a.sub(pointer, stackFrameBytes);
  a.call(labels_[pc_ + 1 + insn.off]);
  a.add(pointer, stackFrameBytes);
  if (!isAligned) a.pop(x86::rcx);
  if (plan.hasMayGoto) a.pop(mayGotos);
  for (auto reg = pushed.rbegin(); reg != pushed.rend(); ++reg) a.pop(*reg);
}

}  // namespace unibpf::jit
