#include "jit/plan.h"

#include "jit/structure.h"

namespace unibpf::jit {
namespace {

constexpr uint16_t arguments = 1 << 1 | 1 << 2;
constexpr uint16_t framePointer = 1 << 10;

/** Whether the instruction does nothing but compute a register. */
bool isPure(const Insn& insn) {
  switch (insn.kind) {
    case Kind::Alu:
    case Kind::Neg:
    case Kind::Movsx:
    case Kind::Swap:
    case Kind::Wide:
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
      return false;
  }
  return false;
}

/** Registers that instructions read, other than those whose result nobody reads: each round may show more of these. */
uint16_t registersNeeded(std::span<const Insn> insns) {
  uint16_t needed = 0x7ff;
  for (uint16_t before = 0; before != needed;) {
    before = needed;
    needed = 0;
    for (const Insn& insn : insns) {
      if (!isPure(insn) || (registersWritten(insn) & before) != 0) needed |= registersRead(insn);
    }
  }
  return needed;
}

}  // namespace

Plan::Plan(std::vector<Insn> program, const Options& given, const Features& available)
    : insns(std::move(program)), options(given), features(available), isTarget(insns.size()) {
  read = registersNeeded(insns);
  for (const Insn& insn : insns) {
    if (!isDead(insn)) touched |= registersRead(insn) | registersWritten(insn);
    hasPacketLoads |= insn.kind == Kind::Packet;
    callsHelpers |= insn.kind == Kind::CallHelper || insn.kind == Kind::CallRegister;
    mayTailCall |= isTailCall(insn);
    callsFunctions |= insn.kind == Kind::CallLocal;
    hasMayGoto |= insn.kind == Kind::MayGoto;
    canTrap |= trapsAlways(insn);
  }
  if (callsFunctions || callsHelpers || options.isChecked) {  // who checks an access wants the frame pointer
    read |= framePointer;
    touched |= framePointer;
  }
  canTrap |= callsHelpers || callsFunctions || options.isChecked || options.budget || fallsThrough(insns.back());
  readsArguments = (read & arguments) != 0;
  for (uint32_t pc = 0; pc < insns.size(); pc++) {
    if (isBranch(insns[pc]) || insns[pc].kind == Kind::CallLocal) isTarget[pc + 1 + insns[pc].off] = true;
  }
  known = knownBefore(insns, options.networkHeader);
  clearsStack = mayTailCall || readsUnwrittenStack(insns, known);
  hasBatch = options.filtersPackets && !options.isChecked && !callsHelpers && !readsArguments && !clearsStack;
}

uint64_t Plan::wideValue(const Insn& insn) const {
  switch (insn.from) {
    case isa::WideSource::MapIndex:
      return mapReference(size_t(insn.imm));
    case isa::WideSource::MapIndexValue:
      return options.mapValues[size_t(insn.imm)] + (uint64_t(insn.value) >> 32);
    case isa::WideSource::Imm:
    case isa::WideSource::MapFd:
    case isa::WideSource::MapValue:
    case isa::WideSource::Variable:
    case isa::WideSource::Code:
      return uint64_t(insn.value);
  }
  return 0;
}

bool Plan::isDead(const Insn& insn) const { return isPure(insn) && (registersWritten(insn) & read) == 0; }

}  // namespace unibpf::jit
