// The loop over eight packets at a time, with AVX2. It takes packets as long as there are eight left behind each of which enough
// bytes can be read; the loop over single packets takes the others, so that the index is a multiple of eight again.
//
// ymm0 to ymm12 hold results, ymm13 and ymm14 what an instruction can't read from memory, ymm15 how far a packet may begin.
#include <algorithm>
#include <array>
#include <memory>

#include "jit/x64.h"

namespace unibpf::jit {

namespace x86 = asmjit::x86;

namespace {

using Vector = std::array<uint32_t, lanesAtOnce>;
using Where = LaneOperand::Where;
using Id = x86::Inst::Id;

constexpr int32_t vectorBytes = lanesAtOnce * sizeof(uint32_t);
/** Below the stack pointer, where functions that call none may write. */
constexpr int32_t redZone = -vectorBytes;
/** Of where a packet may begin: the buffer of a batch may be longer than 2 GiB. */
constexpr int32_t farthest = INT32_MAX;

const x86::Ymm first = x86::ymm13;
const x86::Ymm second = x86::ymm14;
const x86::Ymm limit = x86::ymm15;

/** Registers that a call doesn't keep: within the loop over many packets those of single ones are free. */
const x86::Gp borrowed[] = {x86::rax, x86::rdi, x86::rsi, x86::rdx, x86::r10, x86::r8, x86::r9};

/** Constants behind the code, each of them once. */
struct Pool {
  std::vector<Vector> vectors;
  asmjit::Label label;
};

bool swapsOperands(LaneOp op) {
  return op == LaneOp::And || op == LaneOp::Or || op == LaneOp::Xor || op == LaneOp::Add || op == LaneOp::Mul ||
         op == LaneOp::MinU || op == LaneOp::MaxU || op == LaneOp::Equal;
}

Id instructionOf(LaneOp op) {
  switch (op) {
    case LaneOp::And:
      return x86::Inst::kIdVpand;
    case LaneOp::AndNot:
      return x86::Inst::kIdVpandn;
    case LaneOp::Or:
      return x86::Inst::kIdVpor;
    case LaneOp::Xor:
      return x86::Inst::kIdVpxor;
    case LaneOp::Add:
      return x86::Inst::kIdVpaddd;
    case LaneOp::Sub:
      return x86::Inst::kIdVpsubd;
    case LaneOp::Mul:
      return x86::Inst::kIdVpmulld;
    case LaneOp::MinU:
      return x86::Inst::kIdVpminud;
    case LaneOp::MaxU:
      return x86::Inst::kIdVpmaxud;
    case LaneOp::Shl:
      return x86::Inst::kIdVpslld;
    case LaneOp::Shr:
      return x86::Inst::kIdVpsrld;
    case LaneOp::Sar:
      return x86::Inst::kIdVpsrad;
    case LaneOp::ShlBy:
      return x86::Inst::kIdVpsllvd;
    case LaneOp::ShrBy:
      return x86::Inst::kIdVpsrlvd;
    case LaneOp::Equal:
      return x86::Inst::kIdVpcmpeqd;
    case LaneOp::Greater:
      return x86::Inst::kIdVpcmpgtd;
    case LaneOp::Swap:
      return x86::Inst::kIdVpshufb;
    case LaneOp::Constant:
    case LaneOp::Place:
    case LaneOp::Captured:
    case LaneOp::Bytes:
    case LaneOp::Window:
    case LaneOp::Element:
      break;
  }
  return x86::Inst::kIdNone;
}

/** The body of the loop: a step of the program at a time. */
class Body {
 public:
  struct Arrays {
    x86::Gp index, base, offsets, lengths;
  };
  Body(x86::Assembler& assembler, const Arrays& arrays, const std::span<const Table>& tables, Pool& pool)
      : a(assembler), arrays(arrays), tables_(tables), pool_(pool) {}

  void emit(const LaneStep& step) {
    switch (step.op) {
      case LaneOp::Window:
        return windows(step);
      case LaneOp::Element:
        return element(step);
      case LaneOp::Shl:
      case LaneOp::Shr:
      case LaneOp::Sar:
        return void(a.emit(instructionOf(step.op), ymm(step.dst), loaded(step.a, first), asmjit::Imm(step.imm)));
      case LaneOp::Swap:
        return void(a.vpshufb(ymm(step.dst), loaded(step.a, first), constant(reversed)));
      default:
        return binary(step);
    }
  }

  x86::Ymm loaded(const LaneOperand& operand, const x86::Ymm& scratch) {
    if (operand.where == Where::Register) return ymm(operand.reg);
    a.vmovdqu(scratch, memory(operand));
    return scratch;
  }

 private:
  static constexpr Vector reversed = {0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f,
                                      0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f};

  static x86::Ymm ymm(uint8_t number) { return x86::ymm(number); }

