#include "jit/a64.h"

namespace unibpf::jit {

namespace a64 = asmjit::a64;

namespace {

constexpr a64::GpX registerMap[] = {a64::x7,  a64::x0,  a64::x1,  a64::x2,  a64::x3, a64::x4,
                                    a64::x19, a64::x20, a64::x21, a64::x22, a64::x25};

/** So many instructions stay below 1 MiB of code. */
constexpr size_t shortProgram = 4096;

/** Whether arithmetic can have the number in its instruction. */
bool isSmall(int64_t number) { return number >= 0 && number < 4096; }

}  // namespace

A64::A64(asmjit::CodeHolder& code, const Plan& program)
    : Emitter(program),
      a(&code),
      data_(callsC() ? a64::x24 : a64::x5),
      captured_(callsC() ? a64::x26 : a64::x6),
      isLong_(program.insns.size() > shortProgram) {}

A64::Gp A64::reg(uint8_t number, uint8_t width) const {
  Gp reg = registerMap[number];
  return width == 64 ? reg : Gp(reg.w());
}

void A64::constant(const Gp& reg, uint64_t value) {
  a.mov(reg.x(), value);  // as many instructions as the number needs
}

/** The second operand: its register, or a scratch register with the constant. */
A64::Gp A64::operand(const Insn& insn, const Gp& scratch) {
  if (insn.fromRegister) return reg(insn.src, insn.width);
  constant(scratch, uint64_t(insn.constant()));
  return insn.width == 64 ? Gp(scratch.x()) : Gp(scratch.w());
}

/** An operand for memory; an offset that no instruction can hold goes to x12. */
A64::Mem A64::at(const Gp& base, int64_t off, uint8_t size) {
  bool isScaled = off >= 0 && off % size == 0 && off / size < 4096;
  if (isScaled || (off >= -256 && off <= 255)) return a64::ptr(base, int32_t(off));
  constant(a64::x12, uint64_t(off));
  return a64::ptr(base, a64::x12);
}

A64::Mem A64::inFrame(size_t offset) const { return a64::ptr(a64::x23, int32_t(offset)); }

// dst = base + number
void A64::add(const Gp& dst, const Gp& base, int64_t number) {
  if (isSmall(number)) return void(a.add(dst, base, number));
  if (isSmall(-number)) return void(a.sub(dst, base, -number));
  constant(a64::x12, uint64_t(number));
  a.add(dst, base, dst.isGpW() ? Gp(a64::w12) : Gp(a64::x12));
}

void A64::compare(const Gp& reg, int64_t number) {
  if (isSmall(number)) return void(a.cmp(reg, number));
  if (isSmall(-number)) return void(a.cmn(reg, -number));
  constant(a64::x12, uint64_t(number));
  a.cmp(reg, reg.isGpW() ? Gp(a64::w12) : Gp(a64::x12));
}

void A64::jump(Cond condition, const Label& target) {
  if (!isLong_) return void(a.b(condition, target));
  Label past = a.newLabel();
  a.b(asmjit::arm::negateCond(condition), past);
  a.b(target);
  a.bind(past);
}

}  // namespace unibpf::jit
