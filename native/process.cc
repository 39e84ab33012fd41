#include "process.h"

#ifdef __linux__
#include <sys/wait.h>

#include <cstring>

#include "linux/processes.h"
#include "typed.h"

namespace unibpf::addon {
namespace {

std::vector<std::string> stringsOf(const Napi::Value& value) {
  auto list = value.As<Napi::Array>();
  std::vector<std::string> strings;
  for (uint32_t index = 0; index < list.Length(); index++) {
    strings.push_back(list.Get(index).As<Napi::String>().Utf8Value());
  }
  return strings;
}

const char* stageName(kernel::Stage stage) {
  switch (stage) {
    case kernel::Stage::None:
    case kernel::Stage::Start:
      return "start";
    case kernel::Stage::Privileges:
      return "privileges";
    case kernel::Stage::Filter:
      return "filter";
    case kernel::Stage::Execute:
      return "execute";
  }
  return "start";
}

/** Waits in a thread of its own, so that JavaScript goes on and can hand signals to the child. */
class Waiting : public Napi::AsyncWorker {
 public:
  Waiting(Napi::Env env, pid_t pid) : Napi::AsyncWorker(env, "unibpf.wait"), deferred_(env), pid_(pid) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { status_ = kernel::waitFor(pid_); }

  // { code } or { signal }: the number
  void OnOK() override {
    auto result = Napi::Object::New(Env());
    if (WIFSIGNALED(status_)) result.Set("signal", Napi::Number::New(Env(), WTERMSIG(status_)));
    else result.Set("code", Napi::Number::New(Env(), status_ < 0 ? 127 : WEXITSTATUS(status_)));
    deferred_.Resolve(result);
  }

 private:
  Napi::Promise::Deferred deferred_;
  pid_t pid_;
  int status_ = -1;
};

// startFiltered({ file, arguments, environment, filter, flags }): { pid, ended }
Napi::Value startFiltered(const Napi::CallbackInfo& info) {
  auto given = info[0].As<Napi::Object>();
  kernel::Command command{given.Get("file").As<Napi::String>(), stringsOf(given.Get("arguments")),
                          stringsOf(given.Get("environment")), bytesOf(given.Get("filter")),
                          given.Get("flags").As<Napi::Number>()};
  kernel::Started started = kernel::start(command);
  if (started.stage != kernel::Stage::None) {
    Napi::Error error = Napi::Error::New(info.Env(), std::strerror(started.error));
    error.Set("errno", Napi::Number::New(info.Env(), started.error));
    error.Set("stage", Napi::String::New(info.Env(), stageName(started.stage)));
    throw error;
  }
  auto* waiting = new Waiting(info.Env(), started.pid);  // deletes itself when it is done
  auto result = Napi::Object::New(info.Env());
  result.Set("pid", Napi::Number::New(info.Env(), started.pid));
  result.Set("ended", waiting->promise());
  waiting->Queue();
  return result;
}

// restrictThisProcess(filter, flags)
void restrictThisProcess(const Napi::CallbackInfo& info) {
  int number = kernel::restrictSelf(bytesOf(info[0]), info[1].As<Napi::Number>());
  if (number == 0) return;
  Napi::Error error = Napi::Error::New(info.Env(), std::strerror(number));
  error.Set("errno", Napi::Number::New(info.Env(), number));
  throw error;
}

}  // namespace

void addProcesses(Napi::Object kernel) {
  Napi::Env env = kernel.Env();
  kernel.Set("startFiltered", Napi::Function::New(env, startFiltered, "startFiltered"));
  kernel.Set("restrictThisProcess", Napi::Function::New(env, restrictThisProcess, "restrictThisProcess"));
}

}  // namespace unibpf::addon
#endif
