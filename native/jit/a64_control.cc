// Jumps, calls, traps and the budget.
#include <asmjit/arm/a64utils.h>

#include "jit/a64.h"
#include "jit/a64_condition.h"
#include "jit/structure.h"

namespace unibpf::jit {

namespace a64 = asmjit::a64;

void A64::conditional(const Insn& insn) {
  compareOperands(insn, insn.dst, insn.src);
  jump(conditionOf(insn.jump), target(insn));
}

/** Sets the flags for the instruction's condition of two registers, or of the first and its constant. */
void A64::compareOperands(const Insn& insn, uint8_t first, uint8_t second) {
  Gp a0 = reg(first, insn.width);
  if (insn.jump == isa::Jump::Set) {
    test(insn, first, second);
  } else if (insn.fromRegister) {
    a.cmp(a0, reg(second, insn.width));
  } else {
    compare(a0, insn.imm);
  }
}

void A64::test(const Insn& insn, uint8_t first, uint8_t second) {
  Gp a0 = reg(first, insn.width);
  if (insn.fromRegister) return void(a.tst(a0, reg(second, insn.width)));
  bool fits = a64::Utils::isLogicalImm(uint64_t(insn.constant()), insn.width);
  fits ? a.tst(a0, insn.constant()) : a.tst(a0, operand(insn, a64::x9));
}

// if (mayGotos == 0) goto target; mayGotos -= 1
void A64::mayGoto(const Insn& insn) {
  a.ldr(a64::x9, inFrame(offsetof(Frame, mayGotos)));
  a.cmp(a64::x9, 0);
  jump(Cond::kEQ, target(insn));
  a.sub(a64::x9, a64::x9, 1);
  a.str(a64::x9, inFrame(offsetof(Frame, mayGotos)));
}

// frame->helper = number; r0 = frame->callHelper(r1 … r5, frame); if (frame->trap) leave; if it tail-called, exit
void A64::callHelper(const Insn& insn) {
  constant(a64::x9, pc_);
  a.str(a64::w9, inFrame(offsetof(Frame, trapPc)));
  Gp number = reg(insn.src, 32);
  if (insn.kind == Kind::CallHelper) {
    number = a64::w9;
    constant(number, uint32_t(insn.imm));
  }
  a.str(number, inFrame(offsetof(Frame, helper)));
  a.str(reg(10), inFrame(offsetof(Frame, framePointer)));
  a.mov(a64::x5, a64::x23);  // r1 to r5 are where C wants them
  a.ldr(a64::x9, inFrame(offsetof(Frame, callHelper)));
  a.blr(a64::x9);
  a.mov(reg(0), a64::x0);
  a.ldr(a64::w9, inFrame(offsetof(Frame, trap)));
  a.cmp(a64::w9, 0);
  jump(Cond::kNE, abort_);
  if (isTailCall(insn)) {
    a.ldr(a64::w9, inFrame(offsetof(Frame, hasTailCalled)));
    a.cmp(a64::w9, 0);
    jump(Cond::kNE, leave_);
  }
  if (!plan.options.isChecked) return;
  for (uint8_t number = 1; number <= 5; number++) {
    if (plan.read >> number & 1) constant(reg(number), 0);
  }
}

// if (this is the last stack frame) trap; save r6 … r9 and the count of may_gotos; r10 -= 512; call; undo
void A64::callLocal(const Insn& insn) {
  Gp pointer = reg(10);
  a.add(a64::x9, a64::x23, offsetof(Frame, stack) + stackFrameBytes);
  a.cmp(pointer, a64::x9);
  jump(Cond::kLS, trap(Trap::StackOverflow));
  std::vector<Gp> kept;
  for (uint8_t number : keptRegisters) {
    if (plan.touched >> number & 1) kept.push_back(reg(number));
  }
  if (plan.hasMayGoto) {
    a.ldr(a64::x11, inFrame(offsetof(Frame, mayGotos)));
    kept.push_back(a64::x11);
    constant(a64::x9, mayGotoLimit);
    a.str(a64::x9, inFrame(offsetof(Frame, mayGotos)));
  }
  saveRegisters(kept);
  a.sub(pointer, pointer, stackFrameBytes);
  callFunction(target(insn));
  a.add(pointer, pointer, stackFrameBytes);
  restoreRegisters(kept);
  if (plan.hasMayGoto) a.str(a64::x11, inFrame(offsetof(Frame, mayGotos)));
}

/** A function begins where somebody may also jump to, so that its return address is saved before it is reached. */
void A64::callFunction(const Label& function) {
  Label entry = a.newLabel();
  a.bl(entry);
  later([this, entry, function] {
    a.bind(entry);
    a.str(a64::x30, a64::ptr_pre(a64::sp, -16));
    a.b(function);
  });
}

void A64::returnFromFunction() {
  a.ldr(a64::x30, a64::ptr_post(a64::sp, 16));
  a.ret(a64::x30);
}

void A64::callBody(const Label& body) {
  a.mov(a64::x9, a64::sp);
  a.str(a64::x9, inFrame(offsetof(Frame, nativeStack)));
  callFunction(body);
}

void A64::unwind() {
  a.ldr(a64::x9, inFrame(offsetof(Frame, nativeStack)));
  a.mov(a64::sp, a64::x9);
}

void A64::charge(uint32_t instructions) {
  a.ldr(a64::x9, inFrame(offsetof(Frame, budget)));
  constant(a64::x11, instructions);
  a.subs(a64::x9, a64::x9, a64::x11);
  a.str(a64::x9, inFrame(offsetof(Frame, budget)));
}

void A64::noteTrap(Trap code, uint32_t pc) {
  constant(a64::x9, uint32_t(code));
  a.str(a64::w9, inFrame(offsetof(Frame, trap)));
  constant(a64::x9, pc);
  a.str(a64::w9, inFrame(offsetof(Frame, trapPc)));
}

}  // namespace unibpf::jit
