// A program together with what was proved of it, as JavaScript holds it: an object that is ours by its tag, around bytes that
// were copied, so that neither can be made up or changed afterwards. Code without checks is made of nothing else, and of each once.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace unibpf::addon {

struct Proof {
  std::vector<uint8_t> wire;
  std::vector<uint8_t> facts;  // a byte a slot (jit/facts.h)
  std::vector<uint8_t> parts;  // of the packet, a byte a slot (jit/given.h)
};

// prove(wire, facts, parts): Proof
napi_value createProof(napi_env env, napi_callback_info info);

/** What an object of `createProof` holds, which it hasn't afterwards; null where it is something else. */
std::unique_ptr<const Proof> takeProof(napi_env env, napi_value value);

}  // namespace unibpf::addon
