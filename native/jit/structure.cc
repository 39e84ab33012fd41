#include "jit/structure.h"

namespace unibpf::jit {
namespace {

constexpr uint16_t bit(uint8_t reg) { return uint16_t(1u << reg); }
constexpr uint16_t arguments = bit(1) | bit(2) | bit(3) | bit(4) | bit(5);

uint16_t operand(const Insn& insn) { return insn.fromRegister ? bit(insn.src) : 0; }

/** Whether the result is 0 whatever the operands hold: the usual way to clear a register. */
bool clears(const Insn& insn) {
  return insn.fromRegister && insn.src == insn.dst && (insn.alu == isa::Alu::Xor || insn.alu == isa::Alu::Sub);
}

Fault checkTarget(std::span<const Insn> insns, uint32_t pc) {
  int64_t target = int64_t(pc) + 1 + insns[pc].off;
  if (target < 0 || target >= int64_t(insns.size())) return {"a jump leaves the program", pc};
  if (insns[size_t(target)].kind == Kind::WideEnd) return {"a jump leads into a wide load", pc};
  return {};
}

Fault checkWide(const Insn& insn, uint32_t pc, size_t mapCount) {
  switch (insn.from) {
    case isa::WideSource::Imm:
      return {};
    case isa::WideSource::MapIndex:
    case isa::WideSource::MapIndexValue:
      if (uint32_t(insn.imm) < mapCount) return {};
      return {"a reference to a map leads nowhere", pc};
    case isa::WideSource::MapFd:
    case isa::WideSource::MapValue:
    case isa::WideSource::Variable:
    case isa::WideSource::Code:
      return {"a wide load of this kind can't be run here", pc};
  }
  return {};
}

}  // namespace

bool isBranch(const Insn& insn) {
  return insn.kind == Kind::Jump || insn.kind == Kind::Goto || insn.kind == Kind::MayGoto || insn.kind == Kind::Guard;
}

bool isCall(const Insn& insn) {
  return insn.kind == Kind::CallHelper || insn.kind == Kind::CallKfunc || insn.kind == Kind::CallLocal ||
         insn.kind == Kind::CallRegister;
}

bool fallsThrough(const Insn& insn) { return insn.kind != Kind::Goto && insn.kind != Kind::Exit; }

bool isPure(const Insn& insn) {
  switch (insn.kind) {
    case Kind::Alu:
    case Kind::Neg:
    case Kind::Movsx:
    case Kind::Swap:
    case Kind::Wide:
    case Kind::Raw:
    case Kind::Captured:
    case Kind::Given:
    case Kind::Set:
    case Kind::Lookup:
      return true;
    case Kind::AddrSpaceCast:
    case Kind::WideEnd:
    case Kind::Load:
    case Kind::Store:
    case Kind::Atomic:
    case Kind::LoadAcquire:
    case Kind::StoreRelease:
    case Kind::Packet:
    case Kind::Jump:
    case Kind::Goto:
    case Kind::MayGoto:
    case Kind::CallHelper:
    case Kind::CallKfunc:
    case Kind::CallLocal:
    case Kind::CallRegister:
    case Kind::Exit:
    case Kind::Guard:
      return false;
  }
  return false;
}

bool isTailCall(const Insn& insn) {
  constexpr int32_t tailCall = 12;  // Linux's bpf_tail_call
  return insn.kind == Kind::CallRegister || (insn.kind == Kind::CallHelper && insn.imm == tailCall);
}

bool trapsAlways(const Insn& insn) {
  return insn.kind == Kind::AddrSpaceCast || insn.kind == Kind::CallKfunc;
}

uint16_t registersRead(const Insn& insn) {
  switch (insn.kind) {
    case Kind::Alu:
      if (clears(insn)) return 0;
      return insn.alu == isa::Alu::Mov ? operand(insn) : uint16_t(bit(insn.dst) | operand(insn));
    case Kind::Neg:
    case Kind::Swap:
      return bit(insn.dst);
    case Kind::Movsx:
    case Kind::AddrSpaceCast:
    case Kind::Load:
    case Kind::LoadAcquire:
    case Kind::Lookup:
      return bit(insn.src);
    case Kind::Set:
      return uint16_t(bit(insn.src) | (insn.fromRegister ? bit(insn.other) : 0));
    case Kind::Store:
    case Kind::Jump:
      return uint16_t(bit(insn.dst) | operand(insn));
    case Kind::StoreRelease:
      return uint16_t(bit(insn.dst) | bit(insn.src));
    case Kind::Atomic:
      return uint16_t(bit(insn.dst) | bit(insn.src) | (insn.atomic == isa::Atomic::Cmpxchg ? bit(0) : 0));
    case Kind::Packet:
    case Kind::Raw:
      return operand(insn);
    case Kind::CallHelper:
    case Kind::CallKfunc:
    case Kind::CallLocal:
      return arguments;
    case Kind::CallRegister:
      return uint16_t(arguments | bit(insn.src));
    case Kind::Exit:
      return bit(0);
    case Kind::Wide:
    case Kind::WideEnd:
    case Kind::Goto:
    case Kind::MayGoto:
    case Kind::Guard:
    case Kind::Captured:
    case Kind::Given:
      return 0;
  }
  return 0;
}

uint16_t registersWritten(const Insn& insn) {
  switch (insn.kind) {
    case Kind::Alu:
    case Kind::Neg:
    case Kind::Movsx:
    case Kind::Swap:
    case Kind::AddrSpaceCast:
    case Kind::Wide:
    case Kind::Load:
    case Kind::LoadAcquire:
    case Kind::Raw:
    case Kind::Captured:
    case Kind::Given:
    case Kind::Set:
    case Kind::Lookup:
      return bit(insn.dst);
    case Kind::Atomic:
      return !insn.fetches ? 0 : insn.atomic == isa::Atomic::Cmpxchg ? bit(0) : bit(insn.src);
    case Kind::Packet:
      return bit(0);
    case Kind::CallHelper:
    case Kind::CallKfunc:
    case Kind::CallLocal:
    case Kind::CallRegister:
      return uint16_t(arguments | bit(0));
    case Kind::Store:
    case Kind::StoreRelease:
    case Kind::WideEnd:
    case Kind::Jump:
    case Kind::Goto:
    case Kind::MayGoto:
    case Kind::Guard:
    case Kind::Exit:
      return 0;
  }
  return 0;
}

Fault checkStructure(std::span<const Insn> insns, size_t mapCount) {
  for (uint32_t pc = 0; pc < insns.size(); pc++) {
    const Insn& insn = insns[pc];
    if ((registersRead(insn) | registersWritten(insn)) >> 11 != 0) return {"expected a register from r0 to r10", pc};
    if (registersWritten(insn) & bit(10)) return {"r10 can't be written", pc};
    if (insn.kind == Kind::Wide) {
      if (Fault fault = checkWide(insn, pc, mapCount)) return fault;
    }
    if (isBranch(insn) || insn.kind == Kind::CallLocal) {
      if (Fault fault = checkTarget(insns, pc)) return fault;
    }
  }
  return {};
}

}  // namespace unibpf::jit
