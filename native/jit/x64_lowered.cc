// What only lowered programs have: loads without checks behind a guard, and truths without jumps.
#include "jit/x64.h"
#include "jit/x64_condition.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

// in a run: if (captured < bytes) goto target; in a batch: if (data > frame->lastReadable) goto target
void X64::guard(const Insn& insn) {
  if (!inBatch_) {
    a.cmp(valueOf(Captured, x86::r11).r32(), insn.imm);
    return jump(Cond::kB, target(insn));
  }
  a.cmp(valueOf(Data, x86::r11), x86::qword_ptr(x86::rsp, lastReadableOffset()));
  jump(Cond::kA, target(insn));
}

void X64::raw(const Insn& insn) {
  Gp dst = reg(insn.dst);
  Gp data = valueOf(Data, x86::r11);
  Mem from = insn.fromRegister ? Mem(data, reg(insn.src), 0, insn.off, insn.size) : Mem(data, insn.off, insn.size);
  bool swaps = insn.isSwapped && insn.size > 1;
  if (insn.size < 4) {
    a.movzx(dst.r32(), from);
    if (swaps) a.rol(dst.r16(), 8);
    return;
  }
  Gp part = insn.size == 4 ? dst.r32() : dst;
  if (swaps && plan.features.movbe) return void(a.movbe(part, from));
  a.mov(part, from);
  if (swaps) a.bswap(part);
}

void X64::captured(const Insn& insn) {
  if (isComparedOnly(insn)) {
    comparesCaptured_ = pc_ + 1;
  } else {
    a.mov(reg(insn.dst, 32), valueOf(Captured, x86::r11).r32());
  }
}

/** Whether the next instruction compares the length with a constant, and nothing else reads it. */
bool X64::isComparedOnly(const Insn& captured) const {
  if (!registers_[Captured] || pc_ + 1 == plan.insns.size() || plan.isTarget[pc_ + 1]) return false;
  const Insn& next = plan.insns[pc_ + 1];
  bool isRead = (plan.live.after[pc_ + 1] >> captured.dst & 1) != 0;
  if (next.fromRegister) return false;
  if (next.kind == Kind::Jump) return next.dst == captured.dst && !isRead;
  return next.kind == Kind::Set && next.src == captured.dst && (next.dst == captured.dst || !isRead);
}

void X64::set(const Insn& insn) {
  bool isInPlace = comparesCaptured_ == pc_;
  Gp src = isInPlace ? *registers_[Captured] : reg(insn.src);
  bool isApart = isInPlace || (insn.dst != insn.src && !(insn.fromRegister && insn.dst == insn.other));
  if (isApart) constant(reg(insn.dst), 0);
  compare(insn.width == 64 ? src : src.r32(), reg(insn.other, insn.width), insn);
  setFrom(conditionOf(insn.jump), reg(insn.dst), isApart);
}

/** dst = condition ? 1 : 0 */
void X64::setFrom(Cond condition, const Gp& dst, bool isClear) {
  a.set(condition, dst.r8());
  if (!isClear) a.movzx(dst.r32(), dst.r8());
}

// dst = slots[hash(src)] == src; with two ways: or the same of the other half
void X64::lookup(const Insn& insn) {
  const Table& table = plan.options.tables[size_t(insn.imm)];
  Gp src = reg(insn.src, 32);
  Gp dst = reg(insn.dst);
  bool isApart = insn.dst != insn.src;
  if (isApart) constant(dst, 0);
  hash(src, table, 0);
  constant(x86::r11, int64_t(table.address));
  a.cmp(src, x86::dword_ptr(x86::r11, x86::rcx, 2));
  if (table.ways == 1) return setFrom(Cond::kE, dst, isApart);
  Label found = a.newLabel();
  jump(Cond::kE, found);
  hash(src, table, 1);
  a.cmp(src, x86::dword_ptr(x86::r11, x86::rcx, 2, int32_t(4u << table.bits)));
  a.bind(found);
  setFrom(Cond::kE, dst, isApart);
}

// ecx = upper bits of (number * factor)
void X64::hash(const Gp& number, const Table& table, size_t way) {
  a.imul(x86::ecx, number, int32_t(table.factors[way]));
  a.shr(x86::ecx, 32 - table.bits);
}

}  // namespace unibpf::jit
