// The loop over eight packets at a time, with AVX2. It takes packets as long as there are eight left behind each of which enough
// bytes can be read; the loop over single packets takes the others, so that the index is a multiple of eight again.
//
// ymm0 to ymm11 hold results, ymm12 and ymm13 what an instruction can't read from memory, ymm14 counts, and ymm15 says how far a
// packet may begin.
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
constexpr uint32_t half = lanesAtOnce / 2;
/** A shorter buffer is in a cache that is near enough: to ask for lines ahead would be a third of the work. */
constexpr int32_t nearBuffer = 768 << 10;
/** Below the stack pointer, where functions that call none may write. */
constexpr int32_t redZone = -vectorBytes;

const x86::Ymm first = x86::ymm12;
const x86::Ymm second = x86::ymm13;
const x86::Ymm rejected = x86::ymm14;
const x86::Ymm limit = x86::ymm15;

/** Registers that a call doesn't keep: within the loop over many packets those of single ones are free. */
const x86::Gp borrowed[] = {x86::rax, x86::rdi, x86::rsi, x86::rdx, x86::r10, x86::r8, x86::r9};

/** Constants behind the code, each of them once. */
struct Pool {
  std::vector<Vector> vectors;
  asmjit::Label label;
};

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
    if (step.isSpill) return void(a.vmovdqu(slot(step.imm), ymm(step.a.reg)));
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

  void compareEqual(const x86::Ymm& dst, const x86::Ymm& one, const LaneOperand& other) {
    binary(x86::Inst::kIdVpcmpeqd, dst, one, other);
  }

  void load(const LaneConstant& kept) { a.vmovdqu(ymm(kept.reg), memory({Where::Constant, 0, kept.number})); }

  /** A vector behind the code. */
  x86::Mem constant(const Vector& numbers) {
    auto found = std::find(pool_.vectors.begin(), pool_.vectors.end(), numbers);
    int32_t at = int32_t(found - pool_.vectors.begin()) * vectorBytes;
    if (found == pool_.vectors.end()) pool_.vectors.push_back(numbers);
    return x86::ymmword_ptr(pool_.label, at);
  }

 private:
  static constexpr Vector reversed = {0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f,
                                      0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f};

  static x86::Ymm ymm(uint8_t number) { return x86::ymm(number); }

  void binary(const LaneStep& step) {
    LaneOperand left = step.a, right = step.b;
    bool isLoaded = left.where != Where::Register;
    if (isLoaded && right.where == Where::Register && isCommutative(step.op)) std::swap(left, right);
    binary(instructionOf(step.op), ymm(step.dst), loaded(left, first), right);
  }

  void binary(Id instruction, const x86::Ymm& dst, const x86::Ymm& one, const LaneOperand& other) {
    if (other.where == Where::Register) {
      a.emit(instruction, dst, one, ymm(other.reg));
    } else {
      a.emit(instruction, dst, one, memory(other));
    }
  }

  /** Lane after lane: its address, and what is read there into the lane of each register; then rows become columns. */
  void windows(const LaneStep& step) {
    bool isPlace = step.a.where == Where::Place;
    if (!isPlace) a.vmovdqu(x86::ymmword_ptr(x86::rsp, redZone), loaded(step.a, first));
    for (uint32_t lane = 0; lane < half; lane++) {
      auto address = [&](uint32_t one) {
        int32_t at = int32_t(sizeof(uint32_t) * one);
        return isPlace ? x86::dword_ptr(arrays.offsets, arrays.index, 2, at) : x86::dword_ptr(x86::rsp, redZone + at);
      };
      a.mov(x86::ecx, address(lane));
      a.mov(x86::r11d, address(lane + half));
      for (const auto& row : step.rows) {
        x86::Ymm into = rowRegister(row, lane);
        a.vmovdqu(into.xmm(), x86::xmmword_ptr(arrays.base, x86::rcx, 0, int32_t(row.offset)));
        a.vinserti128(into, into, x86::xmmword_ptr(arrays.base, x86::r11, 0, int32_t(row.offset)), 1);
      }
      for (const auto& column : step.columns) {
        insert(x86::xmm(column.dst), lane, x86::rcx, column.offset);
        insert(x86::xmm(column.upper), lane, x86::r11, column.offset);
      }
    }
    for (const auto& row : step.rows) transpose(row);
    for (const auto& column : step.columns) join(column);
  }

  /** A window to its lane: by itself, or by a load around it that puts it there, which is less work. */
  void insert(const x86::Xmm& into, uint32_t lane, const x86::Gp& at, uint32_t offset) {
    uint32_t before = lane * windowBytes;
    x86::Mem from = x86::Mem(arrays.base, at, 0, int32_t(offset), windowBytes);
    x86::Mem around = x86::Mem(arrays.base, at, 0, int32_t(offset - before), 4 * windowBytes);
    if (lane == 0) a.vmovd(into, from);
    else if (offset >= before) a.vpblendd(into, into, around, 1 << lane);
    else a.vpinsrd(into, into, from, lane);
  }

  /** The register that a lane and the one half a vector behind it are loaded into: what isn't overwritten too early then. */
  static x86::Ymm rowRegister(const LaneStep::Row& row, uint32_t lane) { return ymm(row.dst[(lane + 2) % rowWindows]); }

  /** Columns out of rows, in both halves alike. */
  void transpose(const LaneStep::Row& row) {
    auto column = [&](size_t i) { return ymm(row.dst[i]); };
    const x86::Ymm rows[] = {rowRegister(row, 0), rowRegister(row, 1), rowRegister(row, 2), rowRegister(row, 3)};
    if (row.isRead[0] || row.isRead[1]) {
      a.vpunpckldq(first, rows[0], rows[1]);
      a.vpunpckldq(second, rows[2], rows[3]);
    }
    if (row.isRead[2] || row.isRead[3]) {
      a.vpunpckhdq(rows[0], rows[0], rows[1]);
      a.vpunpckhdq(rows[1], rows[2], rows[3]);
    }
    if (row.isRead[0]) a.vpunpcklqdq(column(0), first, second);
    if (row.isRead[1]) a.vpunpckhqdq(column(1), first, second);
    if (row.isRead[2] && row.isRead[3]) {
      a.vpunpcklqdq(first, rows[0], rows[1]);
      a.vpunpckhqdq(column(3), rows[0], rows[1]);
      a.vmovdqa(column(2), first);
    } else if (row.isRead[2]) {
      a.vpunpcklqdq(column(2), rows[0], rows[1]);
    } else if (row.isRead[3]) {
      a.vpunpckhqdq(column(3), rows[0], rows[1]);
    }
  }

  void element(const LaneStep& step) {
    const LaneStep::Column& column = step.columns[0];
    a.vmovdqu(x86::ymmword_ptr(x86::rsp, redZone), loaded(step.a, first));
    a.mov(x86::r11, tables_[step.table].address + sizeof(uint32_t) * column.offset);
    for (uint32_t lane = 0; lane < lanesAtOnce; lane++) {
      x86::Xmm into = x86::xmm(lane < half ? column.dst : column.upper);
      a.mov(x86::ecx, x86::dword_ptr(x86::rsp, redZone + int32_t(sizeof(uint32_t) * lane)));
      if (lane % half == 0) a.vmovd(into, x86::dword_ptr(x86::r11, x86::rcx, 2));
      else a.vpinsrd(into, into, x86::dword_ptr(x86::r11, x86::rcx, 2), lane % half);
    }
    join(column);
  }

  void join(const LaneStep::Column& column) {
    a.vinserti128(ymm(column.dst), ymm(column.dst), x86::xmm(column.upper), 1);
  }

  static x86::Mem slot(uint32_t number) { return x86::ymmword_ptr(x86::rsp, int32_t(number) * vectorBytes); }

  x86::Mem memory(const LaneOperand& operand) {
    switch (operand.where) {
      case Where::Slot:
        return slot(operand.number);
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

  x86::Assembler& a;
  Arrays arrays;
  std::span<const Table> tables_;
  Pool& pool_;
};

}  // namespace

