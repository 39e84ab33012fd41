#include "jit/compile.h"

#include <asmjit/core.h>

#include <cstdlib>
#include <string_view>

#include "jit/branches.h"
#include "jit/decode.h"
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

Features detectFeatures() {
  const char* choice = std::getenv("UNIBPF_CPU");
  if (choice != nullptr && std::string_view(choice) == "baseline") return {};
  Features features;
  const asmjit::CpuInfo& cpu = asmjit::CpuInfo::host();
  features.bmi2 = cpu.features().x86().hasBMI2();
  features.movbe = cpu.features().x86().hasMOVBE();
  return features;
}

Fault emit(const Plan& plan, Branches& branches, asmjit::Logger* logger, asmjit::CodeHolder& code, Entries& entries) {
  Mistakes mistakes;
  code.init(asmjit::Environment::host());
  code.setErrorHandler(&mistakes);
  if (logger != nullptr) code.setLogger(logger);
  entries = X64(code, plan, branches).emit();
  code.flatten();
  code.setErrorHandler(nullptr);
  if (mistakes.error() != asmjit::kErrorOk) return {asmjit::DebugUtils::errorAsString(mistakes.error())};
  return {};
}

Fault emitTwice(const Plan& plan, asmjit::Logger* logger, asmjit::CodeHolder& code, Entries& entries) {
  Branches branches;
  {
    asmjit::CodeHolder draft;
    if (Fault fault = emit(plan, branches, nullptr, draft, entries)) return fault;
    branches.measure(draft);
  }
  return emit(plan, branches, logger, code, entries);
}

Fault planOf(std::span<const uint8_t> wire, const Options& options, std::optional<Plan>& plan) {
  static const Features features = detectFeatures();
  std::vector<Insn> insns;
  if (Fault fault = decode(wire, options.mapValues.size(), insns)) return fault;
  if (options.isChecked && options.uninitialised.size() != insns.size()) return {"expected a byte a slot of what is uninitialised"};
  plan.emplace(std::move(insns), options, features);
  return {};
}

}  // namespace

Fault compile(std::span<const uint8_t> wire, const Options& options, Compiled& compiled) {
  std::optional<Plan> plan;
  asmjit::CodeHolder code;
  Entries entries;
  if (Fault fault = planOf(wire, options, plan)) return fault;
  if (Fault fault = emitTwice(*plan, nullptr, code, entries)) return fault;
  const asmjit::CodeBuffer& buffer = code.textSection()->buffer();
  compiled.code = storeCode({buffer.data(), buffer.size()});
  if (!compiled.code) return {"no memory for machine code"};
  compiled.run = reinterpret_cast<RunEntry>(compiled.code.code() + entries.run);
  if (plan->hasBatch) compiled.batch = reinterpret_cast<BatchEntry>(compiled.code.code() + entries.batch);
  compiled.readsArguments = plan->readsArguments;
  compiled.clearsStack = plan->clearsStack;
  return {};
}

Fault list(std::span<const uint8_t> wire, const Options& options, std::string& text) {
  std::optional<Plan> plan;
  asmjit::CodeHolder code;
  Entries entries;
  if (Fault fault = planOf(wire, options, plan)) return fault;
  asmjit::StringLogger logger;
  logger.addFlags(asmjit::FormatFlags::kMachineCode);
  if (Fault fault = emitTwice(*plan, &logger, code, entries)) return fault;
  text.assign(logger.data(), logger.dataSize());
  return {};
}

}  // namespace unibpf::jit
