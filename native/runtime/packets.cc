#include "runtime/packets.h"

#include <algorithm>

#include "jit/packet.h"
#include "runtime/context.h"

namespace unibpf::runtime {
namespace {

/** How far ahead of the loop packets are fetched: the loop takes about as long for so many as memory for one. */
constexpr size_t prefetchDistance = 16;

bool isBad(const Packets& packets, size_t i) {
  uint64_t end = uint64_t(packets.offsets[i]) + packets.captured[i];
  bool isOutside = end > packets.data.size();
  bool isShorter = packets.lengths[i] < packets.captured[i];
  return isOutside | isShorter | (packets.captured[i] > jit::mostPacketBytes);
}

/** The loop in machine code, twice: with the packets ahead to prefetch, and for the last ones, which have none. */
size_t runLoop(const jit::Compiled& program, const Packets& packets) {
  jit::Frame frame;
  size_t last = std::min(packets.count, prefetchDistance);
  size_t start = packets.count - last;
  jit::Batch batch{packets.data.data(), packets.offsets, packets.captured, packets.offsets + last, packets.verdicts, start};
  size_t matches = start > 0 ? program.batch(&frame, &batch) : 0;
  batch.offsets += start;
  batch.captured += start;
  batch.ahead = batch.offsets;
  batch.verdicts += start;
  batch.count = last;
  return matches + program.batch(&frame, &batch);
}

size_t runOneByOne(const jit::Compiled& program, const Packets& packets) {
  jit::Frame frame;
  size_t matches = 0;
  for (size_t i = 0; i < packets.count; i++) {
    auto data = packets.data.subspan(packets.offsets[i], packets.captured[i]);
    uint32_t verdict = uint32_t(runPacket(program, frame, data, packets.lengths[i]));
    packets.verdicts[i] = verdict;
    matches += verdict != 0;
  }
  return matches;
}

}  // namespace

std::optional<size_t> firstBadPacket(const Packets& packets) {
  bool anyBad = false;
  for (size_t i = 0; i < packets.count; i++) anyBad |= isBad(packets, i);
  if (!anyBad) return std::nullopt;
  size_t i = 0;
  while (!isBad(packets, i)) i++;
  return i;
}

size_t runPackets(const jit::Compiled& program, const Packets& packets) {
  if (packets.count == 0) return 0;
  return program.readsContext ? runOneByOne(program, packets) : runLoop(program, packets);
}

uint64_t runPacket(const jit::Compiled& program, jit::Frame& frame, std::span<const uint8_t> data, uint32_t length) {
  frame.data = data.data();
  frame.captured = data.size();
  if (!program.readsContext) return program.run(&frame);
  Context context = contextOf(data, length);
  frame.arguments[0] = reinterpret_cast<uintptr_t>(&context);
  return program.run(&frame);
}

}  // namespace unibpf::runtime
