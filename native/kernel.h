// The running kernel's machine, as JavaScript sees it.
#pragma once

#include <napi.h>

namespace unibpf::addon {

/** { load, attachClassic }: lib/native.d.ts has the types. */
Napi::Object createKernel(Napi::Env env);

}  // namespace unibpf::addon
