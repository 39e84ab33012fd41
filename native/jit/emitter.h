// What the emitters of all processors have in common: the way through the program, labels, traps and the count of
// instructions. A processor brings one member an instruction, and the two entries.
//
// An entry is laid out so:  saves, arguments, body, restores, return; behind it what the body has put off. The body of a
// program with functions of its own is itself called, so that `exit` is a return everywhere.
#pragma once

#include <asmjit/core.h>

#include <functional>
#include <vector>

#include "jit/frame.h"
#include "jit/plan.h"

namespace unibpf::jit {

/** Byte offsets of the two entries; a program has the second where its plan says so. */
struct Entries {
  size_t run = 0;
  size_t batch = 0;
  size_t lanes = 1;  // how many packets the second takes at a time
};

class Emitter {
 public:
  explicit Emitter(const Plan& plan) : plan(plan) {}
  virtual ~Emitter() = default;
  Entries emit();

 protected:
  using Label = asmjit::Label;

  virtual asmjit::BaseAssembler& assembler() = 0;
  virtual size_t runEntry() = 0;
  virtual size_t batchEntry() = 0;
  /** How many packets a batch takes at a time. */
  virtual size_t lanes() const { return 1; }

  // one a kind of instruction; those that aren't here are jumps or traps
  virtual void alu(const Insn& insn) = 0;
  virtual void neg(const Insn& insn) = 0;
  virtual void movsx(const Insn& insn) = 0;
  virtual void swap(const Insn& insn) = 0;
  virtual void wide(const Insn& insn) = 0;
  virtual void load(const Insn& insn) = 0;
  virtual void store(const Insn& insn) = 0;
  virtual void atomic(const Insn& insn) = 0;
  virtual void loadAcquire(const Insn& insn) = 0;
  virtual void storeRelease(const Insn& insn) = 0;
  virtual void packet(const Insn& insn) = 0;
  virtual void conditional(const Insn& insn) = 0;
  virtual void mayGoto(const Insn& insn) = 0;
  virtual void callHelper(const Insn& insn) = 0;
  virtual void callLocal(const Insn& insn) = 0;
  virtual void guard(const Insn& insn) = 0;
  virtual void raw(const Insn& insn) = 0;
  virtual void captured(const Insn& insn) = 0;
  virtual void given(const Insn& insn) = 0;
  virtual void set(const Insn& insn) = 0;
  virtual void lookup(const Insn& insn) = 0;

  virtual void jump(const Label& target) = 0;
  /** Calls the body, and notes in the frame where a trap finds the native stack. */
  virtual void callBody(const Label& body) = 0;
  virtual void returnFromFunction() = 0;
  virtual void clearResult() = 0;
  /** frame->budget -= instructions */
  virtual void charge(uint32_t instructions) = 0;
  /** Follows a charge: goes on at the label if the budget is below zero. */
  virtual void jumpIfOverdrawn(const Label& target) = 0;
  /** frame->trap = code, frame->trapPc = pc */
  virtual void noteTrap(Trap code, uint32_t pc) = 0;
  /** Takes the native stack back to where callBody noted it. */
  virtual void unwind() = 0;
  /** The routine at `check_` that asks whether an access is allowed. */
  virtual void emitCheck() = 0;

  void enterBody();
  void finishBody();
  Label target(const Insn& insn) const { return labels_[pc_ + 1 + insn.off]; }
  Label trap(Trap code);
  void later(std::function<void()> code) { outOfLine_.push_back(std::move(code)); }

  const Plan& plan;
  Label zero_;       // leaves the function with 0
  Label leave_;      // leaves the function with r0
  Label exit_;       // leaves the program with r0
  Label abort_;      // leaves the program after a trap
  Label check_;      // asks whether an access is allowed
  bool inBatch_ = false;  // the code of the entry for many packets is being emitted
  uint32_t pc_ = 0;  // the slot whose code is being emitted

 private:
  void body();
  void slots(size_t first, size_t end);
  void slot(const Insn& next);
  void insn(const Insn& insn);
  void exit();
  void count(const Insn& insn);
  void settleCount();

  Label main_;                                    // the body of a program with functions
  std::vector<Label> labels_;                     // of the instructions that a jump leads to
  std::vector<std::function<void()>> outOfLine_;  // code that is seldom run, behind the body
  uint32_t uncounted_ = 0;                        // instructions since the budget was last charged
};

}  // namespace unibpf::jit
