// A program as JavaScript sees it: an object of functions, each bound to the machine code.
#pragma once

#include <node_api.h>

#include <vector>

#include "runtime/run.h"

namespace unibpf::addon {

/** What a program needs of JavaScript (script.h), kept until it is closed; no functions where it makes no calls. */
struct Attached {
  napi_value callHelper = nullptr;
  napi_value tailCallee = nullptr;
  std::vector<napi_value> mapBuffers;
};

/** What lib/native.d.ts calls NativeProgram; its functions keep the code alive. */
napi_value createProgram(napi_env env, runtime::Program program, const Attached& attached);

/** The program that an object of `createProgram` holds; null where it is something else, or closed. */
const runtime::Program* programOf(napi_env env, napi_value value);

}  // namespace unibpf::addon
