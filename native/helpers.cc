#include "helpers.h"

namespace unibpf::addon {
namespace {

runtime::Helpers::Answer answerOf(napi_env env, napi_value value) {
  uint64_t result;
  bool isWhole;
  if (napi_get_value_bigint_uint64(env, value, &result, &isWhole) == napi_ok) return {result};
  uint32_t code;
  if (napi_get_value_uint32(env, value, &code) != napi_ok) code = uint32_t(jit::Trap::BadCall);
  return {0, jit::Trap(code)};
}

}  // namespace

ScriptHelpers::ScriptHelpers(napi_env env, napi_value function) : env_(env) {
  napi_create_reference(env, function, 1, &function_);
}

ScriptHelpers::~ScriptHelpers() { napi_delete_reference(env_, function_); }

/** An exception stays pending and ends the run. */
runtime::Helpers::Answer ScriptHelpers::call(int32_t helper, const std::array<uint64_t, 5>& arguments) {
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  napi_value function, receiver, result, values[6];
  napi_get_reference_value(env_, function_, &function);
  napi_get_undefined(env_, &receiver);
  napi_create_int32(env_, helper, &values[0]);
  for (size_t i = 0; i < arguments.size(); i++) napi_create_bigint_uint64(env_, arguments[i], &values[i + 1]);
  Answer answer{0, jit::Trap::Thrown};
  if (napi_call_function(env_, receiver, function, 6, values, &result) == napi_ok) answer = answerOf(env_, result);
  napi_close_handle_scope(env_, scope);
  return answer;
}

}  // namespace unibpf::addon
