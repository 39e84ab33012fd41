// The two ways into a program: one run, and the loop over a batch of packets.
#include <bit>
#include <utility>

#include "jit/x64.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

namespace {

constexpr uint16_t firstArgument = 1 << 1;
constexpr uint16_t secondArgument = 1 << 2;
constexpr uint16_t framePointer = 1 << 10;

/** What may hold a variable of ours: registers that calls don't keep (short encodings first), and those that they do. */
const x86::Gp scratched[] = {x86::rsi, x86::rdi, x86::rdx, x86::r8, x86::r10, x86::r9};
const x86::Gp kept[] = {x86::rbx, x86::rbp, x86::r13, x86::r14, x86::r15, x86::r12};

uint32_t bit(const x86::Gp& reg) { return 1u << reg.id(); }
bool has(uint32_t set, const x86::Gp& reg) { return (set & bit(reg)) != 0; }

x86::Mem inFrame(const x86::Gp& frame, size_t offset, uint8_t size = 8) {
  return x86::Mem(frame, int32_t(offset), size);
}

}  // namespace

// uint64_t run(Frame *rdi)
size_t X64::runEntry() {
  size_t start = a.offset();
  plan.hasPacketLoads ? place({Data, Captured}, plan.needsFrame) : place({}, plan.needsFrame);
  saveRegisters();
  bool readsFrame = plan.hasPacketLoads || (plan.readsArguments || (plan.read & framePointer));
  Gp frame = framed_ ? x86::r12 : x86::r11;
  if (framed_ || readsFrame) a.mov(frame, x86::rdi);
  if (registers_[Data]) a.mov(*registers_[Data], inFrame(frame, offsetof(Frame, data)));
  if (registers_[Captured]) a.mov(*registers_[Captured], inFrame(frame, offsetof(Frame, captured)));
  if (plan.read & framePointer) a.mov(reg(10), inFrame(frame, offsetof(Frame, framePointer)));
  for (uint8_t number : {1, 2}) {
    size_t offset = offsetof(Frame, arguments) + (number - 1) * sizeof(uint64_t);
    if (plan.live.atStart >> number & 1) a.mov(reg(number), inFrame(frame, offset));
  }
  startRun(frame);
  enterBody();
  restoreRegisters();
  a.ret();
  finishBody();
  return start;
}

// uint64_t batch(Frame *rdi, const Batch *rsi)
size_t X64::batchEntry() {
  align(asmjit::AlignMode::kCode, 16);
  size_t start = a.offset();
  plan.hasPacketLoads ? place({Data, Captured, Index, Base, Offsets, Lengths, Verdicts, Matches}, plan.needsFrame)
                      : place({Index, Base, Offsets, Lengths, Verdicts, Matches}, plan.needsFrame);
  saveRegisters();
  if (framed_) a.mov(x86::r12, x86::rdi);
  if (plan.read & framePointer) a.mov(reg(10), inFrame(x86::rdi, offsetof(Frame, framePointer)));
  if (lanes_) prepareLanes();
  if (plan.guards) a.push(x86::rcx);
  a.mov(x86::r11, x86::rsi);
  prepareBatch();
  batchLoop();
  return start;
}

/** The variables of the loop: the index runs from -count to 0, and arrays are addressed from their ends. */
void X64::prepareBatch() {
  auto field = [](size_t offset) { return inFrame(x86::r11, offset); };
  if (plan.guards) {
    a.mov(x86::rcx, field(offsetof(Batch, end)));
    a.sub(x86::rcx, plan.insns[0].imm);
    a.mov(x86::qword_ptr(x86::rsp, lastReadableOffset()), x86::rcx);
  }
  a.mov(x86::rcx, field(offsetof(Batch, data)));
  setVariable(Base, x86::rcx);
  const std::pair<Variable, size_t> arrays[] = {
      {Offsets, offsetof(Batch, offsets)}, {Lengths, offsetof(Batch, captured)}, {Verdicts, offsetof(Batch, verdicts)}};
  for (auto [variable, offset] : arrays) {
    a.mov(x86::rcx, field(offsetof(Batch, count)));
    a.shl(x86::rcx, 2);
    a.add(x86::rcx, field(offset));
    setVariable(variable, x86::rcx);
  }
  if (plan.readsLength) {
    a.mov(x86::rcx, field(offsetof(Batch, count)));
    a.shl(x86::rcx, 2);
    a.add(x86::rcx, field(offsetof(Batch, lengths)));
    a.mov(inFrame(x86::r12, offsetof(Frame, lengths)), x86::rcx);
  }
  a.mov(x86::rcx, field(offsetof(Batch, count)));
  a.neg(x86::rcx);
  setVariable(Index, x86::rcx);
  a.xor_(x86::ecx, x86::ecx);
  setVariable(Matches, x86::rcx);
}

