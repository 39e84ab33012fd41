// What the programs of one environment have in common, as JavaScript holds it: read once, and given with each program.
#pragma once

#include <napi.h>

#include "runtime/program.h"

namespace unibpf::addon {

struct Environment {
  jit::Input input;
  bool packetLoads;
  uint32_t networkHeader;
  runtime::ContextLayout context;  // of `Input::Packet`
  runtime::PacketAccess packetAccess;
  bool isWritable;
};

// environment(options): Environment
Napi::Value createEnvironment(const Napi::CallbackInfo& info);

/** What an object of `createEnvironment` holds. @throws TypeError where it is something else */
const Environment& environmentOf(const Napi::Value& value);

}  // namespace unibpf::addon
