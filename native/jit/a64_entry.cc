// The two ways into a program: one run, and the loop over a batch of packets.
#include "jit/a64.h"

namespace unibpf::jit {

namespace a64 = asmjit::a64;

namespace {

constexpr uint16_t firstArgument = 1 << 1;
constexpr uint16_t secondArgument = 1 << 2;
constexpr uint16_t framePointer = 1 << 10;

// The variables of the batch loop. A program in a loop calls no C, so that most need not be saved.
constexpr a64::GpX index = batchIndex;
constexpr a64::GpX base = a64::x14;
constexpr a64::GpX offsets = a64::x15;
constexpr a64::GpX lengths = a64::x16;
constexpr a64::GpX ahead = a64::x17;
constexpr a64::GpX lastReadable = a64::x26;
constexpr a64::GpX verdicts = a64::x8;
constexpr a64::GpX total = a64::x27;
constexpr a64::GpX matches = a64::x28;

}  // namespace

// uint64_t run(Frame *x0)
size_t A64::runEntry() {
  size_t start = a.offset();
  framed_ = plan.needsFrame;
  chooseSaved(false);
  saveRegisters(saved_);
  Gp frame = framed_ ? a64::x23 : a64::x12;
  a.mov(frame, a64::x0);
  if (plan.hasPacketLoads) {
    a.ldr(data_, a64::ptr(frame, offsetof(Frame, data)));
    a.ldr(captured_, a64::ptr(frame, offsetof(Frame, captured)));
  }
  if (plan.read & framePointer) a.ldr(reg(10), a64::ptr(frame, offsetof(Frame, framePointer)));
  for (uint8_t number : {1, 2}) {
    size_t offset = offsetof(Frame, arguments) + (number - 1) * sizeof(uint64_t);
    if (plan.live.atStart >> number & 1) a.ldr(reg(number), a64::ptr(frame, int32_t(offset)));
  }
  startRun(frame);
  enterBody();
  a.mov(a64::x0, reg(0));
  restoreRegisters(saved_);
  a.ret(a64::x30);
  finishBody();
  return start;
}

// uint64_t batch(Frame *x0, const Batch *x1)
size_t A64::batchEntry() {
  size_t start = a.offset();
  framed_ = plan.needsFrame;
  chooseSaved(true);
  saveRegisters(saved_);
  if (framed_) a.mov(a64::x23, a64::x0);
  if (plan.read & framePointer) a.ldr(reg(10), a64::ptr(a64::x0, offsetof(Frame, framePointer)));
  a.ldr(base, a64::ptr(a64::x1, offsetof(Batch, data)));
  a.ldr(offsets, a64::ptr(a64::x1, offsetof(Batch, offsets)));
  a.ldr(lengths, a64::ptr(a64::x1, offsetof(Batch, captured)));
  a.add(ahead, offsets, prefetchDistance * sizeof(uint32_t));
  a.ldr(verdicts, a64::ptr(a64::x1, offsetof(Batch, verdicts)));
  a.ldr(total, a64::ptr(a64::x1, offsetof(Batch, count)));
  if (plan.guards) {
    a.ldr(lastReadable, a64::ptr(a64::x1, offsetof(Batch, end)));
    constant(a64::x9, uint64_t(plan.insns[0].imm));
    a.sub(lastReadable, lastReadable, a64::x9);
  }
  if (plan.readsLength) {
    a.ldr(a64::x9, a64::ptr(a64::x1, offsetof(Batch, lengths)));
    a.str(a64::x9, inFrame(offsetof(Frame, lengths)));
  }
  constant(index, 0);
  constant(matches, 0);
  batchLoop();
  return start;
}

void A64::batchLoop() {
  Label next = a.newLabel();
  a.bind(next);
  // prfm pldl1keep, [base + ahead[index]], which asmjit doesn't have
  a.ldr(a64::w9, a64::ptr(ahead, index, a64::lsl(2)));
  a.embedUInt32(0xf8a06800 | a64::x9.id() << 16 | base.id() << 5);
  a.ldr(data_.w(), a64::ptr(offsets, index, a64::lsl(2)));
  a.add(data_, data_, base);
  a.ldr(captured_.w(), a64::ptr(lengths, index, a64::lsl(2)));
  if (plan.live.atStart & firstArgument) a.mov(reg(1), data_);
  if (plan.live.atStart & secondArgument) a.mov(reg(2), captured_);
  if (plan.options.budget) {
    constant(a64::x9, uint64_t(*plan.options.budget));
    a.str(a64::x9, inFrame(offsetof(Frame, budget)));
  }
  startRun(a64::x23);
  enterBody();
  a.str(reg(0, 32), a64::ptr(verdicts, index, a64::lsl(2)));
  a.cmp(reg(0, 32), 0);
  a.cinc(matches, matches, Cond::kNE);
  a.add(index, index, 1);
  a.cmp(index, total);
  jump(Cond::kLO, next);
  a.mov(a64::x0, matches);
  restoreRegisters(saved_);
  a.ret(a64::x30);
  finishBody();
}

// in a run: if (captured < bytes) goto target; in a batch: if (data > lastReadable) goto target
void A64::guard(const Insn& insn) {
  if (inBatch_) {
    a.cmp(data_, lastReadable);
    return jump(Cond::kHI, target(insn));
  }
  compare(captured_, insn.imm);
  jump(Cond::kLO, target(insn));
}

/** What a run begins with: all its rounds of may_goto, and nothing in what an unverified program may read before it writes it. */
void A64::startRun(const Gp& frame) {
  if (plan.hasMayGoto) {
    constant(a64::x9, mayGotoLimit);
    a.str(a64::x9, a64::ptr(frame, offsetof(Frame, mayGotos)));
  }
  if (!plan.options.isChecked) return;
  for (uint8_t number : {0, 3, 4, 5, 6, 7, 8, 9}) {
    if (plan.live.atStart >> number & 1) constant(reg(number), 0);
  }
}

void A64::chooseSaved(bool isBatch) {
  saved_.clear();
  for (uint8_t number : {6, 7, 8, 9, 10}) {
    if (plan.touched >> number & 1) saved_.push_back(reg(number));
  }
  if (framed_) saved_.push_back(a64::x23);
  if (plan.hasPacketLoads && callsC()) saved_.insert(saved_.end(), {a64::x24, a64::x26});
  if (isBatch) saved_.insert(saved_.end(), {a64::x27, a64::x28});
  if (isBatch && plan.guards) saved_.push_back(lastReadable);
  if (callsC() || plan.callsFunctions) saved_.push_back(a64::x30);
}

/** Pushes pairs, since the stack stays aligned to 16 bytes. */
void A64::saveRegisters(const std::vector<Gp>& registers) {
  for (size_t i = 0; i < registers.size(); i += 2) {
    Gp second = i + 1 < registers.size() ? registers[i + 1] : Gp(a64::xzr);
    a.stp(registers[i], second, a64::ptr_pre(a64::sp, -16));
  }
}

void A64::restoreRegisters(const std::vector<Gp>& registers) {
  for (size_t i = (registers.size() + 1) / 2 * 2; i > 0; i -= 2) {
    Gp second = i - 1 < registers.size() ? registers[i - 1] : Gp(a64::xzr);
    a.ldp(registers[i - 2], second, a64::ptr_post(a64::sp, 16));
  }
}

}  // namespace unibpf::jit
