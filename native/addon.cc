// What JavaScript sees of the native part: lib/native.d.ts has the types.
#include <napi.h>

#include <string>

#include "environment.h"
#include "jit/compile.h"
#include "kernel.h"
#include "program.h"
#include "proof.h"
#include "spread.h"
#include "typed.h"

namespace unibpf::addon {
namespace {

/** An option by its name; undefined where none are given, as for most programs: each look-up takes as long as emitting ten instructions. */
Napi::Value option(const Napi::Value& given, const char* name) {
  return given.IsUndefined() ? given : given.As<Napi::Object>().Get(name);
}

/** What is to be compiled, and how: without checks only what comes as a Proof. */
struct Source {
  Source(const Napi::Value& program, const Environment& environment, const Napi::Value& given);
  std::unique_ptr<const Proof> proof;
  std::span<const uint8_t> wire;
  jit::Options options;
};

Source::Source(const Napi::Value& program, const Environment& environment, const Napi::Value& given)
    : proof(takeProof(given.Env(), program)) {
  options.input = environment.input;
  options.packetLoads = environment.packetLoads;
  options.networkHeader = environment.networkHeader;
  Napi::Value least = option(given, "least");
  if (!least.IsUndefined()) options.least = least.As<Napi::Number>();
  options.takesMany = option(given, "takesMany").ToBoolean();
  Napi::Value budget = option(given, "budget");
  if (!budget.IsUndefined()) options.budget = budget.As<Napi::Number>().Int64Value();
  options.isChecked = proof == nullptr;
  if (proof != nullptr) {
    wire = proof->wire;
    options.facts = proof->facts;
    options.parts = proof->parts;
    return;
  }
  Napi::Value uninitialised = option(given, "uninitialised");
  if (!program.IsTypedArray() || !uninitialised.IsTypedArray()) {
    throw Napi::TypeError::New(given.Env(), "expected a proof, or bytes and what they leave uninitialised");
  }
  wire = bytesOf(program);
  options.uninitialised = bytesOf(uninitialised);
}

/** Where tables are said to be in a listing, which is the same each time. */
constexpr uint64_t listedTables = 0x6000'0000'0000;

/** The tables of a lowered program: [ways, bits, factor, factor, slots …] each. */
std::vector<jit::Table> tablesOf(const Napi::Array& given, std::vector<std::vector<uint32_t>>& numbers) {
  constexpr size_t head = 4;
  std::vector<jit::Table> tables;
  for (uint32_t index = 0; index < given.Length(); index++) numbers.push_back(numbersOf(given[index]));
  for (const auto& table : numbers) {
    if (table.size() < head) throw Napi::TypeError::New(given.Env(), "expected tables with a head");
    auto slots = std::span<const uint32_t>(table).subspan(head);
    tables.push_back({table[0], table[1], {table[2], table[3]}, slots, reinterpret_cast<uintptr_t>(slots.data())});
  }
  return tables;
}

/** A program that can't be compiled: an Error with the pc. */
Napi::Error refusal(Napi::Env env, const jit::Fault& fault) {
  Napi::Error error = Napi::Error::New(env, fault.what);
  error.Set("pc", Napi::Number::New(env, fault.pc));
  return error;
}

/** The buffers of a program's maps; null for a map of programs. */
std::vector<Napi::Value> buffersOf(const Napi::Value& given) {
  std::vector<Napi::Value> buffers;
  Napi::Value maps = option(given, "maps");
  if (maps.IsUndefined()) return buffers;
  auto list = maps.As<Napi::Array>();
  for (uint32_t index = 0; index < list.Length(); index++) buffers.push_back(list[index]);
  return buffers;
}

std::vector<std::optional<runtime::Map>> mapsOf(const std::vector<Napi::Value>& buffers) {
  std::vector<std::optional<runtime::Map>> maps(buffers.size());
  for (size_t index = 0; index < buffers.size(); index++) {
    if (buffers[index].IsNull()) continue;
    maps[index] = runtime::Map::attach(bytesOf(buffers[index]));
    if (!maps[index]) throw Napi::TypeError::New(buffers[index].Env(), "expected the buffer of a map");
  }
  return maps;
}

std::vector<uint64_t> valuesOf(const std::vector<std::optional<runtime::Map>>& maps) {
  std::vector<uint64_t> addresses;
  for (const auto& map : maps) addresses.push_back(map ? reinterpret_cast<uintptr_t>(map->values().data()) : 0);
  return addresses;
}

/** @param script undefined for a program that needs nothing of JavaScript */
Attached attachedOf(const Napi::Value& script, const std::vector<Napi::Value>& buffers) {
  Attached attached;
  if (!script.IsUndefined()) {
    auto functions = script.As<Napi::Object>();
    attached.callHelper = functions.Get("callHelper");
    attached.tailCallee = functions.Get("tailCallee");
  }
  for (const Napi::Value& buffer : buffers) {
    if (!buffer.IsNull()) attached.mapBuffers.push_back(buffer);
  }
  return attached;
}

/** The processor that is asked for by name, with all that any of its kind can do; else the one here. */
jit::Machine machineOf(const Napi::Value& given) {
  jit::Machine machine = jit::host().value_or(jit::Machine{jit::Processor::X64, {}});
  Napi::Value processor = option(given, "processor");
  if (!processor.IsUndefined()) {
    std::string name = processor.As<Napi::String>();
    machine = {name == "arm64" ? jit::Processor::Arm64 : jit::Processor::X64, {.bmi2 = true, .movbe = true, .avx2 = true, .lse = true}};
  }
  if (option(given, "isBaseline").ToBoolean()) machine.features = {};
  return machine;
}

/** The tables that a lowered program's lookups refer to; nothing for any other program. */
bool readTables(const Napi::Value& given, std::vector<std::vector<uint32_t>>& numbers, std::vector<jit::Table>& tables) {
  Napi::Value found = option(given, "tables");
  if (found.IsUndefined()) return false;
  tables = tablesOf(found.As<Napi::Array>(), numbers);
  return true;
}

// compile(program, environment, options, script): Program
Napi::Value compile(const Napi::CallbackInfo& info) {
  const Environment& environment = environmentOf(info[1]);
  Napi::Value given = info[2];
  Source source(info[0], environment, given);
  jit::Options& options = source.options;
  runtime::Program program;
  std::vector<jit::Table> tables;
  options.isLowered = readTables(given, program.tables, tables);
  options.tables = tables;
  std::vector<Napi::Value> buffers = buffersOf(given);
  program.maps = mapsOf(buffers);
  std::vector<uint64_t> mapValues = valuesOf(program.maps);
  options.mapValues = mapValues;
  program.input = environment.input;
  program.context = environment.context;
  program.packetAccess = environment.packetAccess;
  program.isWritable = environment.isWritable;
  program.isChecked = options.isChecked;
  program.least = options.least;
  program.budget = options.budget.value_or(0);
  if (auto fault = jit::compile(source.wire, options, machineOf(given), program.compiled)) throw refusal(info.Env(), fault);
  return {info.Env(), createProgram(info.Env(), std::move(program), attachedOf(info[3], buffers))};
}

// list(program, environment, options): string
Napi::Value list(const Napi::CallbackInfo& info) {
  Napi::Value given = info[2];
  Source source(info[0], environmentOf(info[1]), given);
  jit::Options& options = source.options;
  std::vector<uint64_t> mapValues(buffersOf(given).size());
  options.mapValues = mapValues;
  std::vector<std::vector<uint32_t>> numbers;
  std::vector<jit::Table> tables;
  options.isLowered = readTables(given, numbers, tables);
  for (size_t index = 0; index < tables.size(); index++) tables[index].address = listedTables + index * 0x10'0000;
  options.tables = tables;
  std::string text;
  if (auto fault = jit::list(source.wire, options, machineOf(given), text)) throw refusal(info.Env(), fault);
  return Napi::String::New(info.Env(), text);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  napi_value prove;
  napi_create_function(env, "prove", NAPI_AUTO_LENGTH, createProof, nullptr, &prove);
  exports.Set("prove", Napi::Value(env, prove));
  exports.Set("environment", Napi::Function::New(env, createEnvironment, "environment"));
  exports.Set("compile", Napi::Function::New(env, compile, "compile"));
  exports.Set("list", Napi::Function::New(env, list, "list"));
  exports.Set("spread", Napi::Value(env, createSpread(env)));
#ifdef __linux__
  exports.Set("kernel", createKernel(env));
#endif
  return exports;
}

}  // namespace
}  // namespace unibpf::addon

static Napi::Object start(Napi::Env env, Napi::Object exports) { return unibpf::addon::init(env, exports); }
NODE_API_MODULE(unibpf, start)
