// Loads, stores, packet loads, and the checks of what nobody verified.
#include <bit>

#include "jit/a64.h"
#include "jit/packet.h"

namespace unibpf::jit {

namespace a64 = asmjit::a64;

void A64::load(const Insn& insn) { loadFrom(checked(insn.src, insn, false), insn); }

void A64::store(const Insn& insn) { storeTo(checked(insn.dst, insn, true), insn); }

void A64::loadFrom(const Mem& from, const Insn& insn) {
  Gp dst = reg(insn.dst);
  switch (insn.size) {
    case 1:
      return void(insn.isSigned ? a.ldrsb(dst, from) : a.ldrb(dst.w(), from));
    case 2:
      return void(insn.isSigned ? a.ldrsh(dst, from) : a.ldrh(dst.w(), from));
    case 4:
      return void(insn.isSigned ? a.ldrsw(dst, from) : a.ldr(dst.w(), from));
    default:
      return void(a.ldr(dst, from));
  }
}

void A64::storeTo(const Mem& to, const Insn& insn) {
  Gp src = a64::x9;
  if (insn.fromRegister) {
    src = reg(insn.src);
  } else if (insn.imm == 0) {
    src = a64::xzr;
  } else {
    constant(src, uint64_t(int64_t(insn.imm)));
  }
  switch (insn.size) {
    case 1:
      return void(a.strb(src.w(), to));
    case 2:
      return void(a.strh(src.w(), to));
    case 4:
      return void(a.str(src.w(), to));
    default:
      return void(a.str(src, to));
  }
}

void A64::packet(const Insn& insn) {
  if (!plan.hasPacketLoads) return jump(zero_);
  if (insn.fromRegister) return packetIndirect(insn);
  auto end = packetEnd(insn, plan.options.networkHeader);
  end ? packetBefore(*end, insn.size) : jump(zero_);
}

// if (captured < end) leave with 0; r0 = the bytes
void A64::packetBefore(uint32_t end, uint8_t size) {
  if (plan.known[pc_].packetBytes < end) {
    compare(captured_, end);
    jump(Cond::kLO, zero_);
  }
  loadNetworkOrder(at(data_, end - size, size), size);
}

// w9 = src + imm; if (x9 + size > captured) see whether it counts from a header, else leave with 0; r0 = the bytes
void A64::packetIndirect(const Insn& insn) {
  Label outside = a.newLabel();
  Label inside = a.newLabel();
  add(a64::w9, reg(insn.src, 32), insn.imm);
  a.add(a64::x10, a64::x9, insn.size);
  a.cmp(a64::x10, captured_);
  jump(Cond::kHI, outside);
  a.bind(inside);
  loadNetworkOrder(a64::ptr(data_, a64::x9), insn.size);
  later([this, outside, inside, size = insn.size, header = plan.options.networkHeader] {
    // an offset from SKF_NET_OFF on counts from the network header, one from SKF_LL_OFF on from the link header
    Label fromNetwork = a.newLabel();
    Label again = a.newLabel();
    a.bind(outside);
    a.tst(a64::w9, a64::w9);
    jump(Cond::kPL, zero_);
    compare(a64::w9, networkOffset);
    jump(Cond::kGE, fromNetwork);
    add(a64::w9, a64::w9, header - linkHeaderBytes - linkOffset);
    a.tst(a64::w9, a64::w9);
    jump(Cond::kMI, zero_);
    jump(again);
    a.bind(fromNetwork);
    add(a64::w9, a64::w9, header - networkOffset);
    a.bind(again);
    a.add(a64::x10, a64::x9, size);
    a.cmp(a64::x10, captured_);
    jump(Cond::kLS, inside);
    jump(zero_);
  });
}

// the length on the wire: in a run frame->length, in a batch frame->lengths[index]
void A64::given(const Insn& insn) {
  Gp dst = reg(insn.dst);
  switch (insn.part) {
    case Part::Start:
      return void(a.mov(dst, data_));
    case Part::End:
      return void(a.add(dst, data_, captured_));
    case Part::Length:
      if (!inBatch_) return void(a.ldr(dst.w(), inFrame(offsetof(Frame, length))));
      a.ldr(a64::x9, inFrame(offsetof(Frame, lengths)));
      return void(a.ldr(dst.w(), a64::ptr(a64::x9, batchIndex, a64::lsl(2))));
    case Part::None:
    case Part::Nothing:
      return constant(dst, 0);
  }
}

void A64::loadNetworkOrder(const Mem& from, uint8_t size) {
  Gp result = reg(0, 32);
  if (size == 1) return void(a.ldrb(result, from));
  if (size == 2) {
    a.ldrh(result, from);
    return void(a.rev16(result, result));
  }
  a.ldr(result, from);
  a.rev(result, result);
}

// ---- checks ----------------------------------------------------------------------------------------------------------

/** The memory that an instruction accesses, after a check where nobody verified that it may; then its address is in x10. */
A64::Mem A64::checked(uint8_t base, const Insn& insn, bool writes) {
  bool inOwnFrame = base == 10 && insn.off >= -int32_t(stackFrameBytes) && insn.off + insn.size <= 0;
  if (!plan.options.isChecked || inOwnFrame) return at(reg(base), insn.off, insn.size);
  add(a64::x10, reg(base), insn.off);
  constant(a64::x11, std::bit_cast<uint64_t>(Access{insn.size, writes}));
  a.bl(check_);
  jump(Cond::kEQ, trap(Trap::OutOfBounds));
  return a64::ptr(a64::x10);
}

// x10 = frame->reach(frame, x10, x11, r10), zero flag = (x10 == 0); keeps every other register but x9, x11 and x12
void A64::emitCheck() {
  const std::vector<Gp> kept = {a64::x0, a64::x1, a64::x2, a64::x3, a64::x4, a64::x7, a64::x10, a64::x30};
  a.bind(check_);
  saveRegisters(kept);
  a.mov(a64::x0, a64::x23);
  a.mov(a64::x1, a64::x10);
  a.mov(a64::x2, a64::x11);
  a.mov(a64::x3, reg(10));
  a.ldr(a64::x9, inFrame(offsetof(Frame, reach)));
  a.blr(a64::x9);
  a.str(a64::x0, a64::ptr(a64::sp));  // where x10 is kept
  a.tst(a64::x0, a64::x0);
  restoreRegisters(kept);  // keeps the flags
  a.ret(a64::x30);
}

}  // namespace unibpf::jit
