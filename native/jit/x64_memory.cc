// Loads, stores, packet loads, atomic operations, and the checks of what nobody verified.
#include <bit>

#include "jit/packet.h"
#include "jit/x64.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

namespace {

/** The part of a register that is as wide as the memory. */
x86::Gp part(const x86::Gp& reg, uint8_t size) {
  switch (size) {
    case 1:
      return reg.r8();
    case 2:
      return reg.r16();
    case 4:
      return reg.r32();
    default:
      return reg;
  }
}

}  // namespace

void X64::load(const Insn& insn) {
  Gp dst = reg(insn.dst);
  Mem from = checked(insn.src, insn, false);
  if (insn.isSigned) {
    insn.size == 4 ? a.movsxd(dst, from) : a.movsx(dst, from);
  } else if (insn.size < 4) {
    a.movzx(dst.r32(), from);
  } else {
    a.mov(part(dst, insn.size), from);
  }
}

void X64::store(const Insn& insn) {
  Mem to = checked(insn.dst, insn, true);
  if (insn.fromRegister) {
    a.mov(to, part(reg(insn.src), insn.size));
  } else {
    a.mov(to, insn.imm);
  }
}

void X64::packet(const Insn& insn) {
  if (!plan.hasPacketLoads) return jump(zero_);
  if (insn.fromRegister) return packetIndirect(insn);
  auto end = packetEnd(insn, plan.options.networkHeader);
  end ? packetBefore(*end, insn.size) : jump(zero_);
}

// if (captured < end) leave with 0; r0 = the bytes
void X64::packetBefore(uint32_t end, uint8_t size) {
  if (plan.known[pc_].packetBytes < end) {
    Gp captured = valueOf(Captured, x86::r11);
    a.cmp(captured.r32(), end);
    jump(Cond::kB, zero_);
  }
  loadNetworkOrder(Mem(valueOf(Data, x86::r11), int32_t(end - size), size));
}

// ecx = src + imm; if (ecx + size > captured) see whether it counts from a header, else leave with 0; r0 = the bytes
void X64::packetIndirect(const Insn& insn) {
  Label outside = a.newLabel();
  Label inside = a.newLabel();
  if (insn.imm == 0) {
    a.mov(x86::ecx, reg(insn.src, 32));
  } else {
    a.lea(x86::ecx, x86::ptr(reg(insn.src), insn.imm));
  }
  a.lea(x86::r11, x86::ptr(x86::rcx, insn.size));
  a.emit(x86::Inst::kIdCmp, x86::r11, home(Captured));
  jump(Cond::kA, outside);
  a.bind(inside);
  loadNetworkOrder(Mem(valueOf(Data, x86::r11), x86::rcx, 0, 0, insn.size));
  later([this, outside, inside, size = insn.size, header = plan.options.networkHeader] {
    // an offset from SKF_NET_OFF on counts from the network header, one from SKF_LL_OFF on from the link header
    Label fromNetwork = a.newLabel();
    Label again = a.newLabel();
    a.bind(outside);
    a.test(x86::ecx, x86::ecx);
    jump(Cond::kNS, zero_);
    a.cmp(x86::ecx, networkOffset);
    jump(Cond::kGE, fromNetwork);
    a.add(x86::ecx, header - linkHeaderBytes - linkOffset);
    jump(Cond::kS, zero_);
    jump(again);
    a.bind(fromNetwork);
    a.add(x86::ecx, header - networkOffset);
    a.bind(again);
    a.lea(x86::r11, x86::ptr(x86::rcx, size));
    a.emit(x86::Inst::kIdCmp, x86::r11, home(Captured));
    jump(Cond::kBE, inside);
    jump(zero_);
  });
}

void X64::given(const Insn& insn) {
  Gp dst = reg(insn.dst);
  switch (insn.part) {
    case Part::Start:
      return void(a.emit(x86::Inst::kIdMov, dst, home(Data)));
    case Part::End:
      a.emit(x86::Inst::kIdMov, dst, home(Data));
      return void(a.emit(x86::Inst::kIdAdd, dst, home(Captured)));
    case Part::Length:
      return wireLength(dst.r32());
    case Part::None:
    case Part::Nothing:
      return constant(dst, 0);
  }
}

// in a run: dst = frame->length; in a batch: dst = frame->lengths[index]
void X64::wireLength(const Gp& dst) {
  if (!inBatch_) return void(a.mov(dst, x86::dword_ptr(x86::r12, offsetof(Frame, length))));
  a.mov(x86::r11, x86::qword_ptr(x86::r12, offsetof(Frame, lengths)));
  a.mov(dst, x86::dword_ptr(x86::r11, valueOf(Index, x86::rcx), 2));
}

