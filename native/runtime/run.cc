#include "runtime/run.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/host.h"

namespace unibpf::runtime {
namespace {

Outcome runWith(const Program& program, jit::Frame& frame, const Given& given) {
  Running running(program, frame);
  Host host(program, given);
  host.attach(frame);
  frame.trap = jit::Trap::None;
  frame.tailCalls = 0;
  frame.framePointer = frame.stackEnd();
  frame.budget = program.budget;
  frame.arguments[0] = given.input.address;
  frame.arguments[1] = program.input == jit::Input::Memory ? given.input.size : 0;
  if (program.compiled.clearsStack) std::memset(frame.stack, 0, sizeof(frame.stack));
  uint64_t result = program.compiled.run(&frame);
  return {frame.trap == jit::Trap::None ? result : 0, frame.trap, frame.trapPc};
}

/** For what machine code can loop over: nothing but the packet's bytes is asked for. */
Outcome runAlone(const Program& program, jit::Frame& frame) {
  frame.trap = jit::Trap::None;
  frame.framePointer = frame.stackEnd();
  frame.budget = program.budget;
  uint64_t result = program.compiled.run(&frame);
  return {frame.trap == jit::Trap::None ? result : 0, frame.trap, frame.trapPc};
}

Outcome runPacket(const Program& program, jit::Frame& frame, std::span<uint8_t> data, uint32_t length) {
  Given given{};
  if (program.packetAccess != PacketAccess::None) given.packet = packetRegion(program, data.data(), data.size());
  if (!program.compiled.readsArguments) return runWith(program, frame, given);
  Context context(program.context, data, length);
  given.input = regionOf(context.bytes(), program.context.bytes, program.isWritable);
  return runWith(program, frame, given);
}

/** The loop in machine code, twice: for the last packets the offsets are copied, since behind them there are none to prefetch. */
size_t runLoop(const Program& program, const Packets& packets) {
  jit::Frame frame;
  frame.framePointer = frame.stackEnd();
  size_t last = std::min(packets.count, jit::prefetchDistance);
  size_t start = packets.count - last;
  const uint8_t* data = packets.data.data();
  jit::Batch batch{data,  packets.offsets, packets.captured, packets.lengths, packets.verdicts,
                   start, data + packets.data.size()};
  size_t matches = start > 0 ? program.compiled.batch(&frame, &batch) : 0;
  std::array<uint32_t, 2 * jit::prefetchDistance> offsets;
  offsets.fill(packets.offsets[packets.count - 1]);
  std::copy_n(packets.offsets + start, last, offsets.begin());
  batch.offsets = offsets.data();
  batch.captured += start;
  batch.lengths += start;
  batch.verdicts += start;
  batch.count = last;
  return matches + program.compiled.batch(&frame, &batch);
}

Outcome runOne(const Program& program, jit::Frame& frame, std::span<uint8_t> data, uint32_t length) {
  frame.data = data.data();
  frame.captured = data.size();
  frame.length = length;
  bool isPacket = program.input == jit::Input::Packet;
  if (isPacket && program.compiled.batch != nullptr) return runAlone(program, frame);
  if (isPacket) return runPacket(program, frame, data, length);
  return runWith(program, frame, {regionOf(data.data(), data.size(), program.isWritable), {}});
}

/** For runs that need more than a packet. An exception of JavaScript's ends the batch. */
size_t runOneByOne(const Program& program, const Packets& packets) {
  jit::Frame frame;
  size_t matches = 0;
  for (size_t i = 0; i < packets.count && frame.trap != jit::Trap::Thrown; i++) {
    auto data = packets.data.subspan(packets.offsets[i], packets.captured[i]);
    packets.verdicts[i] = uint32_t(runOne(program, frame, data, packets.lengths[i]).result);
    matches += packets.verdicts[i] != 0;
  }
  return matches;
}

}  // namespace

uint32_t PacketRunner::verdictWithHost(std::span<uint8_t> data, uint32_t length) {
  return uint32_t(runOne(program_, frame_, data, length).result);
}

Outcome run(const Program& program, std::span<uint8_t> data, uint32_t length) {
  jit::Frame frame;
  return runOne(program, frame, data, length);
}

size_t runBatch(const Program& program, const Packets& packets) {
  if (packets.count == 0) return 0;
  return program.compiled.batch != nullptr ? runLoop(program, packets) : runOneByOne(program, packets);
}

}  // namespace unibpf::runtime