/**
 * Pushes how far behind the start of the buffer packets have to begin to be too far for vectors; less than 0 where all are, or where
 * the buffer is so long that places have no sign to spare. rsi holds the Batch.
 */
void X64::prepareLanes() {
  a.mov(x86::rcx, x86::qword_ptr(x86::rsi, offsetof(Batch, end)));
  a.sub(x86::rcx, x86::qword_ptr(x86::rsi, offsetof(Batch, data)));
  a.sub(x86::rcx, int32_t(lanes_->room) - 1);
  a.mov(x86::r11, -1);
  a.cmp(x86::rcx, INT32_MAX);
  a.cmovg(x86::rcx, x86::r11);
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
  Label round = a.newLabel();
  Label stop = a.newLabel();
  int32_t slots = int32_t(lanes_->slots) * vectorBytes;
  bool canBeTooFar = lanes_->room > plan.options.least;
  int32_t limitOffset = plan.guards ? int32_t(sizeof(uint64_t)) : 0;
  a.cmp(x86::dword_ptr(x86::rsp, limitOffset), 0);
  jump(Cond::kL, one);
  a.vpbroadcastd(limit, x86::dword_ptr(x86::rsp, limitOffset));
  a.vpxor(rejected, rejected, rejected);
  a.sub(matches, index);  // and the index at the end is added
  Body body(a, {index, base, offsets, lengths}, plan.options.tables, *pool);
  for (const LaneConstant& kept : lanes_->constants) body.load(kept);
  if (slots > 0) a.sub(x86::rsp, slots);
  align(asmjit::AlignMode::kCode, 16);
  a.bind(round);
  if (canBeTooFar) {
    a.vpcmpgtd(first, limit, x86::ymmword_ptr(offsets, index, 2));
    a.vmovmskps(x86::ecx, first);
    a.cmp(x86::ecx, (1 << lanesAtOnce) - 1);
    jump(Cond::kNE, stop);
  }
  if (plan.options.input == Input::Packet) {
    Label isNear = a.newLabel();
    a.cmp(x86::dword_ptr(x86::rsp, limitOffset + slots), nearBuffer);
    jump(Cond::kB, isNear);
    for (size_t lane = 0; lane < lanesAtOnce; lane++) {
      a.mov(x86::ecx, x86::dword_ptr(offsets, index, 2, int32_t((prefetchDistance + lane) * sizeof(uint32_t))));
      prefetchLines(base);
    }
    a.bind(isNear);
  }
  for (const LaneStep& step : lanes_->steps) body.emit(step);
  x86::Ymm verdict = body.loaded(lanes_->verdict, second);
  a.vmovdqu(x86::ymmword_ptr(verdicts, index, 2), verdict);
  body.compareEqual(first, verdict, lanes_->zero);
  a.vpaddd(rejected, rejected, first);
  a.add(index, lanesAtOnce);
  jump(Cond::kNZ, round);
  a.bind(stop);
  if (slots > 0) a.add(x86::rsp, slots);
  a.add(matches, index);
  addLanes(matches);
  a.vzeroupper();
  if (!registers_[Index]) setVariable(Index, index);
  if (!registers_[Matches]) setVariable(Matches, matches);
  a.test(index, index);
  jump(Cond::kNZ, one);
  jump(done);
  later([this, pool] {
    align(asmjit::AlignMode::kData, vectorBytes);
    a.bind(pool->label);
    a.embed(pool->vectors.data(), pool->vectors.size() * vectorBytes);
  });
}

/** Adds up the lanes of those that were rejected, -1 each. */
void X64::addLanes(const Gp& matches) {
  a.vextracti128(first.xmm(), rejected, 1);
  a.vpaddd(first.xmm(), first.xmm(), rejected.xmm());
  a.vpshufd(second.xmm(), first.xmm(), 0b01'00'11'10);
  a.vpaddd(first.xmm(), first.xmm(), second.xmm());
  a.vpshufd(second.xmm(), first.xmm(), 0b10'11'00'01);
  a.vpaddd(first.xmm(), first.xmm(), second.xmm());
  a.vmovd(x86::ecx, first.xmm());
  a.movsxd(x86::rcx, x86::ecx);
  a.add(matches, x86::rcx);
}

}  // namespace unibpf::jit
