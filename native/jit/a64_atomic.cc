// Atomic operations, ordered loads and stores. The processor wants their addresses aligned, which the machine doesn't ask:
// what is not aligned is done in plain steps, out of line.
#include "jit/a64.h"

namespace unibpf::jit {

namespace a64 = asmjit::a64;

namespace {

a64::Gp part(const a64::Gp& reg, uint8_t size) { return size == 8 ? a64::Gp(reg.x()) : a64::Gp(reg.w()); }

}  // namespace

// x10 = base + off; if (x10 isn't aligned) do it in plain steps, and go on behind
void A64::alignedAddress(uint8_t base, const Insn& insn, bool writes, const Label& done, std::function<void()> plain) {
  Mem memory = checked(base, insn, writes);
  if (memory.baseId() != a64::x10.id()) add(a64::x10, reg(base), insn.off);
  bool isAligned = insn.size == 1 || (base == 10 && insn.off % insn.size == 0);
  if (isAligned) return;
  Label unaligned = a.newLabel();
  a.tst(a64::x10, insn.size - 1);
  jump(Cond::kNE, unaligned);
  later([this, unaligned, done, plain = std::move(plain)] {
    a.bind(unaligned);
    plain();
    a.b(done);
  });
}

void A64::atomic(const Insn& insn) {
  Label done = a.newLabel();
  alignedAddress(insn.dst, insn, true, done, [this, insn] { atomicPlain(insn); });
  plan.features.lse ? atomicInOne(insn) : atomicLoop(insn);
  a.bind(done);
}

// x11 = the old value; one instruction does it all
void A64::atomicInOne(const Insn& insn) {
  Gp src = part(reg(insn.src), insn.size);
  Gp old = part(a64::x11, insn.size);
  Gp work = part(a64::x9, insn.size);
  Mem at = a64::ptr(a64::x10);
  switch (insn.atomic) {
    case isa::Atomic::Add:
      a.ldaddal(src, old, at);
      break;
    case isa::Atomic::Or:
      a.ldsetal(src, old, at);
      break;
    case isa::Atomic::And:
      a.mvn(work, src);  // the instruction clears the bits that are given
      a.ldclral(work, old, at);
      break;
    case isa::Atomic::Xor:
      a.ldeoral(src, old, at);
      break;
    case isa::Atomic::Xchg:
      a.swpal(src, old, at);
      break;
    case isa::Atomic::Cmpxchg:
      a.mov(old, part(reg(0), insn.size));
      a.casal(old, src, at);
      break;
  }
  fetchOld(insn);
}

// do x11 = the old value, x9 = the new one; while (another thread changed it)
void A64::atomicLoop(const Insn& insn) {
  Label again = a.newLabel();
  Label unchanged = a.newLabel();
  Mem at = a64::ptr(a64::x10);
  a.bind(again);
  a.ldaxr(part(a64::x11, insn.size), at);
  computeNew(insn, unchanged);
  // stlxr w12, x9 (or w9), [x10], of which asmjit 1.9 knows the short form alone
  a.embedUInt32((insn.size == 8 ? 0xc800fc00 : 0x8800fc00) | a64::x12.id() << 16 | a64::x10.id() << 5 | a64::x9.id());
  a.cbnz(a64::w12, again);
  a.bind(unchanged);
  fetchOld(insn);
}

void A64::atomicPlain(const Insn& insn) {
  Label unchanged = a.newLabel();
  Mem at = a64::ptr(a64::x10);
  a.ldr(part(a64::x11, insn.size), at);
  computeNew(insn, unchanged);
  a.str(part(a64::x9, insn.size), at);
  a.bind(unchanged);
  fetchOld(insn);
}

/** x9 = what x11 becomes; goes to `unchanged` if nothing is to be written. */
void A64::computeNew(const Insn& insn, const Label& unchanged) {
  Gp src = part(reg(insn.src), insn.size);
  Gp old = part(a64::x11, insn.size);
  Gp work = part(a64::x9, insn.size);
  switch (insn.atomic) {
    case isa::Atomic::Add:
      return void(a.add(work, old, src));
    case isa::Atomic::Or:
      return void(a.orr(work, old, src));
    case isa::Atomic::And:
      return void(a.and_(work, old, src));
    case isa::Atomic::Xor:
      return void(a.eor(work, old, src));
    case isa::Atomic::Xchg:
      return void(a.mov(work, src));
    case isa::Atomic::Cmpxchg:
      a.cmp(old, part(reg(0), insn.size));
      jump(Cond::kNE, unchanged);
      return void(a.mov(work, src));
  }
}

void A64::fetchOld(const Insn& insn) {
  if (!insn.fetches) return;
  uint8_t to = insn.atomic == isa::Atomic::Cmpxchg ? 0 : insn.src;
  a.mov(part(reg(to), insn.size), part(a64::x11, insn.size));
}

// ---- ordered loads and stores ----------------------------------------------------------------------------------------

void A64::loadAcquire(const Insn& insn) {
  Label done = a.newLabel();
  Gp dst = part(reg(insn.dst), insn.size);
  Mem from = a64::ptr(a64::x10);
  alignedAddress(insn.src, insn, false, done, [this, insn, from] { loadFrom(from, insn); });
  if (insn.size == 1) a.ldarb(dst, from);
  if (insn.size == 2) a.ldarh(dst, from);
  if (insn.size >= 4) a.ldar(dst, from);
  a.bind(done);
}

void A64::storeRelease(const Insn& insn) {
  Label done = a.newLabel();
  Gp src = part(reg(insn.src), insn.size);
  Mem to = a64::ptr(a64::x10);
  alignedAddress(insn.dst, insn, true, done, [this, insn, to] { storeTo(to, insn); });
  // asmjit 1.9 has another instruction under the name of stlr
  if (insn.size == 1) a.emit(a64::Inst::kIdStlrb, src, to);
  if (insn.size == 2) a.emit(a64::Inst::kIdStlrh, src, to);
  if (insn.size >= 4) a.emit(a64::Inst::kIdStlr, src, to);
  a.bind(done);
}

}  // namespace unibpf::jit
