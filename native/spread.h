// Results of several programs in one number, as verdicts of each (src/run/joined.ts).
#pragma once

#include <node_api.h>

namespace unibpf::addon {

// spread(masks, bit, result, row): number of matches
napi_value createSpread(napi_env env);

}  // namespace unibpf::addon
