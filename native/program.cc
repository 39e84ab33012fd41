#include "program.h"

#include <memory>
#include <utility>

#include "arguments.h"
#include "helpers.h"
#include "jit/packet.h"

namespace unibpf::addon {
namespace {

/** Shared by the functions of one object; the last one that is collected takes it along. */
struct Bound {
  runtime::Program program;
  std::unique_ptr<ScriptHelpers> helpers = nullptr;
  uint32_t functions = 0;
  uint32_t running = 0;

  bool isClosed() const { return !program.compiled.code; }
};

/** While one lives, the program can't be closed. */
struct Running {
  explicit Running(Bound& bound) : bound(bound) { bound.running++; }
  ~Running() { bound.running--; }
  Bound& bound;
};

void release(napi_env env, Bound& bound) {
  int64_t total;
  napi_adjust_external_memory(env, -int64_t(bound.program.compiled.code.size()), &total);
  bound.program.compiled = {};
  bound.helpers.reset();
}

void collect(napi_env env, void* data, void*) {
  auto* bound = static_cast<Bound*>(data);
  if (--bound->functions > 0) return;
  if (!bound->isClosed()) release(env, *bound);
  delete bound;
}

/** The arguments of `run` and `verdict`: the input's bytes, and its length on the wire. */
struct RunCall : Call<2> {
  RunCall(napi_env env, napi_callback_info info) : Call(env, info), bound(static_cast<Bound*>(data)) {
    if (!elementsOf(env, values[0], napi_uint8_array, bytes)) return;
    if (napi_get_value_uint32(env, values[1], &length) != napi_ok) {
      fail(env, "expected the length as a number");
    } else if (bound->isClosed()) {
      fail(env, "this program is closed");
    } else if (bytes.size() > jit::mostPacketBytes) {
      fail(env, "expected at most 2147483647 bytes");
    } else {
      isValid = true;
    }
  }
  runtime::Outcome run() {
    Running running(*bound);
    return runtime::run(bound->program, bytes, length);
  }
  Bound* bound;
  std::span<uint8_t> bytes;
  uint32_t length = 0;
  bool isValid = false;
};

/** [number of the trap's code, pc] */
napi_value trapOf(napi_env env, const runtime::Outcome& outcome) {
  napi_value pair, code, pc;
  napi_create_array_with_length(env, 2, &pair);
  napi_create_uint32(env, uint32_t(outcome.trap), &code);
  napi_create_uint32(env, outcome.pc, &pc);
  napi_set_element(env, pair, 0, code);
  napi_set_element(env, pair, 1, pc);
  return pair;
}

// run(data, length): bigint, or the trap
napi_value run(napi_env env, napi_callback_info info) {
  RunCall call(env, info);
  if (!call.isValid) return nullptr;
  runtime::Outcome outcome = call.run();
  if (outcome.trap == jit::Trap::Thrown) return nullptr;
  if (outcome.trap != jit::Trap::None) return trapOf(env, outcome);
  napi_value value;
  napi_create_bigint_uint64(env, outcome.result, &value);
  return value;
}

// verdict(data, length): number
napi_value verdict(napi_env env, napi_callback_info info) {
  RunCall call(env, info);
  if (!call.isValid) return nullptr;
  runtime::Outcome outcome = call.run();
  if (outcome.trap == jit::Trap::Thrown) return nullptr;
  napi_value value;
  napi_create_uint32(env, uint32_t(outcome.result), &value);
  return value;
}

/** The arguments of `runBatch`: the data and four arrays with an entry a packet. */
struct BatchCall : Call<5> {
  BatchCall(napi_env env, napi_callback_info info) : Call(env, info), bound(static_cast<Bound*>(data)) {
    std::span<uint32_t> arrays[4];
    if (!elementsOf(env, values[0], napi_uint8_array, packets.data)) return;
    for (size_t i = 0; i < 4; i++) {
      if (!elementsOf(env, values[i + 1], napi_uint32_array, arrays[i])) return;
      isValid = arrays[i].size() >= arrays[0].size();
      if (!isValid) fail(env, "expected arrays that are as long as offsets");
      if (!isValid) return;
    }
    isValid = !bound->isClosed();
    if (!isValid) fail(env, "this program is closed");
    packets.offsets = arrays[0].data();
    packets.captured = arrays[1].data();
    packets.lengths = arrays[2].data();
    packets.verdicts = arrays[3].data();
    packets.count = arrays[0].size();
  }
  double run() {
    if (auto bad = runtime::firstBadPacket(packets)) return -1.0 - double(*bad);
    Running running(*bound);
    return double(runtime::runBatch(bound->program, packets));
  }
  Bound* bound;
  runtime::Packets packets{};
  bool isValid = false;
};

// runBatch(data, offsets, captured, lengths, verdicts): number of matches, or -1 - i for a packet i that can't be right
napi_value runBatch(napi_env env, napi_callback_info info) {
  BatchCall call(env, info);
  if (!call.isValid) return nullptr;
  napi_value value;
  napi_create_double(env, call.run(), &value);
  return value;
}

// close(): nothing may be run afterwards
napi_value close(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  auto* bound = static_cast<Bound*>(call.data);
  if (bound->running > 0) {
    fail(env, "a program can't be closed while it runs");
  } else if (!bound->isClosed()) {
    release(env, *bound);
  }
  return nullptr;
}

void addFunction(napi_env env, napi_value object, const char* name, napi_callback callback, Bound* bound) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, bound, &function);
  if (napi_add_finalizer(env, function, bound, collect, nullptr, nullptr) == napi_ok) bound->functions++;
  napi_set_named_property(env, object, name, function);
}

}  // namespace

napi_value createProgram(napi_env env, runtime::Program program, napi_value callHelper) {
  auto* bound = new Bound{std::move(program)};
  if (callHelper != nullptr) bound->helpers = std::make_unique<ScriptHelpers>(env, callHelper);
  bound->program.helpers = bound->helpers.get();
  int64_t total;
  napi_adjust_external_memory(env, int64_t(bound->program.compiled.code.size()), &total);
  napi_value object;
  napi_create_object(env, &object);
  addFunction(env, object, "run", run, bound);
  addFunction(env, object, "verdict", verdict, bound);
  addFunction(env, object, "runBatch", runBatch, bound);
  addFunction(env, object, "close", close, bound);
  return object;
}

}  // namespace unibpf::addon