void X64::batchLoop() {
  Label next = a.newLabel();
  Label many, done;
  if (lanes_) {
    many = a.newLabel();
    done = a.newLabel();
    a.emit(x86::Inst::kIdTest, home(Index), asmjit::Imm(lanesAtOnce - 1));
    jump(Cond::kNZ, next);
    a.bind(many);
    lanesLoop(next, done);
  }
  align(asmjit::AlignMode::kCode, 16);
  a.bind(next);
  prefetch();
  plan.hasPacketLoads ? setPacket() : setArguments();
  if (plan.options.budget) {
    constant(x86::r11, *plan.options.budget);
    a.mov(inFrame(x86::r12, offsetof(Frame, budget)), x86::r11);
  }
  startRun(x86::r12);
  enterBody();
  a.mov(x86::dword_ptr(valueOf(Verdicts, x86::r11), valueOf(Index, x86::rcx), 2), x86::eax);
  a.cmp(x86::eax, 1);
  a.emit(x86::Inst::kIdSbb, home(Matches), asmjit::Imm(-1));  // plus 1 where the verdict is not 0
  a.emit(x86::Inst::kIdInc, home(Index));
  if (lanes_) {
    jump(Cond::kZ, done);
    a.emit(x86::Inst::kIdTest, home(Index), asmjit::Imm(lanesAtOnce - 1));
    jump(Cond::kNZ, next);
    jump(many);
    a.bind(done);
  } else {
    jump(Cond::kNZ, next);
  }
  a.emit(x86::Inst::kIdMov, x86::rax, home(Matches));
  if (plan.guards) a.pop(x86::rcx);
  if (lanes_) a.pop(x86::rcx);
  restoreRegisters();
  a.ret();
  finishBody();
}

/** Where the packet is and how many bytes it has, for packet loads and the arguments alike. */
void X64::setPacket() {
  Gp index = valueOf(Index, x86::rcx);
  Gp data = registers_[Data].value_or(x86::r11);
  a.mov(data.r32(), x86::dword_ptr(valueOf(Offsets, x86::r11), index, 2));
  a.emit(x86::Inst::kIdAdd, data, home(Base));
  if (!registers_[Data]) a.emit(x86::Inst::kIdMov, home(Data), data);
  if (plan.live.atStart & firstArgument) a.mov(reg(1), data);
  Gp captured = registers_[Captured].value_or(x86::r11);
  a.mov(captured.r32(), x86::dword_ptr(valueOf(Lengths, x86::r11), index, 2));
  if (plan.live.atStart & secondArgument) a.mov(reg(2), captured);
  if (!registers_[Captured]) a.emit(x86::Inst::kIdMov, home(Captured), captured);
}

/** The same where only the arguments tell of it. */
void X64::setArguments() {
  Gp index = valueOf(Index, x86::rcx);
  if (plan.live.atStart & firstArgument) {
    a.mov(reg(1, 32), x86::dword_ptr(valueOf(Offsets, x86::r11), index, 2));
    a.emit(x86::Inst::kIdAdd, reg(1), home(Base));
  }
  if (plan.live.atStart & secondArgument) a.mov(reg(2, 32), x86::dword_ptr(valueOf(Lengths, x86::r11), index, 2));
}

