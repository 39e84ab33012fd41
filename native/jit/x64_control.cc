// Jumps, calls, traps and the budget.
#include "jit/structure.h"
#include "jit/x64.h"
#include "jit/x64_condition.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

void X64::conditional(const Insn& insn) {
  Gp dst = comparesCaptured_ == pc_ ? *registers_[Captured] : reg(insn.dst);
  compare(insn.width == 64 ? dst : dst.r32(), reg(insn.src, insn.width), insn);
  jump(conditionOf(insn.jump), target(insn));
}

/** Sets the flags for the instruction's condition of dst and src, or of dst and its constant. */
void X64::compare(const Gp& dst, const Gp& src, const Insn& insn) {
  bool tests = insn.jump == isa::Jump::Set;
  if (insn.fromRegister) {
    tests ? a.test(dst, src) : a.cmp(dst, src);
  } else if (!tests) {
    // a comparison with 0 leaves the carry clear and the overflow clear, as test does
    insn.imm == 0 ? a.test(dst, dst) : a.cmp(dst, insn.imm);
  } else if (insn.imm >= 0 && insn.imm <= 0xff) {
    a.test(dst.r8(), insn.imm);
  } else {
    a.test(insn.imm > 0 ? dst.r32() : dst, insn.imm);
  }
}

// if (mayGotos == 0) goto target; mayGotos -= 1
void X64::mayGoto(const Insn& insn) {
  Mem left(x86::r12, offsetof(Frame, mayGotos), 8);
  a.cmp(left, 0);
  jump(Cond::kE, target(insn));
  a.dec(left);
}

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
  a.call(target(insn));
  a.add(pointer, stackFrameBytes);
  if (!isAligned) a.pop(x86::rcx);
  if (plan.hasMayGoto) a.pop(mayGotos);
  for (auto reg = pushed.rbegin(); reg != pushed.rend(); ++reg) a.pop(*reg);
}

void X64::callBody(const Label& body) {
  a.mov(x86::qword_ptr(x86::r12, offsetof(Frame, nativeStack)), x86::rsp);
  a.call(body);
}

void X64::unwind() { a.mov(x86::rsp, x86::qword_ptr(x86::r12, offsetof(Frame, nativeStack))); }

void X64::charge(uint32_t instructions) {
  a.sub(x86::qword_ptr(x86::r12, offsetof(Frame, budget)), instructions);
}

void X64::noteTrap(Trap code, uint32_t pc) {
  a.mov(x86::dword_ptr(x86::r12, offsetof(Frame, trap)), uint32_t(code));
  a.mov(x86::dword_ptr(x86::r12, offsetof(Frame, trapPc)), pc);
}

}  // namespace unibpf::jit
