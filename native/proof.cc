#include "proof.h"

#include "arguments.h"
#include "tagged.h"

namespace unibpf::addon {
namespace {

constexpr napi_type_tag proofTag = {0x666f6f7270696e75, 0x6465766f72706270};

std::vector<uint8_t> copyOf(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

napi_value createProof(napi_env env, napi_callback_info info) {
  Call<3> call(env, info);
  std::span<uint8_t> wire, facts, parts;
  if (!elementsOf(env, call.values[0], napi_uint8_array, wire)) return nullptr;
  if (!elementsOf(env, call.values[1], napi_uint8_array, facts)) return nullptr;
  if (!elementsOf(env, call.values[2], napi_uint8_array, parts)) return nullptr;
  return tagged(env, std::make_unique<Proof>(Proof{copyOf(wire), copyOf(facts), copyOf(parts)}), proofTag);
}

std::unique_ptr<const Proof> takeProof(napi_env env, napi_value value) { return taken<Proof>(env, value, proofTag); }

}  // namespace unibpf::addon
