#include "proof.h"

#include <memory>

#include "arguments.h"

namespace unibpf::addon {
namespace {

/** Says that an object is one of ours. */
constexpr napi_type_tag proofTag = {0x666f6f7270696e75, 0x6465766f72706270};

std::vector<uint8_t> copyOf(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

napi_value createProof(napi_env env, napi_callback_info info) {
  Call<3> call(env, info);
  std::span<uint8_t> wire, facts, parts;
  if (!elementsOf(env, call.values[0], napi_uint8_array, wire)) return nullptr;
  if (!elementsOf(env, call.values[1], napi_uint8_array, facts)) return nullptr;
  if (!elementsOf(env, call.values[2], napi_uint8_array, parts)) return nullptr;
  auto proof = std::make_unique<Proof>(Proof{copyOf(wire), copyOf(facts), copyOf(parts)});
  auto destroy = [](napi_env, void* data, void*) { delete static_cast<Proof*>(data); };
  napi_value object;
  napi_create_object(env, &object);
  napi_type_tag_object(env, object, &proofTag);
  if (napi_wrap(env, object, proof.get(), destroy, nullptr, nullptr) == napi_ok) proof.release();
  return object;
}

const Proof* proofOf(napi_env env, napi_value value) {
  bool isOurs;
  if (napi_check_object_type_tag(env, value, &proofTag, &isOurs) != napi_ok || !isOurs) return nullptr;
  void* proof;
  return napi_unwrap(env, value, &proof) == napi_ok ? static_cast<const Proof*>(proof) : nullptr;
}

}  // namespace unibpf::addon
