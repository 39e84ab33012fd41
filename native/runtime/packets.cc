// Whether the packets of a batch are what they are said to be. It is asked of every packet, so that it has to cost next to
// nothing: this file is compiled for speed, and its loop takes several packets at a time.
#include <algorithm>

#include "jit/packet.h"
#include "runtime/run.h"

namespace unibpf::runtime {
namespace {

bool isBad(const Packets& packets, uint32_t least, size_t i) {
  uint64_t end = uint64_t(packets.offsets[i]) + packets.captured[i];
  bool isOutside = end > packets.data.size();
  bool isShorter = packets.lengths[i] < packets.captured[i];
  bool isRightSize = packets.captured[i] >= least && packets.captured[i] <= jit::mostPacketBytes;
  return isOutside | isShorter | !isRightSize;
}

/**
 * False only where no packet is bad. Each condition is a difference whose sign bit is set where it doesn't hold; it may be set
 * where numbers are beyond 2^31 as well.
 */
template <bool hasLengths>
[[gnu::always_inline]] inline bool mayBeBadIn(const Packets& packets, uint32_t least) {
  uint32_t size = uint32_t(std::min<size_t>(packets.data.size(), INT32_MAX));
  const uint32_t* offsets = packets.offsets;
  const uint32_t* captured = packets.captured;
  const uint32_t* lengths = packets.lengths;
  uint32_t signs = 0;
  for (size_t i = 0, count = packets.count; i < count; i++) {
    uint32_t end = offsets[i] + captured[i];
    signs |= offsets[i] | captured[i] | end | (size - end) | (captured[i] - least);
    if (hasLengths) signs |= lengths[i] - captured[i];
  }
  return signs >> 31 != 0;
}

/** Inputs that were never on a wire come with one array for both. */
[[gnu::always_inline]] inline bool mayBeBadHere(const Packets& packets, uint32_t least) {
  return packets.lengths == packets.captured ? mayBeBadIn<false>(packets, least) : mayBeBadIn<true>(packets, least);
}

#if defined(__x86_64__) && defined(__GNUC__)
/** The same with vectors of twice the length. */
[[gnu::target("avx2")]] bool mayBeBadWithAvx2(const Packets& packets, uint32_t least) { return mayBeBadHere(packets, least); }

bool mayBeBad(const Packets& packets, uint32_t least) {
  static const bool hasAvx2 = __builtin_cpu_supports("avx2");
  return hasAvx2 ? mayBeBadWithAvx2(packets, least) : mayBeBadHere(packets, least);
}
#else
bool mayBeBad(const Packets& packets, uint32_t least) { return mayBeBadHere(packets, least); }
#endif

}  // namespace

std::optional<size_t> firstBadPacket(const Program& program, const Packets& packets) {
  if (!mayBeBad(packets, program.least)) return std::nullopt;
  for (size_t i = 0; i < packets.count; i++) {
    if (isBad(packets, program.least, i)) return i;
  }
  return std::nullopt;
}

}  // namespace unibpf::runtime
