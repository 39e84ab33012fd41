// Processes behind filters, as JavaScript sees them: lib/native.d.ts has the types.
#pragma once

#include <napi.h>

namespace unibpf::addon {

#ifdef __linux__
/** Adds `startFiltered` and `restrictThisProcess` to what the kernel can do. */
void addProcesses(Napi::Object kernel);
#endif

}  // namespace unibpf::addon
