#include "jit/compile.h"

#include <asmjit/core.h>

#include <cstdlib>
#include <string_view>

#include "jit/a64.h"
#include "jit/branches.h"
#include "jit/decode.h"
#include "jit/facts.h"
#include "jit/given.h"
#include "jit/lanes.h"
#include "jit/lowered.h"
#include "jit/plan.h"
#include "jit/x64.h"

namespace unibpf::jit {
namespace {

/** Remembers the first mistake that an emitter made, which is ours and not the program's. */
class Mistakes : public asmjit::ErrorHandler {
 public:
  void handleError(asmjit::Error error, const char*, asmjit::BaseEmitter*) override {
    if (error_ == asmjit::kErrorOk) error_ = error;
  }
  asmjit::Error error() const { return error_; }

 private:
  asmjit::Error error_ = asmjit::kErrorOk;
};

bool isBaselineForced() {
  const char* choice = std::getenv("UNIBPF_CPU");
  return choice != nullptr && std::string_view(choice) == "baseline";
}

std::optional<Machine> detectHost() {
  if (asmjit::Environment::host().isPlatformWindows()) return std::nullopt;  // calls C in another way
  const asmjit::CpuFeatures& cpu = asmjit::CpuInfo::host().features();
  Machine machine{};
  switch (asmjit::Environment::host().arch()) {
    case asmjit::Arch::kX64:
      machine.processor = Processor::X64;
      machine.features.bmi2 = cpu.x86().hasBMI2();
      machine.features.movbe = cpu.x86().hasMOVBE();
      machine.features.avx2 = cpu.x86().hasAVX2() && cpu.x86().hasPOPCNT();
      break;
    case asmjit::Arch::kAArch64:
      machine.processor = Processor::Arm64;
      machine.features.lse = cpu.arm().hasLSE();
      break;
    default:
      return std::nullopt;
  }
  if (isBaselineForced()) machine.features = {};
  return machine;
}

Fault emit(const Plan& plan, const Lanes* lanes, Processor processor, Branches& branches, asmjit::CodeHolder& code,
           Entries& entries) {
  Mistakes mistakes;
  code.setErrorHandler(&mistakes);
  switch (processor) {
    case Processor::X64:
      entries = X64(code, plan, lanes, branches).emit();
      break;
    case Processor::Arm64:
      entries = A64(code, plan).emit();
      break;
  }
  code.flatten();
  code.setErrorHandler(nullptr);
  if (mistakes.error() != asmjit::kErrorOk) return {asmjit::DebugUtils::errorAsString(mistakes.error())};
  return {};
}

/** Where code is emitted. A thread keeps the memory of small programs for the next: to get it takes as long as to emit one. */
class Workshop {
 public:
  explicit Workshop(Processor processor) {
    asmjit::Environment environment(processor == Processor::X64 ? asmjit::Arch::kX64 : asmjit::Arch::kAArch64);
    for (asmjit::CodeHolder& holder : holders_) holder.init(environment);
  }
  ~Workshop() {
    bool isSmall = draft().textSection()->bufferSize() <= smallCode;
    for (asmjit::CodeHolder& holder : holders_) {
      holder.reset(isSmall ? asmjit::ResetPolicy::kSoft : asmjit::ResetPolicy::kHard);
    }
  }
  asmjit::CodeHolder& draft() { return holders_[0]; }
  asmjit::CodeHolder& code() { return holders_[1]; }

 private:
  static constexpr size_t smallCode = 64 << 10;
  static thread_local asmjit::CodeHolder holders_[2];
};

thread_local asmjit::CodeHolder Workshop::holders_[2];

/** Emits twice: the first time to learn how far jumps lead. */
Fault emitShort(const Plan& plan, Processor processor, asmjit::Logger* logger, Workshop& workshop, Entries& entries) {
  Branches branches;
  std::optional<Lanes> many = plan.features.avx2 ? lanesOf(plan) : std::nullopt;
  const Lanes* lanes = many ? &*many : nullptr;
  if (Fault fault = emit(plan, lanes, processor, branches, workshop.draft(), entries)) return fault;
  branches.measure(workshop.draft());
  if (logger != nullptr) workshop.code().setLogger(logger);
  return emit(plan, lanes, processor, branches, workshop.code(), entries);
}

Fault planOf(std::span<const uint8_t> wire, const Options& options, const Features& features, std::optional<Plan>& plan) {
  std::vector<Insn> insns;
  if (Fault fault = decode(wire, options.mapValues.size(), options.isLowered, insns)) return fault;
  if (options.isLowered) {
    if (Fault fault = checkLowered(insns, options.tables)) return fault;
  }
  if (options.isChecked && options.uninitialised.size() != insns.size()) return {"expected a byte for each slot"};
  if (!options.facts.empty() && options.facts.size() != insns.size()) return {"expected facts of each slot"};
  if (Fault fault = applyGiven(insns, options.parts)) return fault;
  applyFacts(insns, options.facts);
  plan.emplace(std::move(insns), options, features);
  return {};
}

}  // namespace

std::optional<Machine> host() {
  static const std::optional<Machine> machine = detectHost();
  return machine;
}

Fault compile(std::span<const uint8_t> wire, const Options& options, const Machine& machine, Compiled& compiled) {
  if (!host() || host()->processor != machine.processor) return {"no machine code can be made for this system"};
  std::optional<Plan> plan;
  Workshop workshop(machine.processor);
  Entries entries;
  if (Fault fault = planOf(wire, options, machine.features, plan)) return fault;
  if (Fault fault = emitShort(*plan, machine.processor, nullptr, workshop, entries)) return fault;
  const asmjit::CodeBuffer& buffer = workshop.code().textSection()->buffer();
  compiled.code = storeCode({buffer.data(), buffer.size()});
  if (!compiled.code) return {"no memory for machine code"};
  compiled.run = reinterpret_cast<RunEntry>(compiled.code.code() + entries.run);
  if (plan->hasBatch) compiled.batch = reinterpret_cast<BatchEntry>(compiled.code.code() + entries.batch);
  compiled.lanes = entries.lanes;
  compiled.readsArguments = plan->readsArguments;
  compiled.clearsStack = plan->clearsStack;
  return {};
}

Fault list(std::span<const uint8_t> wire, const Options& options, const Machine& machine, std::string& text) {
  std::optional<Plan> plan;
  asmjit::StringLogger logger;
  Workshop workshop(machine.processor);
  Entries entries;
  if (Fault fault = planOf(wire, options, machine.features, plan)) return fault;
  if (Fault fault = emitShort(*plan, machine.processor, &logger, workshop, entries)) return fault;
  text.assign(logger.data(), logger.dataSize());
  return {};
}

}  // namespace unibpf::jit