void X64::loadNetworkOrder(const Mem& from) {
  if (from.size() == 1) return void(a.movzx(x86::eax, from));
  if (from.size() == 2) {
    a.movzx(x86::eax, from);
    return void(a.rol(x86::ax, 8));
  }
  if (plan.features.movbe) return void(a.movbe(x86::eax, from));
  a.mov(x86::eax, from);
  a.bswap(x86::eax);
}

void X64::atomic(const Insn& insn) {
  Mem at = checked(insn.dst, insn, true);
  Gp src = part(reg(insn.src), insn.size);
  auto locked = [&](x86::Inst::Id id) { a.lock().emit(id, at, src); };
  switch (insn.atomic) {
    case isa::Atomic::Add:
      return locked(insn.fetches ? x86::Inst::kIdXadd : x86::Inst::kIdAdd);
    case isa::Atomic::Or:
      return insn.fetches ? atomicLoop(insn, at) : locked(x86::Inst::kIdOr);
    case isa::Atomic::And:
      return insn.fetches ? atomicLoop(insn, at) : locked(x86::Inst::kIdAnd);
    case isa::Atomic::Xor:
      return insn.fetches ? atomicLoop(insn, at) : locked(x86::Inst::kIdXor);
    case isa::Atomic::Xchg:
      return void(a.xchg(at, src));
    case isa::Atomic::Cmpxchg:
      locked(x86::Inst::kIdCmpxchg);
      if (insn.size == 4) a.mov(x86::eax, x86::eax);  // written by the processor only where the comparison fails
      return;
  }
}

// r11 = address; rcx = src; rax = old value; do new = rax op rcx; while (another thread changed it); src = rax
void X64::atomicLoop(const Insn& insn, const Mem& at) {
  Gp src = reg(insn.src);
  Gp work = src == x86::rax ? Gp(x86::rdx) : src;  // holds the new value
  Gp kept = src == x86::rax ? Gp(x86::rdx) : Gp(x86::rax);
  Gp fresh = part(work, insn.size);
  Gp operand = part(x86::rcx, insn.size);
  Gp old = part(x86::rax, insn.size);
  Label again = a.newLabel();
  a.lea(x86::r11, at);
  a.mov(x86::rcx, src);
  a.push(kept);
  a.mov(old, Mem(x86::r11, 0, insn.size));
  a.bind(again);
  a.mov(fresh, old);
  if (insn.atomic == isa::Atomic::Or) a.or_(fresh, operand);
  if (insn.atomic == isa::Atomic::And) a.and_(fresh, operand);
  if (insn.atomic == isa::Atomic::Xor) a.xor_(fresh, operand);
  a.lock().cmpxchg(Mem(x86::r11, 0, insn.size), fresh);
  jump(Cond::kNE, again);
  if (src != x86::rax) a.mov(fresh, old);
  a.pop(kept);
}

// ---- checks ----------------------------------------------------------------------------------------------------------

/** The memory that an instruction accesses, after a check where nobody verified that it may. */
X64::Mem X64::checked(uint8_t base, const Insn& insn, bool writes) {
  Mem memory(reg(base), insn.off, insn.size);
  bool inOwnFrame = base == 10 && insn.off >= -int32_t(stackFrameBytes) && insn.off + insn.size <= 0;
  if (!plan.options.isChecked || inOwnFrame) return memory;
  a.lea(x86::r11, memory);
  constant(x86::rcx, int64_t(std::bit_cast<uint64_t>(Access{insn.size, writes})));
  a.call(check_);
  jump(Cond::kZ, trap(Trap::OutOfBounds));
  return Mem(x86::r11, 0, insn.size);
}

// r11 = frame->reach(frame, r11, rcx, r10), zero flag = (r11 == 0); keeps every other register but rcx
void X64::emitCheck() {
  const Gp kept[] = {x86::rax, x86::rdi, x86::rsi, x86::rdx, x86::r8, x86::r9, x86::r10, x86::r11};
  a.bind(check_);
  for (const Gp& reg : kept) a.push(reg);
  a.sub(x86::rsp, 8);
  a.mov(x86::rdi, x86::r12);
  a.mov(x86::rsi, x86::r11);
  a.mov(x86::rdx, x86::rcx);
  a.mov(x86::rcx, x86::rbp);
  a.call(x86::qword_ptr(x86::r12, offsetof(Frame, reach)));
  a.add(x86::rsp, 8);
  a.mov(x86::ptr(x86::rsp), x86::rax);  // where r11 is kept
  a.test(x86::rax, x86::rax);
  for (auto reg = std::rbegin(kept); reg != std::rend(kept); ++reg) a.pop(*reg);  // keeps the flags
  a.ret();
}

}  // namespace unibpf::jit
