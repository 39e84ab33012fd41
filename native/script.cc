#include "script.h"

#include "program.h"

namespace unibpf::addon {
namespace {

struct Scope {
  explicit Scope(napi_env env) : env(env) { napi_open_handle_scope(env, &scope); }
  ~Scope() { napi_close_handle_scope(env, scope); }
  napi_env env;
  napi_handle_scope scope;
};

jit::Trap trapOf(napi_env env, napi_value value) {
  uint32_t code;
  bool isCode = napi_get_value_uint32(env, value, &code) == napi_ok && code >= uint32_t(jit::Trap::OutOfBounds) &&
                code <= uint32_t(jit::Trap::StackOverflow);
  return isCode ? jit::Trap(code) : jit::Trap::BadCall;
}

}  // namespace

JavaScript::JavaScript(napi_env env, napi_value callHelper, napi_value tailCallee) : env_(env) {
  napi_create_reference(env, callHelper, 1, &callHelper_);
  napi_create_reference(env, tailCallee, 1, &tailCallee_);
}

JavaScript::~JavaScript() {
  napi_delete_reference(env_, callHelper_);
  napi_delete_reference(env_, tailCallee_);
}

thread_local JavaScript::Watch* JavaScript::Watch::innermost = nullptr;

bool JavaScript::Watch::isUnchanged(napi_env env) const {
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, array_, nullptr, &length, &data, nullptr, nullptr);
  return length == bytes_.size() && (data == bytes_.data() || length == 0);
}

/** Null where the function threw, or what it did makes us: an exception is pending then. */
napi_value JavaScript::invoke(napi_ref reference, std::span<const napi_value> arguments) {
  napi_value function, receiver, result;
  napi_get_reference_value(env_, reference, &function);
  napi_get_undefined(env_, &receiver);
  bool isDone = napi_call_function(env_, receiver, function, arguments.size(), arguments.data(), &result) == napi_ok;
  if (!isDone) return nullptr;
  if (Watch::innermost == nullptr || Watch::innermost->isUnchanged(env_)) return result;
  napi_throw_error(env_, nullptr, "a helper took away the memory of the input");
  return nullptr;
}

runtime::Script::Answer JavaScript::call(int32_t helper, const std::array<uint64_t, 5>& registers) {
  Scope scope(env_);
  napi_value values[6];
  napi_create_int32(env_, helper, &values[0]);
  for (size_t i = 0; i < registers.size(); i++) napi_create_bigint_uint64(env_, registers[i], &values[i + 1]);
  napi_value result = invoke(callHelper_, values);
  if (result == nullptr) return {0, jit::Trap::Thrown};
  uint64_t value;
  bool isWhole;
  if (napi_get_value_bigint_uint64(env_, result, &value, &isWhole) == napi_ok) return {value};
  return {0, trapOf(env_, result)};
}

runtime::Script::Callee JavaScript::callee(size_t map, uint32_t index) {
  Scope scope(env_);
  napi_value values[2];
  napi_create_uint32(env_, uint32_t(map), &values[0]);
  napi_create_uint32(env_, index, &values[1]);
  napi_value result = invoke(tailCallee_, values);
  if (result == nullptr) return {nullptr, jit::Trap::Thrown};
  napi_valuetype type;
  napi_typeof(env_, result, &type);
  if (type == napi_undefined) return {};
  const runtime::Program* program = programOf(env_, result);
  if (program == nullptr) return {nullptr, trapOf(env_, result)};
  return {program};
}

}  // namespace unibpf::addon
