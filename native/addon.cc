// What JavaScript sees of the native part: lib/native.d.ts has the types.
#include <napi.h>

#include <string>

#include "jit/compile.h"
#include "program.h"

namespace unibpf::addon {
namespace {

std::span<const uint8_t> wireOf(const Napi::CallbackInfo& info) {
  auto bytes = info[0].As<Napi::Uint8Array>();
  return {bytes.Data(), bytes.ByteLength()};
}

Input inputOf(const Napi::CallbackInfo& info) {
  std::string name = info[1].As<Napi::Object>().Get("input").As<Napi::String>();
  if (name == "packet") return Input::Packet;
  if (name == "bytes") return Input::Bytes;
  if (name == "memory") return Input::Memory;
  throw Napi::TypeError::New(info.Env(), "expected input to be 'packet', 'bytes' or 'memory'");
}

/** A program that can't be compiled: an Error with the pc. */
Napi::Error refusal(Napi::Env env, const jit::Fault& fault) {
  Napi::Error error = Napi::Error::New(env, fault.what);
  error.Set("pc", Napi::Number::New(env, fault.pc));
  return error;
}

// compile(wire, options): Program
Napi::Value compile(const Napi::CallbackInfo& info) {
  Input input = inputOf(info);
  jit::Compiled compiled;
  if (auto fault = jit::compile(wireOf(info), {.isPacketFilter = input == Input::Packet}, compiled)) {
    throw refusal(info.Env(), fault);
  }
  return {info.Env(), createProgram(info.Env(), std::move(compiled), input)};
}

// list(wire, options): string
Napi::Value list(const Napi::CallbackInfo& info) {
  std::string text;
  if (auto fault = jit::list(wireOf(info), {.isPacketFilter = inputOf(info) == Input::Packet}, text)) {
    throw refusal(info.Env(), fault);
  }
  return Napi::String::New(info.Env(), text);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("compile", Napi::Function::New(env, compile, "compile"));
  exports.Set("list", Napi::Function::New(env, list, "list"));
  return exports;
}

}  // namespace
}  // namespace unibpf::addon

static Napi::Object start(Napi::Env env, Napi::Object exports) { return unibpf::addon::init(env, exports); }
NODE_API_MODULE(unibpf, start)
