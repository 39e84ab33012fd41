#include "jit/decode.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "jit/structure.h"

namespace unibpf::jit {
namespace {

constexpr size_t slotBytes = 8;
constexpr size_t mostSlots = 1'000'000;

// byte  0       1        2-3   4-7
//       opcode  src|dst  off   imm
struct Slot {
  uint8_t opcode, dst, src;
  int16_t off;
  int32_t imm;

  isa::Class cls() const { return isa::Class(opcode & 0x07); }
  isa::Mode mode() const { return isa::Mode(opcode & 0xe0); }
  uint8_t code() const { return opcode >> 4; }
  bool fromRegister() const { return (opcode & isa::fromRegister) != 0; }
};

Slot slotAt(const uint8_t* bytes) {
  Slot slot{bytes[0], uint8_t(bytes[1] & 0xf), uint8_t(bytes[1] >> 4), 0, 0};
  slot.off = int16_t(bytes[2] | bytes[3] << 8);
  slot.imm = int32_t(uint32_t(bytes[4]) | uint32_t(bytes[5]) << 8 | uint32_t(bytes[6]) << 16 | uint32_t(bytes[7]) << 24);
  return slot;
}

uint8_t sizeOf(const Slot& slot) {
  for (auto row : isa::sizeRows) {
    if (row.code == (slot.opcode & 0x18)) return row.bytes;
  }
  return 0;
}

/** An instruction of the slot's fields, before anything is said of what it does. */
Insn fields(Kind kind, const Slot& slot) {
  Insn insn;
  insn.kind = kind;
  insn.fromRegister = slot.fromRegister();
  insn.dst = slot.dst;
  insn.src = slot.src;
  insn.off = slot.off;
  insn.imm = slot.imm;
  return insn;
}

bool decodeMovsx(const Slot& slot, Insn& insn) {
  if (slot.off == 1 && insn.width == 64) {
    insn.kind = Kind::AddrSpaceCast;
    return true;
  }
  insn.kind = Kind::Movsx;
  insn.bits = uint8_t(slot.off);
  return slot.off == 8 || slot.off == 16 || (slot.off == 32 && insn.width == 64);
}

bool decodeSwap(const Slot& slot, Insn& insn) {
  insn.kind = Kind::Swap;
  insn.bits = uint8_t(slot.imm);
  insn.order = insn.width == 64 ? Order::Reversed : slot.fromRegister() ? Order::Big : Order::Little;
  return (slot.imm == 16 || slot.imm == 32 || slot.imm == 64) && !(insn.width == 64 && slot.fromRegister());
}

bool decodeAlu(const Slot& slot, Insn& insn) {
  insn = fields(Kind::Alu, slot);
  insn.width = slot.cls() == isa::Class::Alu64 ? 64 : 32;
  if (slot.code() == uint8_t(isa::Unary::Swap)) return decodeSwap(slot, insn);
  if (slot.code() == uint8_t(isa::Unary::Neg)) {
    insn.kind = Kind::Neg;
    return !slot.fromRegister();
  }
  for (auto row : isa::aluRows) {
    if (row.code != slot.code() || row.off != slot.off) continue;
    insn.alu = row.op;
    return true;
  }
  constexpr uint8_t mov = isa::aluRows[size_t(isa::Alu::Mov)].code;
  return slot.code() == mov && slot.fromRegister() && decodeMovsx(slot, insn);
}

bool decodeCall(const Slot& slot, Insn& insn) {
  if (slot.fromRegister()) {
    insn.kind = Kind::CallRegister;
    insn.src = slot.dst;
    return true;
  }
  switch (isa::Callee(slot.src)) {
    case isa::Callee::Helper:
      insn.kind = Kind::CallHelper;
      return true;
    case isa::Callee::Local:
      insn.kind = Kind::CallLocal;
      insn.off = slot.imm;
      return true;
    case isa::Callee::Kfunc:
      insn.kind = Kind::CallKfunc;
      return true;
  }
  return false;
}

bool decodeControl(const Slot& slot, Insn& insn) {
  bool isShort = slot.cls() == isa::Class::Jmp;
  switch (isa::Control(slot.code())) {
    case isa::Control::Goto:
      insn.kind = Kind::Goto;
      insn.off = isShort ? slot.off : slot.imm;
      return !slot.fromRegister();
    case isa::Control::Call:
      return isShort && decodeCall(slot, insn);
    case isa::Control::Exit:
      insn.kind = Kind::Exit;
      return isShort && !slot.fromRegister();
    case isa::Control::MayGoto:
      insn.kind = Kind::MayGoto;
      return isShort && !slot.fromRegister();
  }
  return false;
}

bool decodeJump(const Slot& slot, Insn& insn) {
  insn = fields(Kind::Jump, slot);
  insn.width = slot.cls() == isa::Class::Jmp ? 64 : 32;
  for (auto row : isa::jumpRows) {
    if (row.code != slot.code()) continue;
    insn.jump = row.op;
    return true;
  }
  return decodeControl(slot, insn);
}

bool decodeLd(const Slot& slot, Insn& insn) {
  insn = fields(Kind::Packet, slot);
  insn.size = sizeOf(slot);
  insn.fromRegister = slot.mode() == isa::Mode::Ind;
  if (slot.mode() == isa::Mode::Imm && insn.size == 8) {
    insn.kind = Kind::Wide;
    insn.from = isa::WideSource(slot.src);
    return slot.src <= uint8_t(isa::WideSource::MapIndexValue);
  }
  return insn.size < 8 && (slot.mode() == isa::Mode::Abs || slot.mode() == isa::Mode::Ind);
}

bool decodeLdx(const Slot& slot, Insn& insn) {
  insn = fields(Kind::Load, slot);
  insn.size = sizeOf(slot);
  insn.isSigned = slot.mode() == isa::Mode::Memsx;
  return slot.mode() == isa::Mode::Mem || (insn.isSigned && insn.size < 8);
}

bool decodeAtomic(const Slot& slot, Insn& insn) {
  insn.kind = Kind::Atomic;
  if (slot.imm == int32_t(isa::Ordered::LoadAcquire)) insn.kind = Kind::LoadAcquire;
  if (slot.imm == int32_t(isa::Ordered::StoreRelease)) insn.kind = Kind::StoreRelease;
  if (insn.kind != Kind::Atomic) return true;
  insn.fetches = (slot.imm & isa::fetchBit) != 0;
  for (auto row : isa::atomicRows) {
    if (row.imm != (slot.imm & ~isa::fetchBit)) continue;
    insn.atomic = row.op;
    return insn.size >= 4 && (insn.fetches || !row.alwaysFetches);
  }
  return false;
}

bool decodeStore(const Slot& slot, Insn& insn) {
  insn = fields(Kind::Store, slot);
  insn.size = sizeOf(slot);
  insn.fromRegister = slot.cls() == isa::Class::Stx;
  if (slot.mode() == isa::Mode::Mem) return true;
  return slot.mode() == isa::Mode::Atomic && insn.fromRegister && decodeAtomic(slot, insn);
}

/** What only lowered programs have; false for every other instruction. */
bool decodeInternal(const Slot& slot, Insn& insn) {
  bool isArithmetic = slot.cls() == isa::Class::Alu || slot.cls() == isa::Class::Alu64;
  insn = fields(Kind::Guard, slot);
  if (slot.cls() == isa::Class::Jmp) return slot.code() == uint8_t(isa::Internal::Guard) && !slot.fromRegister();
  if (isArithmetic && slot.code() == uint8_t(isa::Internal::Set)) {
    insn.kind = Kind::Set;
    insn.width = slot.cls() == isa::Class::Alu64 ? 64 : 32;
    insn.other = uint8_t(slot.imm);
    auto row = std::find_if(std::begin(isa::jumpRows), std::end(isa::jumpRows), [&](auto& row) { return row.code == slot.off; });
    if (row == std::end(isa::jumpRows)) return false;
    insn.jump = row->op;
    return !slot.fromRegister() || (slot.imm >= 0 && slot.imm <= 10);
  }
  if (slot.cls() == isa::Class::Alu) {
    insn.kind = Kind::Lookup;
    return slot.code() == uint8_t(isa::Internal::Lookup);
  }
  if (slot.cls() != isa::Class::Ldx) return false;
  insn.size = sizeOf(slot);
  insn.isSwapped = slot.imm != 0;
  insn.fromRegister = slot.mode() == isa::Mode(isa::Internal::RawIndexed);
  insn.kind = slot.mode() == isa::Mode(isa::Internal::Captured) ? Kind::Captured : Kind::Raw;
  return insn.kind == Kind::Captured || insn.fromRegister || slot.mode() == isa::Mode(isa::Internal::Raw);
}

bool decodeSlot(const Slot& slot, Insn& insn) {
  switch (slot.cls()) {
    case isa::Class::Alu:
    case isa::Class::Alu64:
      return decodeAlu(slot, insn);
    case isa::Class::Jmp:
    case isa::Class::Jmp32:
      return decodeJump(slot, insn);
    case isa::Class::Ld:
      return decodeLd(slot, insn);
    case isa::Class::Ldx:
      return decodeLdx(slot, insn);
    case isa::Class::St:
    case isa::Class::Stx:
      return decodeStore(slot, insn);
  }
  return false;
}

}  // namespace

Fault decode(std::span<const uint8_t> wire, size_t mapCount, bool isLowered, std::vector<Insn>& insns) {
  if (wire.empty() || wire.size() % slotBytes != 0) return {"expected a whole number of instructions of 8 bytes"};
  if (wire.size() / slotBytes > mostSlots) return {"expected at most 1000000 instructions"};
  insns.resize(wire.size() / slotBytes);
  for (uint32_t pc = 0; pc < insns.size(); pc++) {
    const uint8_t* bytes = wire.data() + pc * slotBytes;
    Slot slot = slotAt(bytes);
    bool isKnown = decodeSlot(slot, insns[pc]) || (isLowered && decodeInternal(slot, insns[pc]));
    if (!isKnown) return {"unknown instruction", pc};
    if (insns[pc].kind != Kind::Wide) continue;
    if (pc + 1 == insns.size()) return {"a wide load lacks its second half", pc};
    Slot second = slotAt(bytes + slotBytes);
    if (second.opcode != 0) return {"the second half of a wide load has an opcode", pc};
    insns[pc].value = int64_t(uint64_t(uint32_t(second.imm)) << 32 | uint32_t(insns[pc].imm));
    insns[++pc].kind = Kind::WideEnd;
  }
  return checkStructure(insns, mapCount);
}

}  // namespace unibpf::jit
