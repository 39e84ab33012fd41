// What JavaScript sees of the native part: lib/native.d.ts has the types.
#include <napi.h>

#include <string>

#include "jit/compile.h"
#include "kernel.h"
#include "program.h"
#include "proof.h"

namespace unibpf::addon {
namespace {

std::span<const uint8_t> bytesOf(const Napi::Value& value) {
  auto bytes = value.As<Napi::Uint8Array>();
  return {bytes.Data(), bytes.ByteLength()};
}

jit::Input inputOf(const Napi::Object& options) {
  std::string name = options.Get("input").As<Napi::String>();
  if (name == "packet") return jit::Input::Packet;
  if (name == "context") return jit::Input::Context;
  if (name == "memory") return jit::Input::Memory;
  throw Napi::TypeError::New(options.Env(), "expected input to be 'packet', 'context' or 'memory'");
}

runtime::PacketAccess packetAccessOf(const Napi::Object& options) {
  std::string name = options.Get("packetAccess").As<Napi::String>();
  if (name == "none") return runtime::PacketAccess::None;
  if (name == "read") return runtime::PacketAccess::Read;
  if (name == "write") return runtime::PacketAccess::Write;
  throw Napi::TypeError::New(options.Env(), "expected packetAccess to be 'none', 'read' or 'write'");
}

std::vector<uint32_t> numbersOf(const Napi::Value& value) {
  auto numbers = value.As<Napi::Uint32Array>();
  return {numbers.Data(), numbers.Data() + numbers.ElementLength()};
}

/** Where the fields of a packet's context are; each of 32 bits, and inside of it. */
runtime::ContextLayout layoutOf(const Napi::Object& given) {
  runtime::ContextLayout layout{
      .bytes = given.Get("bytes").As<Napi::Number>(),
      .lengths = numbersOf(given.Get("lengths")),
      .protocols = numbersOf(given.Get("protocols")),
      .starts = numbersOf(given.Get("starts")),
      .ends = numbersOf(given.Get("ends")),
  };
  bool isRight = layout.bytes <= 1 << 20;
  for (const auto* offsets : {&layout.lengths, &layout.protocols, &layout.starts, &layout.ends}) {
    for (uint32_t offset : *offsets) isRight = isRight && offset + uint64_t(sizeof(uint32_t)) <= layout.bytes;
  }
  if (!isRight) throw Napi::TypeError::New(given.Env(), "expected a context whose fields lie inside of it");
  return layout;
}

/** What is to be compiled, and how: without checks only what comes as a Proof. */
struct Source {
  Source(const Napi::Value& program, const Napi::Object& given);
  std::span<const uint8_t> wire;
  jit::Options options;
};

Source::Source(const Napi::Value& program, const Napi::Object& given) {
  options.input = inputOf(given);
  options.packetLoads = given.Get("packetLoads").As<Napi::Boolean>();
  options.networkHeader = given.Get("networkHeader").As<Napi::Number>();
  if (given.Has("budget")) options.budget = given.Get("budget").As<Napi::Number>().Int64Value();
  const Proof* proof = proofOf(given.Env(), program);
  options.isChecked = proof == nullptr;
  if (proof != nullptr) {
    wire = proof->wire;
    options.facts = proof->facts;
    options.parts = proof->parts;
  } else if (program.IsTypedArray() && given.Has("uninitialised")) {
    wire = bytesOf(program);
    options.uninitialised = bytesOf(given.Get("uninitialised"));
  } else {
    throw Napi::TypeError::New(given.Env(), "expected a proof, or bytes and what they leave uninitialised");
  }
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

/** The maps of a program: a buffer each, or null for a map of programs. */
std::vector<std::optional<runtime::Map>> mapsOf(const Napi::Array& given) {
  std::vector<std::optional<runtime::Map>> maps(given.Length());
  for (uint32_t index = 0; index < given.Length(); index++) {
    Napi::Value buffer = given[index];
    if (buffer.IsNull()) continue;
    auto bytes = buffer.As<Napi::Uint8Array>();
    maps[index] = runtime::Map::attach({bytes.Data(), bytes.ByteLength()});
    if (!maps[index]) throw Napi::TypeError::New(given.Env(), "expected the buffer of a map");
  }
  return maps;
}

std::vector<uint64_t> valuesOf(const std::vector<std::optional<runtime::Map>>& maps) {
  std::vector<uint64_t> addresses;
  for (const auto& map : maps) addresses.push_back(map ? reinterpret_cast<uintptr_t>(map->values().data()) : 0);
  return addresses;
}

Attached attachedOf(const Napi::Object& given) {
  Attached attached{given.Get("callHelper"), given.Get("tailCallee"), {}};
  auto maps = given.Get("maps").As<Napi::Array>();
  for (uint32_t index = 0; index < maps.Length(); index++) {
    Napi::Value buffer = maps[index];
    if (!buffer.IsNull()) attached.mapBuffers.push_back(buffer);
  }
  return attached;
}

/** The processor that is asked for by name, with all that any of its kind can do; else the one here. */
jit::Machine machineOf(const Napi::Object& given) {
  jit::Machine machine = jit::host().value_or(jit::Machine{jit::Processor::X64, {}});
  if (given.Has("processor")) {
    std::string name = given.Get("processor").As<Napi::String>();
    machine = {name == "arm64" ? jit::Processor::Arm64 : jit::Processor::X64, {.bmi2 = true, .movbe = true, .lse = true}};
  }
  if (given.Get("isBaseline").ToBoolean()) machine.features = {};
  return machine;
}

// compile(program, options): Program
Napi::Value compile(const Napi::CallbackInfo& info) {
  auto given = info[1].As<Napi::Object>();
  Source source(info[0], given);
  jit::Options& options = source.options;
  runtime::Program program;
  options.isLowered = given.Has("tables");
  std::vector<jit::Table> tables;
  if (options.isLowered) tables = tablesOf(given.Get("tables").As<Napi::Array>(), program.tables);
  options.tables = tables;
  program.maps = mapsOf(given.Get("maps").As<Napi::Array>());
  std::vector<uint64_t> mapValues = valuesOf(program.maps);
  options.mapValues = mapValues;
  program.input = options.input;
  if (program.input == jit::Input::Packet) program.context = layoutOf(given.Get("context").As<Napi::Object>());
  program.packetAccess = packetAccessOf(given);
  program.isChecked = options.isChecked;
  program.least = given.Get("least").As<Napi::Number>();
  program.isWritable = given.Get("isWritable").As<Napi::Boolean>();
  program.budget = options.budget.value_or(0);
  if (auto fault = jit::compile(source.wire, options, machineOf(given), program.compiled)) throw refusal(info.Env(), fault);
  return {info.Env(), createProgram(info.Env(), std::move(program), attachedOf(given))};
}

// list(program, options): string
Napi::Value list(const Napi::CallbackInfo& info) {
  auto given = info[1].As<Napi::Object>();
  Source source(info[0], given);
  jit::Options& options = source.options;
  std::vector<uint64_t> mapValues(given.Get("maps").As<Napi::Array>().Length());
  options.mapValues = mapValues;
  options.isLowered = given.Has("tables");
  std::vector<std::vector<uint32_t>> numbers;
  std::vector<jit::Table> tables;
  if (options.isLowered) tables = tablesOf(given.Get("tables").As<Napi::Array>(), numbers);
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
  exports.Set("compile", Napi::Function::New(env, compile, "compile"));
  exports.Set("list", Napi::Function::New(env, list, "list"));
#ifdef __linux__
  exports.Set("kernel", createKernel(env));
#endif
  return exports;
}

}  // namespace
}  // namespace unibpf::addon

static Napi::Object start(Napi::Env env, Napi::Object exports) { return unibpf::addon::init(env, exports); }
NODE_API_MODULE(unibpf, start)
