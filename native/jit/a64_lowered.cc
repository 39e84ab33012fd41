// What only lowered programs have: loads without checks behind a guard (which is in a64_entry.cc), and truths without jumps.
#include "jit/a64.h"
#include "jit/a64_condition.h"

namespace unibpf::jit {

namespace a64 = asmjit::a64;

void A64::raw(const Insn& insn) {
  Gp base = data_;
  if (insn.fromRegister) {
    a.add(a64::x9, data_, reg(insn.src));
    base = a64::x9;
  }
  Gp dst = reg(insn.dst);
  Mem from = at(base, insn.off, insn.size);
  switch (insn.size) {
    case 1:
      return void(a.ldrb(dst.w(), from));
    case 2:
      a.ldrh(dst.w(), from);
      if (insn.isSwapped) a.rev16(dst.w(), dst.w());
      return;
    case 4:
      a.ldr(dst.w(), from);
      if (insn.isSwapped) a.rev(dst.w(), dst.w());
      return;
    default:
      a.ldr(dst, from);
      if (insn.isSwapped) a.rev(dst, dst);
  }
}

void A64::captured(const Insn& insn) { a.mov(reg(insn.dst), captured_); }

void A64::set(const Insn& insn) {
  compareOperands(insn, insn.src, insn.other);
  a.cset(reg(insn.dst), conditionOf(insn.jump));
}

// dst = slots[hash(src)] == src; with two ways: or the same of the other half
void A64::lookup(const Insn& insn) {
  const Table& table = plan.options.tables[size_t(insn.imm)];
  constant(a64::x11, table.address);
  probe(insn, 0);
  if (table.ways == 2) {
    Label found = a.newLabel();
    jump(Cond::kEQ, found);
    add(a64::x11, a64::x11, int64_t(4) << table.bits);
    probe(insn, 1);
    a.bind(found);
  }
  a.cset(reg(insn.dst), Cond::kEQ);
}

// flags: src against slots[upper bits of (src * factor)] of the half at x11
void A64::probe(const Insn& insn, size_t way) {
  const Table& table = plan.options.tables[size_t(insn.imm)];
  constant(a64::x9, table.factors[way]);
  a.mul(a64::w9, reg(insn.src, 32), a64::w9);
  a.lsr(a64::w9, a64::w9, 32 - table.bits);
  a.ldr(a64::w9, a64::ptr(a64::x11, a64::x9, a64::lsl(2)));
  a.cmp(reg(insn.src, 32), a64::w9);
}

}  // namespace unibpf::jit
