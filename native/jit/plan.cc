#include "jit/plan.h"

#include <algorithm>

#include "jit/structure.h"

namespace unibpf::jit {
namespace {

constexpr uint16_t arguments = 1 << 1 | 1 << 2;
constexpr uint16_t framePointer = 1 << 10;
/** What is mostly added to an offset: the length of an IPv4 header. */
constexpr int32_t usualIndex = 20;

bool readsPacket(const Insn& insn) {
  if (insn.kind == Kind::Given) return insn.part == Part::Start || insn.part == Part::End;
  return insn.kind == Kind::Packet || insn.kind == Kind::Raw || insn.kind == Kind::Captured || insn.kind == Kind::Guard;
}

}  // namespace

Plan::Plan(std::vector<Insn> program, const Options& given, const Features& available)
    : insns(std::move(program)), options(given), features(available), isTarget(insns.size()) {
  live = liveRegisters(insns);
  for (uint32_t pc = 0; pc < insns.size(); pc++) {
    const Insn& insn = insns[pc];
    if (!isDead(pc)) read |= registersRead(insn);
    if (!isDead(pc)) touched |= registersRead(insn) | registersWritten(insn);
    hasPacketLoads |= readsPacket(insn) && (options.packetLoads || insn.kind != Kind::Packet);
    callsHelpers |= insn.kind == Kind::CallHelper || insn.kind == Kind::CallRegister;
    mayTailCall |= isTailCall(insn);
    callsFunctions |= insn.kind == Kind::CallLocal;
    hasMayGoto |= insn.kind == Kind::MayGoto;
    readsLength |= insn.kind == Kind::Given && insn.part == Part::Length;
    canTrap |= trapsAlways(insn);
    if (insn.kind == Kind::Raw) farByte = std::max(farByte, insn.off + insn.size - 1 + (insn.fromRegister ? usualIndex : 0));
  }
  if (callsFunctions || callsHelpers || options.isChecked) {  // who checks an access wants the frame pointer
    read |= framePointer;
    touched |= framePointer;
  }
  canTrap |= callsHelpers || callsFunctions || options.isChecked || options.budget || fallsThrough(insns.back());
  needsFrame = canTrap || hasMayGoto || readsLength;
  live.atStart &= read;
  readsArguments = (live.atStart & arguments) != 0;
  for (uint32_t pc = 0; pc < insns.size(); pc++) {
    if (isBranch(insns[pc]) || insns[pc].kind == Kind::CallLocal) isTarget[pc + 1 + insns[pc].off] = true;
  }
  guards = insns[0].kind == Kind::Guard;
  copyStart = guards ? size_t(1 + insns[0].off) : insns.size();
  known = knownBefore(insns, options.networkHeader);
  clearsStack = mayTailCall || readsUnwrittenStack(insns, known);
  bool needsContext = options.input == Input::Packet && readsArguments;
  hasBatch = !options.isChecked && !callsHelpers && !needsContext && !clearsStack;
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

bool Plan::isDead(uint32_t pc) const { return isPure(insns[pc]) && (registersWritten(insns[pc]) & live.after[pc]) == 0; }

}  // namespace unibpf::jit
