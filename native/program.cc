#include "program.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "arguments.h"
#include "jit/packet.h"
#include "runtime/host.h"
#include "scan.h"
#include "script.h"
#include "tagged.h"

namespace unibpf::addon {
namespace {

constexpr napi_type_tag programTag = {0x6d6172676f727062, 0x4675626966706275};

/** What the functions of one object share; the last of them that is collected takes it along. */
struct Bound {
  runtime::Program program;
  std::vector<napi_ref> mapBuffers;
  std::unique_ptr<JavaScript> script = nullptr;
  uint32_t owners = 0;

  bool isClosed() const { return !program.compiled.code; }
};

void release(napi_env env, Bound& bound) {
  int64_t total;
  napi_adjust_external_memory(env, -int64_t(bound.program.compiled.code.size()), &total);
  for (napi_ref buffer : bound.mapBuffers) napi_delete_reference(env, buffer);
  bound.mapBuffers.clear();
  bound.program.maps.clear();
  bound.program.compiled = {};
  bound.script.reset();
}

void collect(napi_env env, void* data, void*) {
  auto* bound = static_cast<Bound*>(data);
  if (--bound->owners > 0) return;
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
    } else if (bytes.size() < bound->program.least) {
      fail(env, "expected as many bytes as the proof relies on");
    } else {
      isValid = true;
    }
  }
  runtime::Outcome run() {
    if (bound->script == nullptr) return runtime::run(bound->program, bytes, length);  // no JavaScript runs meanwhile
    JavaScript::Watch watch(values[0], bytes);
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

/** Whether writing one changes the other, which has been checked before. */
bool overlap(std::span<const std::byte> one, std::span<const std::byte> other) {
  return !one.empty() && !other.empty() && one.data() < other.data() + other.size() && other.data() < one.data() + one.size();
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
    if (!isValid) return;
    isValid = !isShared(env, values[1]) && !isShared(env, values[2]);
    if (!isValid) fail(env, "expected offsets and captured in memory that no other thread can change");
    if (!isValid) return;
    auto bytes = std::as_bytes(packets.data);
    isValid = std::none_of(arrays, arrays + 2, [&](const auto& checked) {
      return overlap(std::as_bytes(checked), bytes) || overlap(std::as_bytes(checked), std::as_bytes(arrays[3]));
    });
    if (!isValid) fail(env, "expected offsets and captured that share no memory with what a run writes");
    packets.offsets = arrays[0].data();
    packets.captured = arrays[1].data();
    packets.lengths = arrays[2].data();
    packets.verdicts = arrays[3].data();
    packets.count = arrays[0].size();
  }
  double run() {
    if (auto bad = runtime::firstBadPacket(bound->program, packets)) return -1.0 - double(*bad);
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

// scan(data, state, index, interfaces): see scan.h
napi_value scan(napi_env env, napi_callback_info info) {
  Call<4> call(env, info);
  auto* bound = static_cast<Bound*>(call.data);
  if (bound->isClosed()) fail(env, "this program is closed");
  else scanRecords(env, bound->program, call.values);
  return nullptr;
}

// bytes(address, length): Uint8Array | undefined
napi_value bytes(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  const runtime::Program& program = static_cast<Bound*>(call.data)->program;
  uint64_t address = 0;
  uint32_t length = 0;
  bool isWhole;
  napi_get_value_bigint_uint64(env, call.values[0], &address, &isWhole);
  napi_get_value_uint32(env, call.values[1], &length);
  const uint8_t* found = program.running == nullptr ? nullptr : runtime::Host::place(*program.running, address, {length, 0});
  if (found == nullptr) return nullptr;
  napi_value buffer, array;
  void* copy;
  napi_create_arraybuffer(env, length, &copy, &buffer);
  std::memcpy(copy, found, length);
  napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &array);
  return array;
}

// write(address, bytes): false where the program may not write there
napi_value write(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  const runtime::Program& program = static_cast<Bound*>(call.data)->program;
  uint64_t address = 0;
  bool isWhole;
  std::span<uint8_t> source;
  napi_get_value_bigint_uint64(env, call.values[0], &address, &isWhole);
  if (!elementsOf(env, call.values[1], napi_uint8_array, source)) return nullptr;
  bool isRight = source.size() <= jit::mostPacketBytes && program.running != nullptr;
  uint8_t* found = isRight ? runtime::Host::place(*program.running, address, {uint32_t(source.size()), 1}) : nullptr;
  if (found != nullptr) std::memcpy(found, source.data(), source.size());
  napi_value value;
  napi_get_boolean(env, found != nullptr, &value);
  return value;
}

// mapAddress(map): where the bytes begin that programs reach in a map
napi_value mapAddress(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  const runtime::Program& program = static_cast<Bound*>(call.data)->program;
  uint32_t index = 0;
  napi_get_value_uint32(env, call.values[0], &index);
  bool isThere = index < program.maps.size() && program.maps[index];
  napi_value value;
  napi_create_bigint_uint64(env, isThere ? reinterpret_cast<uintptr_t>(program.maps[index]->values().data()) : 0, &value);
  return value;
}

/** What an object of ours holds; null where it is something else, or was given back. */
Bound* boundOf(napi_env env, napi_value value) { return held<Bound>(env, value, programTag); }

/** Gives back what the machine code takes; and all the rest where no function of the program's was made. */
void giveBack(napi_env env, napi_value self, Bound* bound) {
  if (!bound->isClosed()) release(env, *bound);
  if (bound->owners > 1) return;
  taken<Bound>(env, self, programTag);
}

// close(): false while the program runs; a method, since every program is closed
napi_value close(napi_env env, napi_callback_info info) {
  napi_value self, value;
  napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr);
  Bound* bound = boundOf(env, self);
  bool isRunning = bound != nullptr && bound->program.running != nullptr;
  if (bound != nullptr && !isRunning) giveBack(env, self, bound);
  napi_get_boolean(env, !isRunning, &value);
  return value;
}

void own(napi_env env, napi_value object, Bound* bound) {
  if (napi_add_finalizer(env, object, bound, collect, nullptr, nullptr) == napi_ok) bound->owners++;
}

struct Function {
  const char* name;
  napi_callback callback;
};

constexpr Function functions[] = {{"run", run},   {"verdict", verdict}, {"runBatch", runBatch},
                                  {"scan", scan}, {"bytes", bytes},     {"write", write},       {"mapAddress", mapAddress}};

// Reading a function of a program makes it, since that takes longer than compiling a small program, and few need all.
napi_value makeFunction(napi_env env, napi_callback_info info) {
  napi_value self, made;
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, &self, &data);
  auto* function = static_cast<const Function*>(data);
  Bound* bound = boundOf(env, self);
  if (bound == nullptr) fail(env, "this program is closed");
  if (bound == nullptr) return nullptr;
  napi_create_function(env, function->name, NAPI_AUTO_LENGTH, function->callback, bound, &made);
  own(env, made, bound);
  return made;
}

