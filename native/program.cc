#include "program.h"

#include <memory>
#include <utility>

#include "arguments.h"
#include "jit/packet.h"
#include "runtime/packets.h"

namespace unibpf::addon {
namespace {

/** Shared by the functions of one object; the last one that is collected takes it along. */
struct Program {
  jit::Compiled compiled;
  Input input;
  uint32_t functions = 0;
  uint32_t running = 0;
};

napi_value failure(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

void release(napi_env env, Program& program) {
  int64_t total;
  napi_adjust_external_memory(env, -int64_t(program.compiled.code.size()), &total);
  program.compiled = {};
}

void collect(napi_env env, void* data, void*) {
  auto* program = static_cast<Program*>(data);
  if (--program->functions > 0) return;
  if (program->compiled.code) release(env, *program);
  delete program;
}

/** The program, the input's bytes and its length on the wire. */
struct RunCall : Call<2> {
  RunCall(napi_env env, napi_callback_info info) : Call(env, info), program(static_cast<Program*>(data)) {
    if (!elementsOf(env, values[0], napi_uint8_array, bytes)) return;
    if (napi_get_value_uint32(env, values[1], &length) != napi_ok) {
      typeError(env, "expected the length as a number");
    } else if (!program->compiled.code) {
      failure(env, "this program is closed");
    } else if (bytes.size() > jit::mostPacketBytes) {
      failure(env, "expected at most 2147483647 bytes");
    } else {
      isValid = true;
    }
  }
  uint64_t run(jit::Frame& frame) {
    program->running++;
    uint64_t result = program->input == Input::Packet ? runtime::runPacket(program->compiled, frame, bytes, length)
                                                      : runBytes(frame);
    program->running--;
    return result;
  }
  uint64_t runBytes(jit::Frame& frame) {
    frame.arguments[0] = reinterpret_cast<uintptr_t>(bytes.data());
    if (program->input == Input::Memory) frame.arguments[1] = bytes.size();
    return program->compiled.run(&frame);
  }
  Program* program;
  std::span<uint8_t> bytes;
  uint32_t length = 0;
  bool isValid = false;
};

/** The trap that ended a run: [number of its code from 1, pc]. */
napi_value trapOf(napi_env env, const jit::Frame& frame) {
  napi_value pair, code, pc;
  napi_create_array_with_length(env, 2, &pair);
  napi_create_uint32(env, uint32_t(frame.trap), &code);
  napi_create_uint32(env, frame.trapPc, &pc);
  napi_set_element(env, pair, 0, code);
  napi_set_element(env, pair, 1, pc);
  return pair;
}

// run(data, length): bigint, or the trap
napi_value run(napi_env env, napi_callback_info info) {
  RunCall call(env, info);
  if (!call.isValid) return nullptr;
  jit::Frame frame;
  uint64_t result = call.run(frame);
  if (frame.trap != jit::Trap::None) return trapOf(env, frame);
  napi_value value;
  napi_create_bigint_uint64(env, result, &value);
  return value;
}

// verdict(data, length): number
napi_value verdict(napi_env env, napi_callback_info info) {
  RunCall call(env, info);
  if (!call.isValid) return nullptr;
  jit::Frame frame;
  napi_value value;
  napi_create_uint32(env, uint32_t(call.run(frame)), &value);
  return value;
}

// runBatch(data, offsets, captured, lengths, verdicts): number of matches, or -1 - the index of a packet that is not
// inside the data
napi_value runBatch(napi_env env, napi_callback_info info) {
  Call<5> call(env, info);
  auto* program = static_cast<Program*>(call.data);
  std::span<uint8_t> data;
  std::span<uint32_t> offsets, captured, lengths, verdicts;
  bool isValid = elementsOf(env, call.values[0], napi_uint8_array, data) &&
                 elementsOf(env, call.values[1], napi_uint32_array, offsets) &&
                 elementsOf(env, call.values[2], napi_uint32_array, captured) &&
                 elementsOf(env, call.values[3], napi_uint32_array, lengths) &&
                 elementsOf(env, call.values[4], napi_uint32_array, verdicts);
  if (!isValid) return nullptr;
  if (!program->compiled.batch) return failure(env, "this program is closed, or has no batch entry");
  size_t count = offsets.size();
  if (captured.size() < count || lengths.size() < count || verdicts.size() < count) {
    return failure(env, "expected arrays that are as long as offsets");
  }
  runtime::Packets packets{data, offsets.data(), captured.data(), lengths.data(), verdicts.data(), count};
  auto bad = runtime::firstBadPacket(packets);
  program->running++;
  double answer = bad ? -1.0 - double(*bad) : double(runtime::runPackets(program->compiled, packets));
  program->running--;
  napi_value value;
  napi_create_double(env, answer, &value);
  return value;
}

// close(): nothing may be run afterwards
napi_value close(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  auto* program = static_cast<Program*>(call.data);
  if (program->running > 0) return failure(env, "a program can't be closed while it runs");
  if (program->compiled.code) release(env, *program);
  return nullptr;
}

void addFunction(napi_env env, napi_value object, const char* name, napi_callback callback, Program* program) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, program, &function);
  if (napi_add_finalizer(env, function, program, collect, nullptr, nullptr) == napi_ok) program->functions++;
  napi_set_named_property(env, object, name, function);
}

}  // namespace

napi_value createProgram(napi_env env, jit::Compiled compiled, Input input) {
  auto* program = new Program{std::move(compiled), input};
  int64_t total;
  napi_adjust_external_memory(env, int64_t(program->compiled.code.size()), &total);
  napi_value object;
  napi_create_object(env, &object);
  addFunction(env, object, "run", run, program);
  addFunction(env, object, "verdict", verdict, program);
  addFunction(env, object, "runBatch", runBatch, program);
  addFunction(env, object, "close", close, program);
  return object;
}

}  // namespace unibpf::addon