/** Asks for the headers of a packet that comes later. */
void X64::prefetch() {
  Gp index = valueOf(Index, x86::rcx);
  a.mov(x86::ecx, x86::dword_ptr(valueOf(Offsets, x86::r11), index, 2, int32_t(prefetchDistance * sizeof(uint32_t))));
  prefetchLines(valueOf(Base, x86::r11));
}

/** rcx says where the packet is in the buffer. */
void X64::prefetchLines(const Gp& base) {
  a.prefetcht0(x86::ptr(base, x86::rcx, 0, firstByte));
  if (plan.farByte > firstByte + nearBytes) a.prefetcht0(x86::ptr(base, x86::rcx, 0, plan.farByte));
}

/** Gives each variable a register that the program leaves free, as long as there are any. */
void X64::place(std::initializer_list<Variable> wanted, bool needsFrame) {
  registers_.fill(std::nullopt);
  framed_ = needsFrame;
  RegisterSet available = freeRegisters();
  if (size_t(std::popcount(available)) < wanted.size() && !framed_) {
    framed_ = true;
    available = freeRegisters();
  }
  saved_.clear();
  for (const Gp& reg : kept) {
    if (!has(available, reg)) saved_.push_back(reg);  // the program's, or the Frame
  }
  auto variable = wanted.begin();
  auto give = [&](const Gp& reg) {
    if (variable == wanted.end() || !has(available, reg)) return false;
    registers_[*variable++] = reg;
    return true;
  };
  for (const Gp& reg : scratched) give(reg);
  for (const Gp& reg : kept) {
    if (give(reg)) saved_.push_back(reg);
  }
}

/** The registers that hold nothing of the program's, nor the Frame. */
X64::RegisterSet X64::freeRegisters() const {
  RegisterSet free = 0;
  for (const Gp& reg : kept) free |= bit(reg);
  if (!plan.callsHelpers) {
    for (const Gp& reg : scratched) free |= bit(reg);
  }
  for (uint8_t number = 0; number <= 10; number++) {
    if (plan.touched >> number & 1) free &= ~bit(reg(number));
  }
  return framed_ ? free & ~bit(x86::r12) : free;
}

/** Whether the stack needs 8 bytes more to be aligned in a body that calls something; we are entered 8 bytes off. */
bool X64::padsStack() const {
  bool calls = plan.callsHelpers || plan.callsFunctions || plan.options.isChecked;
  return calls && (saved_.size() + plan.callsFunctions) % 2 == 0;
}

void X64::saveRegisters() {
  for (const Gp& reg : saved_) a.push(reg);
  if (padsStack()) a.push(x86::rcx);
}

void X64::restoreRegisters() {
  if (padsStack()) a.pop(x86::rcx);
  for (auto reg = saved_.rbegin(); reg != saved_.rend(); ++reg) a.pop(*reg);
}

/** What a run begins with: all its rounds of may_goto, and nothing in what an unverified program may read before it writes it. */
void X64::startRun(const Gp& frame) {
  if (plan.hasMayGoto) a.mov(inFrame(frame, offsetof(Frame, mayGotos)), mayGotoLimit);
  if (!plan.options.isChecked) return;
  for (uint8_t number : {0, 3, 4, 5, 6, 7, 8, 9}) {
    if (plan.live.atStart >> number & 1) constant(reg(number), 0);
  }
}

/** Where a variable is: its register, or its place in the Frame. */
asmjit::Operand X64::home(Variable variable) const {
  if (registers_[variable]) return *registers_[variable];
  if (variable == Data) return inFrame(x86::r12, offsetof(Frame, data));
  if (variable == Captured) return inFrame(x86::r12, offsetof(Frame, captured));
  return inFrame(x86::r12, offsetof(Frame, spilled) + (variable - Index) * sizeof(uint64_t));
}

X64::Gp X64::valueOf(Variable variable, Gp scratch) {
  if (registers_[variable]) return *registers_[variable];
  a.emit(x86::Inst::kIdMov, scratch, home(variable));
  return scratch;
}

void X64::setVariable(Variable variable, const Gp& value) { a.emit(x86::Inst::kIdMov, home(variable), value); }

}  // namespace unibpf::jit
