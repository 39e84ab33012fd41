// Machine code for x86-64, one member an instruction.
//
// Registers (System V; asmjit's assembler, no allocator, since everything fits):
//
//   r0   r1   r2   r3   r4   r5   r6   r7   r8   r9   r10
//   rax  rdi  rsi  rdx  r10  r8   rbx  r13  r14  r15  rbp
//
// rcx and r11 are scratch (shifts want cl), r12 is the Frame where one is needed. The packet's address and length, and the variables of the
// batch loop, live in registers that the program leaves free, or else in the Frame. Within a body the native stack is
// aligned to 16 bytes.
#pragma once

#include <asmjit/x86.h>

#include <array>
#include <optional>
#include <vector>

#include "jit/branches.h"
#include "jit/emitter.h"
#include "jit/lanes.h"

namespace unibpf::jit {

class X64 final : public Emitter {
 public:
  /** @param lanes what the loop over many packets at a time does; null: there is none */
  X64(asmjit::CodeHolder& code, const Plan& plan, const Lanes* lanes, Branches& branches);

 private:
  using Gp = asmjit::x86::Gp;
  using Mem = asmjit::x86::Mem;
  using Cond = asmjit::x86::CondCode;
  using RegisterSet = uint32_t;  // a bit for each register, by its number in machine code
  enum Variable { Data, Captured, Index, Base, Offsets, Lengths, Verdicts, Matches };
  static constexpr size_t variables = Matches + 1;

  asmjit::BaseAssembler& assembler() override { return a; }

  // x64_entry.cc: the two ways in, and the loop around the packets
  size_t runEntry() override;
  size_t batchEntry() override;
  size_t lanes() const override { return lanes_ ? lanesAtOnce : 1; }
  void prepareBatch();
  void batchLoop();
  void setPacket();
  void setArguments();
  void prefetch();
  void prefetchLines(const Gp& base);
  void startRun(const Gp& frame);
  void place(std::initializer_list<Variable> wanted, bool needsFrame);
  RegisterSet freeRegisters() const;
  bool padsStack() const;
  int32_t lastReadableOffset() const { return 0; }
  void saveRegisters();
  void restoreRegisters();
  Gp valueOf(Variable variable, Gp scratch);
  void setVariable(Variable variable, const Gp& value);
  asmjit::Operand home(Variable variable) const;

  // x64.cc: what all instructions use
  Gp reg(uint8_t number, uint8_t width = 64) const;
  void constant(Gp reg, int64_t value);
  void jump(Cond condition, const Label& target);
  void align(asmjit::AlignMode mode, uint32_t bytes);
  void jump(const Label& target) override;

  // x64_alu.cc
  void alu(const Insn& insn) override;
  void neg(const Insn& insn) override;
  void movsx(const Insn& insn) override;
  void swap(const Insn& insn) override;
  void wide(const Insn& insn) override;
  void move(const Insn& insn);
  void multiply(const Insn& insn);
  void shift(const Insn& insn);
  void divide(const Insn& insn);
  void divideByConstant(const Insn& insn);
  void divideByScratch(const Insn& insn);

  // x64_memory.cc
  void load(const Insn& insn) override;
  void store(const Insn& insn) override;
  void loadAcquire(const Insn& insn) override { load(insn); }    // loads are ordered here
  void storeRelease(const Insn& insn) override { store(insn); }  // and stores too
  void atomic(const Insn& insn) override;
  void packet(const Insn& insn) override;
  void packetBefore(uint32_t end, uint8_t size);
  void packetIndirect(const Insn& insn);
  void loadNetworkOrder(const Mem& from);
  void atomicLoop(const Insn& insn, const Mem& at);
  Mem checked(uint8_t base, const Insn& insn, bool writes);
  void emitCheck() override;

  // x64_lowered.cc
  void guard(const Insn& insn) override;
  void raw(const Insn& insn) override;
  void captured(const Insn& insn) override;
  void given(const Insn& insn) override;
  void wireLength(const Gp& dst);
  void set(const Insn& insn) override;
  void lookup(const Insn& insn) override;
  void hash(const Gp& number, const Table& table, size_t way);
  void setFrom(Cond condition, const Gp& dst, bool isClear);
  bool isComparedOnly(const Insn& captured) const;

  // x64_lanes.cc: the loop over eight packets at a time
  void prepareLanes();
  void addLanes(const Gp& matches);
  void lanesLoop(const Label& one, const Label& done);

  // x64_control.cc
  void compare(const Gp& dst, const Gp& src, const Insn& insn);
  void conditional(const Insn& insn) override;
  void mayGoto(const Insn& insn) override;
  void callHelper(const Insn& insn) override;
  void callLocal(const Insn& insn) override;
  void callBody(const Label& body) override;
  void returnFromFunction() override { a.ret(); }
  void clearResult() override { constant(reg(0), 0); }
  void charge(uint32_t instructions) override;
  void jumpIfOverdrawn(const Label& target) override { jump(Cond::kS, target); }
  void noteTrap(Trap code, uint32_t pc) override;
  void unwind() override;

  asmjit::x86::Assembler a;
  Branches& branches;
  std::array<std::optional<Gp>, variables> registers_;  // of the variables; those without one are in the Frame
  std::vector<Gp> saved_;                               // registers of our caller that the entry saves
  uint32_t comparesCaptured_ = ~0u;                     // the slot whose comparison takes the packet's length from where it is
  const Lanes* lanes_;                                  // what the loop over many packets at a time does, or null
  bool framed_ = false;                                 // r12 holds the Frame
};

}  // namespace unibpf::jit
