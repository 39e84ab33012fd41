// The elements of typed arrays that JavaScript gives: of the kind that is wanted, or a TypeError.
#pragma once

#include <napi.h>

#include <cstdint>
#include <span>
#include <vector>

#include "arguments.h"

namespace unibpf::addon {

/** node-addon-api takes any typed array for any other, and then reads beyond its end. */
template <typename T>
std::span<T> typed(const Napi::Value& value, napi_typedarray_type wanted) {
  std::span<T> elements;
  if (!elementsOf(value.Env(), value, wanted, elements)) throw value.Env().GetAndClearPendingException();
  return elements;
}

inline std::span<uint8_t> bytesOf(const Napi::Value& value) { return typed<uint8_t>(value, napi_uint8_array); }

inline std::vector<uint32_t> numbersOf(const Napi::Value& value) {
  auto numbers = typed<uint32_t>(value, napi_uint32_array);
  return {numbers.begin(), numbers.end()};
}

}  // namespace unibpf::addon