  void binary(const LaneStep& step) {
    LaneOperand left = step.a, right = step.b;
    bool isLoaded = left.where != Where::Register;
    if (isLoaded && right.where == Where::Register && swapsOperands(step.op)) std::swap(left, right);
    x86::Ymm one = loaded(left, first);
    if (right.where == Where::Register) {
      a.emit(instructionOf(step.op), ymm(step.dst), one, ymm(right.reg));
    } else {
      a.emit(instructionOf(step.op), ymm(step.dst), one, memory(right));
    }
  }

  void windows(const LaneStep& step) {
    if (step.a.where != Where::Place) a.vmovdqu(x86::ymmword_ptr(x86::rsp, redZone), loaded(step.a, first));
    step.isRow ? row(step) : columns(step);
  }

  /** Lane after lane: its address, and what is read there into the lane of each register. */
  void columns(const LaneStep& step) {
    for (uint32_t lane = 0; lane < lanesAtOnce / 2; lane++) {
      for (bool isUpper : {false, true}) {
        x86::Gp at = address(step, lane + (isUpper ? lanesAtOnce / 2 : 0), isUpper ? x86::r11 : x86::rcx);
        for (const auto& load : step.loads) {
          insert(load, lane, isUpper, x86::dword_ptr(arrays.base, at, 0, int32_t(load.offset)));
        }
      }
    }
    for (const auto& load : step.loads) join(load);
  }

  /** 16 bytes of each lane, those of two lanes in a register; and then columns out of rows, in both halves alike. */
  void row(const LaneStep& step) {
    auto column = [&](size_t i) { return x86::ymm(step.loads[i].dst); };
    const x86::Ymm rows[] = {column(2), column(3), column(0), column(1)};
    for (uint32_t lane = 0; lane < lanesAtOnce / 2; lane++) {
      x86::Gp lower = address(step, lane, x86::rcx);
      x86::Gp upper = address(step, lane + lanesAtOnce / 2, x86::r11);
      a.vmovdqu(rows[lane].xmm(), x86::xmmword_ptr(arrays.base, lower, 0, int32_t(step.imm)));
      a.vinserti128(rows[lane], rows[lane], x86::xmmword_ptr(arrays.base, upper, 0, int32_t(step.imm)), 1);
    }
    auto isRead = [&](size_t i) { return step.loads[i].isRead; };
    if (isRead(0) || isRead(1)) {
      a.vpunpckldq(first, rows[0], rows[1]);
      a.vpunpckldq(second, rows[2], rows[3]);
    }
    if (isRead(2) || isRead(3)) {
      a.vpunpckhdq(rows[0], rows[0], rows[1]);
      a.vpunpckhdq(rows[1], rows[2], rows[3]);
    }
    if (isRead(0)) a.vpunpcklqdq(column(0), first, second);
    if (isRead(1)) a.vpunpckhqdq(column(1), first, second);
    if (isRead(2) && isRead(3)) {
      a.vpunpcklqdq(first, rows[0], rows[1]);
      a.vpunpckhqdq(column(3), rows[0], rows[1]);
      a.vmovdqa(column(2), first);
    } else if (isRead(2)) {
      a.vpunpcklqdq(column(2), rows[0], rows[1]);
    } else if (isRead(3)) {
      a.vpunpckhqdq(column(3), rows[0], rows[1]);
    }
  }

  /** Where the lane reads: within the buffer, in a register. */
  x86::Gp address(const LaneStep& step, uint32_t lane, const x86::Gp& into) {
    int32_t at = int32_t(sizeof(uint32_t) * lane);
    bool isPlace = step.a.where == Where::Place;
    a.mov(into.r32(), isPlace ? x86::dword_ptr(arrays.offsets, arrays.index, 2, at) : x86::dword_ptr(x86::rsp, redZone + at));
    return into;
  }

  void element(const LaneStep& step) {
    const LaneStep::Load& load = step.loads[0];
    a.vmovdqu(x86::ymmword_ptr(x86::rsp, redZone), loaded(step.a, first));
    a.mov(x86::r11, tables_[step.table].address + sizeof(uint32_t) * load.offset);
    for (uint32_t lane = 0; lane < lanesAtOnce / 2; lane++) {
      for (bool isUpper : {false, true}) {
        x86::Gp at = address(step, lane + (isUpper ? lanesAtOnce / 2 : 0), x86::rcx);
        insert(load, lane, isUpper, x86::dword_ptr(x86::r11, at, 2));
      }
    }
    join(load);
  }

  void insert(const LaneStep::Load& load, uint32_t lane, bool isUpper, const x86::Mem& from) {
    x86::Xmm into = x86::xmm(isUpper ? load.upper : load.dst);
    if (lane == 0) a.vmovd(into, from);
    else a.vpinsrd(into, into, from, lane);
  }

  void join(const LaneStep::Load& load) {
    a.vinserti128(x86::ymm(load.dst), x86::ymm(load.dst), x86::xmm(load.upper), 1);
  }

