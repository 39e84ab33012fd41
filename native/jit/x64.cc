#include "jit/structure.h"
#include "jit/x64.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

namespace {

constexpr x86::Gp registerMap[] = {x86::rax, x86::rdi, x86::rsi, x86::rdx, x86::r10, x86::r8,
                                   x86::rbx, x86::r13, x86::r14, x86::r15, x86::rbp};

/** Whether `r0 = 0; exit` stands here: then a failing packet load can go here too. */
bool leavesWithZero(std::span<const Insn> insns, size_t pc) {
  const Insn& insn = insns[pc];
  bool isZero = insn.kind == Kind::Alu && insn.alu == isa::Alu::Mov && !insn.fromRegister && insn.imm == 0;
  return isZero && insn.dst == 0 && pc + 1 < insns.size() && insns[pc + 1].kind == Kind::Exit;
}

}  // namespace

X64::X64(asmjit::CodeHolder& code, const Plan& program, Branches& jumps) : a(&code), plan(program), branches(jumps) {}

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

void X64::body() {
  labels_.assign(plan.insns.size(), Label());
  for (size_t pc = 0; pc < labels_.size(); pc++) {
    if (plan.isTarget[pc]) labels_[pc] = a.newLabel();
  }
  uncounted_ = 0;
  for (pc_ = 0; pc_ < plan.insns.size(); pc_++) slot(plan.insns[pc_]);
  if (fallsThrough(plan.insns.back())) jump(trap(Trap::BadInstruction));
}

void X64::slot(const Insn& next) {
  if (plan.isTarget[pc_]) {
    settleCount();
    a.bind(labels_[pc_]);
  }
  bool canShare = !plan.options.budget && !a.code()->isLabelBound(zero_);
  if (canShare && leavesWithZero(plan.insns, pc_)) a.bind(zero_);
  if (next.kind == Kind::WideEnd) return;
  if (plan.readsNothing(pc_)) return jump(trap(Trap::Uninitialised));
  count(next);
  if (!plan.isDead(next)) insn(next);
}

void X64::insn(const Insn& insn) {
  switch (insn.kind) {
    case Kind::Alu:
      return alu(insn);
    case Kind::Neg:
      return neg(insn);
    case Kind::Movsx:
      return movsx(insn);
    case Kind::Swap:
      return swap(insn);
    case Kind::Wide:
      return wide(insn);
    case Kind::Load:
    case Kind::LoadAcquire:  // loads are ordered here
      return load(insn);
    case Kind::Store:
    case Kind::StoreRelease:  // and stores too
      return store(insn);
    case Kind::Atomic:
      return atomic(insn);
    case Kind::Packet:
      return packet(insn);
    case Kind::Jump:
      return conditional(insn);
    case Kind::Goto:
      return jump(labels_[pc_ + 1 + insn.off]);
    case Kind::MayGoto:
      return mayGoto(insn);
    case Kind::CallHelper:
    case Kind::CallRegister:
      return callHelper(insn);
    case Kind::CallLocal:
      return callLocal(insn);
    case Kind::CallKfunc:
      return jump(trap(Trap::BadCall));
    case Kind::Exit:
      return exit();
    case Kind::AddrSpaceCast:
    case Kind::WideEnd:
      return jump(trap(Trap::BadInstruction));
  }
}

}  // namespace unibpf::jit
