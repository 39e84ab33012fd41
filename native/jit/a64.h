// Machine code for arm64, one member an instruction.
//
// Registers, as Linux's own compiler has them:
//
//   r0  r1  r2  r3  r4  r5  r6   r7   r8   r9   r10
//   x7  x0  x1  x2  x3  x4  x19  x20  x21  x22  x25
//
// x9 to x12 are scratch, x23 is the Frame where one is needed. The packet's address and length are in x5 and x6, or in x24
// and x26 in a program that calls C; the batch loop has x8, x13 to x17, x26 to x28.
#pragma once

#include <asmjit/core.h>
#if __has_include(<asmjit/a64.h>)  // missing from Debian's package of asmjit 1.9
#include <asmjit/a64.h>
#else
#include <asmjit/arm.h>
#include <asmjit/arm/a64assembler.h>
#endif

#include <vector>

#include "jit/emitter.h"

namespace unibpf::jit {

/** Counts the packets of a batch. */
constexpr asmjit::a64::GpX batchIndex = asmjit::a64::x13;

class A64 final : public Emitter {
 public:
  A64(asmjit::CodeHolder& code, const Plan& plan);

 private:
  using Gp = asmjit::a64::Gp;
  using Mem = asmjit::a64::Mem;
  using Cond = asmjit::a64::CondCode;
  using InstId = asmjit::InstId;

  asmjit::BaseAssembler& assembler() override { return a; }

  // a64_entry.cc: the two ways in, and the loop around the packets
  size_t runEntry() override;
  size_t batchEntry() override;
  void batchLoop();
  void startRun(const Gp& frame);
  void chooseSaved(bool isBatch);
  void saveRegisters(const std::vector<Gp>& registers);
  void restoreRegisters(const std::vector<Gp>& registers);
  bool callsC() const { return plan.callsHelpers || plan.options.isChecked; }

  // a64.cc: what all instructions use
  Gp reg(uint8_t number, uint8_t width = 64) const;
  void constant(const Gp& reg, uint64_t value);
  Gp operand(const Insn& insn, const Gp& scratch);
  Mem at(const Gp& base, int64_t off, uint8_t size);
  Mem inFrame(size_t offset) const;
  void add(const Gp& dst, const Gp& base, int64_t number);
  void compare(const Gp& reg, int64_t number);
  void jump(Cond condition, const Label& target);
  void jump(const Label& target) override { a.b(target); }

  // a64_alu.cc
  void alu(const Insn& insn) override;
  void neg(const Insn& insn) override;
  void movsx(const Insn& insn) override;
  void swap(const Insn& insn) override;
  void wide(const Insn& insn) override;
  void move(const Insn& insn);
  void logic(const Insn& insn, InstId id);
  void shift(const Insn& insn);
  void divide(const Insn& insn);

  // a64_memory.cc
  void load(const Insn& insn) override;
  void store(const Insn& insn) override;
  void packet(const Insn& insn) override;
  void loadFrom(const Mem& from, const Insn& insn);
  void storeTo(const Mem& to, const Insn& insn);
  void packetBefore(uint32_t end, uint8_t size);
  void packetIndirect(const Insn& insn);
  void loadNetworkOrder(const Mem& from, uint8_t size);
  Mem checked(uint8_t base, const Insn& insn, bool writes);
  void emitCheck() override;

  // a64_lowered.cc
  void guard(const Insn& insn) override;
  void raw(const Insn& insn) override;
  void captured(const Insn& insn) override;
  void given(const Insn& insn) override;
  void set(const Insn& insn) override;
  void lookup(const Insn& insn) override;
  void probe(const Insn& insn, size_t way);

  // a64_atomic.cc
  void atomic(const Insn& insn) override;
  void loadAcquire(const Insn& insn) override;
  void storeRelease(const Insn& insn) override;
  void alignedAddress(uint8_t base, const Insn& insn, bool writes, const Label& done, std::function<void()> plain);
  void atomicInOne(const Insn& insn);
  void atomicLoop(const Insn& insn);
  void atomicPlain(const Insn& insn);
  void computeNew(const Insn& insn, const Label& unchanged);
  void fetchOld(const Insn& insn);

  // a64_control.cc
  void conditional(const Insn& insn) override;
  void compareOperands(const Insn& insn, uint8_t first, uint8_t second);
  void test(const Insn& insn, uint8_t first, uint8_t second);
  void mayGoto(const Insn& insn) override;
  void callHelper(const Insn& insn) override;
  void callLocal(const Insn& insn) override;
  void callBody(const Label& body) override;
  void callFunction(const Label& function);
  void returnFromFunction() override;
  void clearResult() override { constant(reg(0), 0); }
  void charge(uint32_t instructions) override;
  void jumpIfOverdrawn(const Label& target) override { jump(Cond::kMI, target); }
  void noteTrap(Trap code, uint32_t pc) override;
  void unwind() override;

  asmjit::a64::Assembler a;
  Gp data_;                // the packet's address
  Gp captured_;            // and its length
  std::vector<Gp> saved_;  // registers of our caller that the entry saves
  bool framed_ = false;    // x23 holds the Frame
  bool isLong_;            // conditional jumps, which reach 1 MiB, may not reach their targets
};

}  // namespace unibpf::jit
