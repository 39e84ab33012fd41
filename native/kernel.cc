#include "kernel.h"

#ifdef __linux__
#include <cstring>
#include <memory>

#include "linux/programs.h"
#include "process.h"
#include "typed.h"

namespace unibpf::addon {
namespace {

/** An Error with the number that the system call gave. */
Napi::Error systemError(Napi::Env env, int number) {
  Napi::Error error = Napi::Error::New(env, std::strerror(number));
  error.Set("errno", Napi::Number::New(env, number));
  return error;
}

// { run(packet): number, close() }; both keep the descriptor
Napi::Object programOf(Napi::Env env, kernel::Descriptor&& descriptor) {
  auto program = std::make_shared<kernel::Descriptor>(std::move(descriptor));
  auto run = [program](const Napi::CallbackInfo& info) {
    kernel::Verdict verdict = kernel::testRun(*program, bytesOf(info[0]));
    if (verdict.error != 0) throw systemError(info.Env(), verdict.error);
    return Napi::Number::New(info.Env(), verdict.result);
  };
  auto close = [program](const Napi::CallbackInfo&) { *program = kernel::Descriptor(); };
  auto object = Napi::Object::New(env);
  object.Set("run", Napi::Function::New(env, run, "run"));
  object.Set("close", Napi::Function::New(env, close, "close"));
  return object;
}

// load(type, wire): program
Napi::Value load(const Napi::CallbackInfo& info) {
  kernel::Loaded loaded = kernel::load(info[0].As<Napi::Number>(), bytesOf(info[1]));
  if (loaded.error == 0) return programOf(info.Env(), std::move(loaded.program));
  Napi::Error error = systemError(info.Env(), loaded.error);
  error.Set("log", Napi::String::New(info.Env(), loaded.log));
  throw error;
}

// attachClassic(insns)
void attachClassic(const Napi::CallbackInfo& info) {
  int error = kernel::attachClassic(bytesOf(info[0]));
  if (error != 0) throw systemError(info.Env(), error);
}

}  // namespace

Napi::Object createKernel(Napi::Env env) {
  auto object = Napi::Object::New(env);
  object.Set("load", Napi::Function::New(env, load, "load"));
  object.Set("attachClassic", Napi::Function::New(env, attachClassic, "attachClassic"));
  addProcesses(object);
  return object;
}

}  // namespace unibpf::addon
#endif