  x86::Mem memory(const LaneOperand& operand) {
    switch (operand.where) {
      case Where::Place:
        return x86::ymmword_ptr(arrays.offsets, arrays.index, 2);
      case Where::Captured:
        return x86::ymmword_ptr(arrays.lengths, arrays.index, 2);
      default: {
        Vector numbers;
        numbers.fill(operand.number);
        return constant(numbers);
      }
    }
  }

  x86::Mem constant(const Vector& numbers) {
    auto found = std::find(pool_.vectors.begin(), pool_.vectors.end(), numbers);
    int32_t at = int32_t(found - pool_.vectors.begin()) * vectorBytes;
    if (found == pool_.vectors.end()) pool_.vectors.push_back(numbers);
    return x86::ymmword_ptr(pool_.label, at);
  }

  x86::Assembler& a;
  Arrays arrays;
  std::span<const Table> tables_;
  Pool& pool_;
};

}  // namespace

/** Pushes how far behind the start of the buffer a packet may begin; less than 0 where none may. rsi holds the Batch. */
void X64::prepareLanes() {
  a.mov(x86::rcx, x86::qword_ptr(x86::rsi, offsetof(Batch, end)));
  a.sub(x86::rcx, x86::qword_ptr(x86::rsi, offsetof(Batch, data)));
  a.sub(x86::rcx, lanes_->room);
  a.mov(x86::eax, farthest);
  a.cmp(x86::rcx, x86::rax);
  a.cmovg(x86::rcx, x86::rax);
  a.push(x86::rcx);
}

/** @param one the loop over single packets, which goes on with eight of them; @param done behind both loops */
void X64::lanesLoop(const Label& one, const Label& done) {
  auto pool = std::make_shared<Pool>();
  pool->label = a.newLabel();
  auto borrow = std::begin(borrowed);
  auto isTaken = [&](const Gp& reg) {
    return std::any_of(registers_.begin() + Index, registers_.end(), [&](const auto& other) { return other == reg; });
  };
  auto place = [&](Variable variable) {
    if (registers_[variable]) return *registers_[variable];
    while (isTaken(*borrow)) borrow++;
    Gp reg = *borrow++;
    a.emit(x86::Inst::kIdMov, reg, home(variable));
    return reg;
  };
  Gp index = place(Index), base = place(Base), offsets = place(Offsets), lengths = place(Lengths);
  Gp verdicts = place(Verdicts), matches = place(Matches);
  auto leave = [&](const Label& target) {
    a.vzeroupper();
    if (!registers_[Index]) setVariable(Index, index);
    if (!registers_[Matches]) setVariable(Matches, matches);
    jump(target);
  };
  Label round = a.newLabel();
  Label stop = a.newLabel();
  int32_t limitOffset = plan.guards ? int32_t(sizeof(uint64_t)) : 0;
  a.vpbroadcastd(limit, x86::dword_ptr(x86::rsp, limitOffset));
  a.cmp(x86::qword_ptr(x86::rsp, limitOffset), 0);
  jump(Cond::kL, stop);
  align(asmjit::AlignMode::kCode, 16);
  a.bind(round);
  a.vpminud(first, limit, x86::ymmword_ptr(offsets, index, 2));
  a.vpcmpeqd(first, first, x86::ymmword_ptr(offsets, index, 2));
  a.vmovmskps(x86::ecx, first);
  a.cmp(x86::ecx, (1 << lanesAtOnce) - 1);
  jump(Cond::kNE, stop);
  for (size_t lane = 0; lane < lanesAtOnce; lane++) {
    a.mov(x86::ecx, x86::dword_ptr(offsets, index, 2, int32_t((prefetchDistance + lane) * sizeof(uint32_t))));
    a.prefetcht0(x86::ptr(base, x86::rcx, 0, 12));
  }
  Body body(a, {index, base, offsets, lengths}, plan.options.tables, *pool);
  for (const LaneStep& step : lanes_->steps) body.emit(step);
  x86::Ymm verdict = body.loaded(lanes_->verdict, second);
  a.vmovdqu(x86::ymmword_ptr(verdicts, index, 2), verdict);
  a.vpxor(first, first, first);
  a.vpcmpeqd(first, first, verdict);
  a.vmovmskps(x86::ecx, first);
  a.popcnt(x86::ecx, x86::ecx);
  a.sub(matches, x86::rcx);
  a.add(matches, lanesAtOnce);
  a.add(index, lanesAtOnce);
  jump(Cond::kNZ, round);
  leave(done);
  a.bind(stop);
  leave(one);
  later([this, pool] {
    align(asmjit::AlignMode::kData, vectorBytes);
    a.bind(pool->label);
    a.embed(pool->vectors.data(), pool->vectors.size() * vectorBytes);
  });
}

}  // namespace unibpf::jit
