// Helpers that JavaScript carries out: one function is called with the helper's number and r1 to r5, and answers with r0
// as a bigint, or with the number of a trap's code.
#pragma once

#include <node_api.h>

#include "runtime/host.h"

namespace unibpf::addon {

class ScriptHelpers : public runtime::Helpers {
 public:
  ScriptHelpers(napi_env env, napi_value function);
  virtual ~ScriptHelpers();
  Answer call(int32_t helper, const std::array<uint64_t, 5>& arguments) override;

 private:
  napi_env env_;
  napi_ref function_ = nullptr;
};

}  // namespace unibpf::addon
