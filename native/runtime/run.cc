#include "runtime/run.h"

#include <algorithm>
#include <cstring>

#include "jit/packet.h"
#include "runtime/host.h"

namespace unibpf::runtime {
namespace {

/** How far ahead of the loop packets are fetched: the loop takes about as long for so many as memory for one. */
constexpr size_t prefetchDistance = 16;

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

/** The packet as its context gives its address: in unchecked code the real one. */
Region packetRegion(const Program& program, std::span<uint8_t> data) {
  Region packet = regionOf(data.data(), data.size(), program.packetAccess == PacketAccess::Write);
  if (program.isChecked) packet.address = packetAddress;
  return packet;
}

Outcome runPacket(const Program& program, jit::Frame& frame, std::span<uint8_t> data, uint32_t length) {
  if (!program.compiled.readsArguments) return runWith(program, frame, {});
  Context context(program.context, data, length);
  Given given{regionOf(context.bytes(), program.context.bytes, program.isWritable), {}};
  if (program.packetAccess != PacketAccess::None) given.packet = packetRegion(program, data);
  return runWith(program, frame, given);
}

/** The loop in machine code, twice: with the packets ahead to prefetch, and for the last ones, which have none. */
size_t runLoop(const Program& program, const Packets& packets) {
  jit::Frame frame;
  frame.framePointer = frame.stackEnd();
  size_t last = std::min(packets.count, prefetchDistance);
  size_t start = packets.count - last;
  jit::Batch batch{packets.data.data(), packets.offsets, packets.captured, packets.offsets + last, packets.verdicts, start};
  size_t matches = start > 0 ? program.compiled.batch(&frame, &batch) : 0;
  batch.offsets += start;
  batch.captured += start;
  batch.ahead = batch.offsets;
  batch.verdicts += start;
  batch.count = last;
  return matches + program.compiled.batch(&frame, &batch);
}

Outcome runOne(const Program& program, jit::Frame& frame, std::span<uint8_t> data, uint32_t length) {
  frame.data = data.data();
  frame.captured = data.size();
  if (program.input == jit::Input::Packet) return runPacket(program, frame, data, length);
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

bool isBad(const Packets& packets, uint32_t least, size_t i) {
  uint64_t end = uint64_t(packets.offsets[i]) + packets.captured[i];
  bool isOutside = end > packets.data.size();
  bool isShorter = packets.lengths[i] < packets.captured[i];
  bool isRightSize = packets.captured[i] >= least && packets.captured[i] <= jit::mostPacketBytes;
  return isOutside | isShorter | !isRightSize;
}

}  // namespace

uint32_t PacketRunner::verdictWithHost(std::span<uint8_t> data, uint32_t length) {
  return uint32_t(runOne(program_, frame_, data, length).result);
}

Outcome run(const Program& program, std::span<uint8_t> data, uint32_t length) {
  jit::Frame frame;
  return runOne(program, frame, data, length);
}

std::optional<size_t> firstBadPacket(const Program& program, const Packets& packets) {
  bool anyBad = false;  // without a branch a packet, so that the compiler takes many at a time
  for (size_t i = 0; i < packets.count; i++) anyBad |= isBad(packets, program.least, i);
  if (!anyBad) return std::nullopt;
  size_t i = 0;
  while (!isBad(packets, program.least, i)) i++;
  return i;
}

size_t runBatch(const Program& program, const Packets& packets) {
  if (packets.count == 0) return 0;
  return program.compiled.batch != nullptr ? runLoop(program, packets) : runOneByOne(program, packets);
}

}  // namespace unibpf::runtime
