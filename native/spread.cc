#include "spread.h"

#include "arguments.h"
#include "runtime/spread.h"

namespace unibpf::addon {
namespace {

napi_value spread(napi_env env, napi_callback_info info) {
  Call<4> call(env, info);
  std::span<uint32_t> masks, row;
  uint32_t bit = 0, result = 0;
  if (!elementsOf(env, call.values[0], napi_uint32_array, masks) || !elementsOf(env, call.values[3], napi_uint32_array, row)) return nullptr;
  bool areNumbers = napi_get_value_uint32(env, call.values[1], &bit) == napi_ok && napi_get_value_uint32(env, call.values[2], &result) == napi_ok;
  if (!areNumbers || bit > 31 || row.size() < masks.size()) {
    fail(env, "expected a bit from 0 to 31, a result, and a row that is as long as the masks");
    return nullptr;
  }
  napi_value count;
  napi_create_double(env, double(runtime::spread(masks, bit, result, row.data())), &count);
  return count;
}

}  // namespace

napi_value createSpread(napi_env env) {
  napi_value made;
  napi_create_function(env, "spread", NAPI_AUTO_LENGTH, spread, nullptr, &made);
  return made;
}

}  // namespace unibpf::addon
