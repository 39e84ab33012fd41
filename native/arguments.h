// Arguments of functions that JavaScript calls often, read through raw Node-API: node-addon-api takes twice as long.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <span>

namespace unibpf::addon {

/** The arguments of a call, and the object that its function was made with. */
template <size_t count>
struct Call {
  Call(napi_env env, napi_callback_info info) : env(env) {
    size_t given = count;
    napi_get_cb_info(env, info, &given, values, nullptr, &data);
  }
  napi_env env;
  napi_value values[count] = {};
  void* data = nullptr;
};

inline void fail(napi_env env, const char* message) { napi_throw_error(env, nullptr, message); }

/** A typed array's elements; false, with an exception pending, where the value is something else. */
template <typename T>
bool elementsOf(napi_env env, napi_value value, napi_typedarray_type wanted, std::span<T>& elements) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  bool isArray = napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) == napi_ok;
  if (!isArray || type != wanted) {
    fail(env, wanted == napi_uint8_array ? "expected a Uint8Array" : "expected a Uint32Array");
    return false;
  }
  static T none[1];  // an empty array may be nowhere, and no program expects an address that is 0
  elements = std::span<T>(data == nullptr ? none : static_cast<T*>(data), length);
  return true;
}

/** Whether a typed array's memory can change while we look at it, since other threads have it too. */
inline bool isShared(napi_env env, napi_value array) {
  napi_value buffer;
  bool isOwn = false;
  napi_get_typedarray_info(env, array, nullptr, nullptr, nullptr, &buffer, nullptr);
  napi_is_arraybuffer(env, buffer, &isOwn);
  return !isOwn;
}

}  // namespace unibpf::addon
