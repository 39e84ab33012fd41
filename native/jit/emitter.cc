#include "jit/emitter.h"

#include "jit/structure.h"

namespace unibpf::jit {
namespace {

/** Whether `r0 = 0; exit` stands here: then a failing packet load can go here too. */
bool leavesWithZero(std::span<const Insn> insns, size_t pc) {
  const Insn& insn = insns[pc];
  bool isZero = insn.kind == Kind::Alu && insn.alu == isa::Alu::Mov && !insn.fromRegister && insn.imm == 0;
  return isZero && insn.dst == 0 && pc + 1 < insns.size() && insns[pc + 1].kind == Kind::Exit;
}

}  // namespace

Entries Emitter::emit() {
  Entries entries;
  entries.run = runEntry();
  inBatch_ = true;
  if (plan.hasBatch) entries.batch = batchEntry();
  entries.lanes = lanes();
  return entries;
}

// ---- around the body -------------------------------------------------------------------------------------------------

void Emitter::enterBody() {
  for (Label* label : {&main_, &zero_, &leave_, &exit_, &abort_, &check_}) *label = assembler().newLabel();
  plan.callsFunctions ? callBody(main_) : body();
  assembler().bind(exit_);
}

void Emitter::finishBody() {
  if (plan.callsFunctions) {
    assembler().bind(main_);
    body();
  }
  for (size_t i = 0; i < outOfLine_.size(); i++) {
    auto code = std::move(outOfLine_[i]);  // which may put off more
    code();
  }
  outOfLine_.clear();
  if (plan.canTrap) {
    assembler().bind(abort_);
    clearResult();
    if (plan.callsFunctions) unwind();
    jump(exit_);
  }
  if (plan.options.isChecked) emitCheck();
  bool isShared = assembler().code()->isLabelBound(zero_);
  if (isShared && !plan.mayTailCall) return;
  if (!isShared) {
    assembler().bind(zero_);
    clearResult();
  }
  assembler().bind(leave_);
  plan.callsFunctions ? returnFromFunction() : jump(exit_);
}

// ---- the body --------------------------------------------------------------------------------------------------------

void Emitter::body() {
  labels_.assign(plan.insns.size(), Label());
  for (size_t pc = 0; pc < labels_.size(); pc++) {
    if (plan.isTarget[pc]) labels_[pc] = assembler().newLabel();
  }
  uncounted_ = 0;
  slots(0, plan.copyStart);
  if (plan.copyStart == plan.insns.size()) {
    if (fallsThrough(plan.insns.back())) jump(trap(Trap::BadInstruction));
    return;
  }
  if (fallsThrough(plan.insns[plan.copyStart - 1])) jump(labels_[plan.copyStart]);
  later([this] {
    slots(plan.copyStart, plan.insns.size());
    if (fallsThrough(plan.insns.back())) jump(trap(Trap::BadInstruction));
  });
}

void Emitter::slots(size_t first, size_t end) {
  for (pc_ = uint32_t(first); pc_ < end; pc_++) slot(plan.insns[pc_]);
}

void Emitter::slot(const Insn& next) {
  if (plan.isTarget[pc_]) {
    settleCount();
    assembler().bind(labels_[pc_]);
  }
  bool canShare = !plan.options.budget && !assembler().code()->isLabelBound(zero_);
  if (canShare && leavesWithZero(plan.insns, pc_)) assembler().bind(zero_);
  if (next.kind == Kind::WideEnd) return;
  if (assembler().logger() != nullptr) assembler().commentf("; %u", pc_);
  if (plan.readsNothing(pc_)) return jump(trap(Trap::Uninitialised));
  count(next);
  if (!plan.isDead(pc_)) insn(next);
}

void Emitter::insn(const Insn& insn) {
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
      return load(insn);
    case Kind::Store:
      return store(insn);
    case Kind::Atomic:
      return atomic(insn);
    case Kind::LoadAcquire:
      return loadAcquire(insn);
    case Kind::StoreRelease:
      return storeRelease(insn);
    case Kind::Packet:
      return packet(insn);
    case Kind::Jump:
      return conditional(insn);
    case Kind::Goto:
      if (insn.off != 0) jump(target(insn));
      return;
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
    case Kind::Guard:
      return guard(insn);
    case Kind::Raw:
      return raw(insn);
    case Kind::Captured:
      return captured(insn);
    case Kind::Given:
      return given(insn);
    case Kind::Set:
      return set(insn);
    case Kind::Lookup:
      return lookup(insn);
    case Kind::AddrSpaceCast:
    case Kind::WideEnd:
      return jump(trap(Trap::BadInstruction));
  }
}

void Emitter::exit() {
  bool isLast = pc_ + 1 == plan.copyStart;
  if (plan.callsFunctions) {
    returnFromFunction();
  } else if (!isLast) {
    jump(exit_);
  }
}

// ---- traps and the budget --------------------------------------------------------------------------------------------

/** A place that ends the run with a trap at this instruction. */
Emitter::Label Emitter::trap(Trap code) {
  Label label = assembler().newLabel();
  later([this, label, code, pc = pc_] {
    assembler().bind(label);
    noteTrap(code, pc);
    jump(abort_);
  });
  return label;
}

/** Counts an instruction. The budget is charged a basic block at a time, and compared where control leads back. */
void Emitter::count(const Insn& insn) {
  if (!plan.options.budget) return;
  uncounted_++;
  bool leaves = plan.callsFunctions && (insn.kind == Kind::Exit || insn.kind == Kind::Packet);
  bool leadsBack = isCall(insn) || (isBranch(insn) && insn.off < 0);
  if (leaves || leadsBack || isBranch(insn)) settleCount();
  if (leadsBack) jumpIfOverdrawn(trap(Trap::Budget));
}

void Emitter::settleCount() {
  if (uncounted_ > 0) charge(uncounted_);
  uncounted_ = 0;
}

}  // namespace unibpf::jit
