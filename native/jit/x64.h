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
#include <functional>
#include <optional>
#include <vector>

#include "jit/branches.h"
#include "jit/frame.h"
#include "jit/plan.h"

namespace unibpf::jit {

/** Byte offsets of the two entries. */
struct Entries {
  size_t run = 0;
  size_t batch = 0;
};

class X64 {
 public:
  X64(asmjit::CodeHolder& code, const Plan& plan, Branches& branches);
  Entries emit();

 private:
  using Gp = asmjit::x86::Gp;
  using Mem = asmjit::x86::Mem;
  using Label = asmjit::Label;
  using Cond = asmjit::x86::CondCode;
  enum Variable { Data, Captured, Index, Base, Offsets, Lengths, Ahead, Verdicts, Count, Matches };
  static constexpr size_t variables = Matches + 1;

  // x64_entry.cc: the two ways in, and the loop around the packets
  size_t runEntry();
  size_t batchEntry();
  void batchLoop();
  void prefetch();
  void place(std::initializer_list<Variable> wanted, bool needsFrame);
  std::vector<Gp> freeRegisters() const;
  bool padsStack() const;
  void saveRegisters();
  void restoreRegisters();
  void startRun(const Gp& frame);
  void enterBody();
  void finishBody();
  Gp valueOf(Variable variable, Gp scratch);
  void setVariable(Variable variable, const Mem& value);
  void clearVariable(Variable variable);
  asmjit::Operand home(Variable variable) const;

  // x64.cc: the body, and what all instructions use
  void body();
  void slot(const Insn& next);
  void insn(const Insn& insn);
  Gp reg(uint8_t number, uint8_t width = 64) const;
  void jump(Cond condition, const Label& target);
  void jump(const Label& target);
  void constant(Gp reg, int64_t value);
  void later(std::function<void()> code) { outOfLine_.push_back(std::move(code)); }

  // x64_alu.cc
  void alu(const Insn& insn);
  void move(const Insn& insn);
  void multiply(const Insn& insn);
  void shift(const Insn& insn);
  void divide(const Insn& insn);
  void divideByConstant(const Insn& insn);
  void divideByScratch(const Insn& insn);
  void neg(const Insn& insn);
  void movsx(const Insn& insn);
  void swap(const Insn& insn);
  void wide(const Insn& insn);

  // x64_memory.cc
  void load(const Insn& insn);
  void store(const Insn& insn);
  void packet(const Insn& insn);
  void packetBefore(uint32_t end, uint8_t size);
  void packetIndirect(const Insn& insn);
  void loadNetworkOrder(const Mem& from);
  void atomic(const Insn& insn);
  void atomicLoop(const Insn& insn, const Mem& at);

  // x64_jump.cc
  void conditional(const Insn& insn);
  void mayGoto(const Insn& insn);
  void exit();

  // x64_call.cc
  void callHelper(const Insn& insn);
  void callLocal(const Insn& insn);

  // x64_check.cc: budget, traps, and the checks of what nobody verified
  Label trap(Trap code);
  void count(const Insn& insn);
  void settleCount();
  Mem checked(uint8_t base, const Insn& insn, bool writes);
  void emitAbort();
  void emitCheck();

  asmjit::x86::Assembler a;
  const Plan& plan;
  Branches& branches;
  std::array<std::optional<Gp>, variables> registers_;  // of the variables; those without one are in the Frame
  std::vector<Label> labels_;                           // of the instructions that a jump leads to
  std::vector<std::function<void()>> outOfLine_;        // code that is seldom run, behind the body
  Label main_;                                          // the body of a program with functions, which is called
  Label zero_;                                          // leaves the function with 0
  Label leave_;                                         // leaves the function with r0
  Label exit_;                                          // leaves the program with r0
  Label abort_;                                         // leaves the program after a trap
  Label check_;                                         // asks whether an access is allowed
  uint32_t pc_ = 0;
  uint32_t uncounted_ = 0;  // instructions since the budget was last charged
  std::vector<Gp> saved_;  // registers of our caller that the entry saves
  bool framed_ = false;    // r12 holds the Frame
};

}  // namespace unibpf::jit