/** The object that a getter is asked of; null once it is closed. */
const Bound* asked(napi_env env, napi_callback_info info) {
  napi_value self;
  napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr);
  return boundOf(env, self);
}

// codeBytes: number
napi_value codeBytes(napi_env env, napi_callback_info info) {
  const Bound* bound = asked(env, info);
  napi_value value;
  napi_create_double(env, bound == nullptr ? 0 : double(bound->program.compiled.code.size()), &value);
  return value;
}

// lanes: number
napi_value lanes(napi_env env, napi_callback_info info) {
  const Bound* bound = asked(env, info);
  napi_value value;
  napi_create_uint32(env, bound == nullptr ? 1 : uint32_t(bound->program.compiled.lanes), &value);
  return value;
}

napi_value construct(napi_env env, napi_callback_info info) {
  napi_value self;
  napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr);
  return self;
}

napi_value defineClass(napi_env env) {
  std::vector<napi_property_descriptor> properties = {
    {"close", nullptr, close, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
    {"codeBytes", nullptr, nullptr, codeBytes, nullptr, nullptr, napi_enumerable, nullptr},
    {"lanes", nullptr, nullptr, lanes, nullptr, nullptr, napi_enumerable, nullptr}};
  for (const Function& function : functions) {
    void* data = const_cast<Function*>(&function);
    properties.push_back({function.name, nullptr, nullptr, makeFunction, nullptr, nullptr, napi_enumerable, data});
  }
  napi_value made;
  napi_define_class(env, "Program", NAPI_AUTO_LENGTH, construct, nullptr, properties.size(), properties.data(), &made);
  return made;
}

/** The class of programs, one for each environment of JavaScript. */
napi_value programClass(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  napi_value made;
  if (data != nullptr) {
    napi_get_reference_value(env, static_cast<napi_ref>(data), &made);
    return made;
  }
  made = defineClass(env);
  napi_ref reference;
  napi_create_reference(env, made, 1, &reference);
  napi_set_instance_data(env, reference, nullptr, nullptr);
  return made;
}

}  // namespace

napi_value createProgram(napi_env env, runtime::Program program, const Attached& attached) {
  auto* bound = new Bound{std::move(program), {}};
  if (attached.callHelper != nullptr) {
    bound->script = std::make_unique<JavaScript>(env, attached.callHelper, attached.tailCallee);
  }
  bound->program.script = bound->script.get();
  for (napi_value buffer : attached.mapBuffers) napi_create_reference(env, buffer, 1, &bound->mapBuffers.emplace_back());
  int64_t total;
  napi_adjust_external_memory(env, int64_t(bound->program.compiled.code.size()), &total);
  napi_value object;
  napi_new_instance(env, programClass(env), 0, nullptr, &object);
  napi_type_tag_object(env, object, &programTag);
  if (napi_wrap(env, object, bound, collect, nullptr, nullptr) == napi_ok) bound->owners++;
  return object;
}

const runtime::Program* programOf(napi_env env, napi_value value) {
  Bound* bound = boundOf(env, value);
  return bound == nullptr || bound->isClosed() ? nullptr : &bound->program;
}

}  // namespace unibpf::addon
