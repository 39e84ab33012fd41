// The walk over a capture's records, as JavaScript asks for it.
#pragma once

#include <node_api.h>

#include "runtime/program.h"

namespace unibpf::addon {

/** @param values data, state, index, interfaces, as lib/native.d.ts tells; an exception is pending where they can't be right */
void scanRecords(napi_env env, const runtime::Program& program, const napi_value* values);

}  // namespace unibpf::addon
