// A program as JavaScript sees it: an object of functions, each bound to the machine code.
#pragma once

#include <node_api.h>

#include "runtime/run.h"

namespace unibpf::addon {

/**
 * { run, verdict, runBatch, close }; the functions keep the code alive.
 * @param callHelper a function of JavaScript that carries helpers out, or null
 */
napi_value createProgram(napi_env env, runtime::Program program, napi_value callHelper);

}  // namespace unibpf::addon
