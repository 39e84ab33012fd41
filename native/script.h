// What JavaScript does for a run, through two functions that were given with the program.
//
// callHelper(helper, r1 … r5): bigint | number            r0, or the number of a trap's code
// tailCallee(map, index): Program | undefined | number     what `compile` made, none, or the number of a trap's code
#pragma once

#include <node_api.h>

#include <span>

#include "runtime/program.h"

namespace unibpf::addon {

class JavaScript final : public runtime::Script {
 public:
  JavaScript(napi_env env, napi_value callHelper, napi_value tailCallee);
  ~JavaScript();
  Answer call(int32_t helper, const std::array<uint64_t, 5>& registers) override;
  Callee callee(size_t map, uint32_t index) override;

  /** While a run lasts: JavaScript could take the input's memory away (by a transfer, a resize), which ends the run. */
  class Watch {
   public:
    Watch(napi_value array, std::span<const uint8_t> bytes) : outer_(innermost), array_(array), bytes_(bytes) {
      innermost = this;
    }
    ~Watch() { innermost = outer_; }
    bool isUnchanged(napi_env env) const;

    static thread_local Watch* innermost;

   private:
    Watch* outer_;
    napi_value array_;
    std::span<const uint8_t> bytes_;
  };

 private:
  napi_value invoke(napi_ref function, std::span<const napi_value> arguments);

  napi_env env_;
  napi_ref callHelper_ = nullptr;
  napi_ref tailCallee_ = nullptr;
};

}  // namespace unibpf::addon
