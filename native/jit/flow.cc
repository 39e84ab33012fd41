#include "jit/flow.h"

#include <algorithm>
#include <optional>

#include "jit/packet.h"
#include "jit/structure.h"

namespace unibpf::jit {
namespace {

constexpr uint8_t framePointer = 10;
constexpr Known everything{~0u, ~0ull};  // what is known where no path has led yet

Known meet(Known a, Known b) { return {std::min(a.packetBytes, b.packetBytes), a.written & b.written}; }

/** The stack bytes of an access as bits; nothing where it isn't one of the 64 bytes below r10. */
std::optional<uint64_t> stackBytes(uint8_t base, const Insn& insn) {
  if (base != framePointer || insn.off < -64 || insn.off + insn.size > 0) return std::nullopt;
  uint64_t bits = (1ull << insn.size) - 1;
  return bits << (-insn.off - insn.size);
}

Known after(const Insn& insn, Known known, int32_t networkHeader) {
  if (insn.kind == Kind::Packet && !insn.fromRegister) {
    if (auto end = packetEnd(insn, networkHeader)) known.packetBytes = std::max(known.packetBytes, *end);
  }
  if (insn.kind == Kind::Store || insn.kind == Kind::StoreRelease) {
    known.written |= stackBytes(insn.dst, insn).value_or(0);
  }
  return known;
}

/** The register that an instruction reads memory through, if it does. */
std::optional<uint8_t> readsThrough(const Insn& insn) {
  if (insn.kind == Kind::Load || insn.kind == Kind::LoadAcquire) return insn.src;
  if (insn.kind == Kind::Atomic) return insn.dst;
  return std::nullopt;
}

/** Whether r10 itself, and not what it points to, goes on to somewhere else. */
bool passesFramePointer(const Insn& insn) {
  if (readsThrough(insn) == framePointer) return insn.kind == Kind::Atomic && insn.src == framePointer;
  bool isStore = insn.kind == Kind::Store || insn.kind == Kind::StoreRelease;
  if (isStore && insn.dst == framePointer) return insn.fromRegister && insn.src == framePointer;
  return (registersRead(insn) >> framePointer & 1) != 0;
}

}  // namespace

std::vector<Known> knownBefore(std::span<const Insn> insns, int32_t networkHeader) {
  std::vector<Known> known(insns.size(), everything);
  known[0] = {};
  auto target = [&](size_t pc) { return size_t(int64_t(pc) + 1 + insns[pc].off); };
  for (size_t pc = 0; pc < insns.size(); pc++) {
    bool isEntered = insns[pc].kind == Kind::CallLocal || (isBranch(insns[pc]) && insns[pc].off < 0);
    if (isEntered) known[target(pc)] = {};
  }
  for (size_t pc = 0; pc < insns.size(); pc++) {
    Known next = after(insns[pc], known[pc], networkHeader);
    if (isBranch(insns[pc])) known[target(pc)] = meet(known[target(pc)], next);
    if (fallsThrough(insns[pc]) && pc + 1 < insns.size()) known[pc + 1] = meet(known[pc + 1], next);
  }
  return known;
}

bool readsUnwrittenStack(std::span<const Insn> insns, std::span<const Known> known) {
  for (size_t pc = 0; pc < insns.size(); pc++) {
    if (passesFramePointer(insns[pc])) return true;
    if (readsThrough(insns[pc]) != framePointer) continue;
    auto bytes = stackBytes(framePointer, insns[pc]);
    if (!bytes || (*bytes & ~known[pc].written) != 0) return true;
  }
  return false;
}

// ---- backward --------------------------------------------------------------------------------------------------------

namespace {

/** @param atExit what the caller of a function may read */
uint16_t liveBefore(const Insn& insn, uint16_t after, uint16_t atExit) {
  constexpr uint16_t all = 0x7ff;
  uint16_t written = registersWritten(insn);
  if (insn.kind == Kind::CallLocal) return all;  // the function may read them all
  if (insn.kind == Kind::Exit) return atExit;
  if (isPure(insn) && (written & after) == 0) return after;
  uint16_t before = uint16_t((after & ~written) | registersRead(insn));
  return insn.kind == Kind::Packet ? uint16_t(before | (atExit & ~written)) : before;  // it may leave
}

}  // namespace

Live liveRegisters(std::span<const Insn> insns) {
  bool hasFunctions = std::any_of(insns.begin(), insns.end(), [](auto& insn) { return insn.kind == Kind::CallLocal; });
  uint16_t atExit = hasFunctions ? 0x3f : 0x01;  // a function leaves r0 to r5 as they are
  Live live{std::vector<uint16_t>(insns.size()), 0};
  std::vector<uint16_t> before(insns.size() + 1);
  for (bool isChanging = true; isChanging;) {
    isChanging = false;
    for (size_t pc = insns.size(); pc-- > 0;) {
      uint16_t after = fallsThrough(insns[pc]) ? before[pc + 1] : 0;
      if (isBranch(insns[pc])) after |= before[size_t(int64_t(pc) + 1 + insns[pc].off)];
      live.after[pc] = after;
      uint16_t now = liveBefore(insns[pc], after, atExit);
      isChanging |= now != before[pc];
      before[pc] = now;
    }
  }
  live.atStart = before[0];
  return live;
}

}  // namespace unibpf::jit
