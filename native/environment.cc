#include "environment.h"

#include <string>

#include "tagged.h"
#include "typed.h"

namespace unibpf::addon {
namespace {

constexpr napi_type_tag environmentTag = {0x6e6f7269766e6575, 0x746e656d66706269};

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

}  // namespace

Napi::Value createEnvironment(const Napi::CallbackInfo& info) {
  auto given = info[0].As<Napi::Object>();
  auto made = std::make_unique<Environment>(Environment{
      .input = inputOf(given),
      .packetLoads = given.Get("packetLoads").As<Napi::Boolean>(),
      .networkHeader = given.Get("networkHeader").As<Napi::Number>(),
      .context = {},
      .packetAccess = packetAccessOf(given),
      .isWritable = given.Get("isWritable").As<Napi::Boolean>(),
  });
  if (made->input == jit::Input::Packet) made->context = layoutOf(given.Get("context").As<Napi::Object>());
  return {info.Env(), tagged(info.Env(), std::move(made), environmentTag)};
}

const Environment& environmentOf(const Napi::Value& value) {
  auto* found = held<Environment>(value.Env(), value, environmentTag);
  if (found == nullptr) throw Napi::TypeError::New(value.Env(), "expected an environment");
  return *found;
}

}  // namespace unibpf::addon
