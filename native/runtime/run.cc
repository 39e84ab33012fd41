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

Outcome runPacket(const Program& program, jit::Frame& frame, std::span<uint8_t> data, uint32_t length) {
  Given given{};
  if (program.packetAccess != PacketAccess::None) given.packet = packetRegion(program, data.data(), data.size());
  if (!program.compiled.readsArguments) return runWith(program, frame, given);
  Context context(program.context, data, length);
  given.input = regionOf(context.bytes(), program.context.bytes, program.isWritable);
  return runWith(program, frame, given);
}

/** Packets that are checked and then run, while what is known of them is still in the cache. */
constexpr size_t pieceLength = 16'384;

Packets part(const Packets& packets, size_t start, size_t count) {
  return {packets.data,           packets.offsets + start,  packets.captured + start,
          packets.lengths + start, packets.verdicts + start, count};
}

/** The loop in machine code, over packets behind whose offsets there are others to prefetch. */
size_t runLoop(const Program& program, jit::Frame& frame, const Packets& packets) {
  const uint8_t* data = packets.data.data();
  jit::Batch batch{data,          packets.offsets, packets.captured, packets.lengths, packets.verdicts,
                   packets.count, data + packets.data.size()};
  return packets.count > 0 ? program.compiled.batch(&frame, &batch) : 0;
}

/** The same for the last packets: their offsets are copied, since behind them there are none. */
size_t runLast(const Program& program, jit::Frame& frame, Packets packets) {
  std::array<uint32_t, 2 * jit::prefetchDistance> offsets;
  offsets.fill(packets.offsets[packets.count - 1]);
  std::copy_n(packets.offsets, packets.count, offsets.begin());
  packets.offsets = offsets.data();
  return runLoop(program, frame, packets);
}

BatchOutcome runPieces(const Program& program, const Packets& packets) {
  jit::Frame frame;
  frame.framePointer = frame.stackEnd();
  BatchOutcome outcome;
  for (size_t start = 0; start < packets.count;) {
    size_t left = packets.count - start;
    size_t count = left < pieceLength + jit::prefetchDistance ? left : pieceLength;
    Packets piece = part(packets, start, count);
    if (auto bad = firstBadPacket(program, piece)) return {0, start + *bad};
    size_t last = count == left ? std::min(count, jit::prefetchDistance) : 0;
    outcome.matches += runLoop(program, frame, part(piece, 0, count - last));
    if (last > 0) outcome.matches += runLast(program, frame, part(piece, count - last, last));
    start += count;
  }
  return outcome;
}

Outcome runOne(const Program& program, jit::Frame& frame, std::span<uint8_t> data, uint32_t length) {
  frame.data = data.data();
  frame.captured = data.size();
  frame.length = length;
  if (program.input == jit::Input::Packet) return runPacket(program, frame, data, length);
  return runWith(program, frame, {regionOf(data.data(), data.size(), program.isWritable), {}});
}

/** For runs that need more than a packet. An exception of JavaScript's ends the batch. */
BatchOutcome runOneByOne(const Program& program, const Packets& packets) {
  if (auto bad = firstBadPacket(program, packets)) return {0, bad};
  jit::Frame frame;
  size_t matches = 0;
  for (size_t i = 0; i < packets.count && frame.trap != jit::Trap::Thrown; i++) {
    auto data = packets.data.subspan(packets.offsets[i], packets.captured[i]);
    packets.verdicts[i] = uint32_t(runOne(program, frame, data, packets.lengths[i]).result);
    matches += packets.verdicts[i] != 0;
  }
  return {matches};
}

}  // namespace

uint32_t PacketRunner::verdictWithHost(std::span<uint8_t> data, uint32_t length) {
  return uint32_t(runOne(program_, frame_, data, length).result);
}

Outcome run(const Program& program, std::span<uint8_t> data, uint32_t length) {
  jit::Frame frame;
  return runOne(program, frame, data, length);
}

BatchOutcome runBatch(const Program& program, const Packets& packets) {
  return program.compiled.batch != nullptr ? runPieces(program, packets) : runOneByOne(program, packets);
}

}  // namespace unibpf::runtime
