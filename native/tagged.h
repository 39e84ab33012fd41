// Objects of JavaScript's around values of ours. A tag tells them from all others, whatever JavaScript makes of their prototypes.
#pragma once

#include <node_api.h>

#include <memory>

namespace unibpf::addon {

/** An object that holds a value, and takes it along when it is collected. */
template <typename Value>
napi_value tagged(napi_env env, std::unique_ptr<Value> value, const napi_type_tag& tag) {
  auto destroy = [](napi_env, void* data, void*) { delete static_cast<Value*>(data); };
  napi_value object;
  napi_create_object(env, &object);
  napi_type_tag_object(env, object, &tag);
  if (napi_wrap(env, object, value.get(), destroy, nullptr, nullptr) == napi_ok) value.release();
  return object;
}

/** Node-API throws where it is asked for the tag of what can't be an object. */
inline bool hasTag(napi_env env, napi_value object, const napi_type_tag& tag) {
  bool isOurs = false;
  napi_valuetype type;
  if (napi_typeof(env, object, &type) != napi_ok || type != napi_object) return false;
  return napi_check_object_type_tag(env, object, &tag, &isOurs) == napi_ok && isOurs;
}

/** What an object holds; null where it is something else, or was taken. */
template <typename Value>
Value* held(napi_env env, napi_value object, const napi_type_tag& tag) {
  void* value;
  return hasTag(env, object, tag) && napi_unwrap(env, object, &value) == napi_ok ? static_cast<Value*>(value) : nullptr;
}

/** Takes it out of its object, so that the collector has nothing to do; null where it is something else, or was taken. */
template <typename Value>
std::unique_ptr<Value> taken(napi_env env, napi_value object, const napi_type_tag& tag) {
  void* value;
  if (!hasTag(env, object, tag) || napi_remove_wrap(env, object, &value) != napi_ok) return nullptr;
  return std::unique_ptr<Value>(static_cast<Value*>(value));
}

}  // namespace unibpf::addon
