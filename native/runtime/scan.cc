#include "runtime/scan.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "runtime/run.h"

namespace unibpf::runtime {
namespace {

/** How far ahead of the walk lines are fetched, in bytes. */
constexpr size_t fetchDistance = 2048;
constexpr size_t lineBytes = 64;

/** pcapng (draft-ietf-opsawg-pcapng): types of blocks that hold a packet, where it begins, and the largest block. */
enum BlockType : uint32_t { Obsolete = 2, Simple = 3, Enhanced = 6 };
constexpr uint32_t packetOffset = 28;
constexpr uint32_t simpleOffset = 12;
constexpr uint32_t trailerBytes = 4;
constexpr uint32_t mostBlockBytes = 16 << 20;

/** A packet, and where its record lies. */
struct Record {
  size_t packet;
  size_t end;
  uint32_t captured;
  uint32_t length;
  uint32_t interfaceId;
};

/** Why there is no record; nothing where there is one. */
using Missing = std::optional<Stop>;

/** The records of one byte order. What it knows is copied: what is stored meanwhile might change it otherwise, for the compiler. */
template <bool isBigEndian>
class Walk {
 public:
  Walk(std::span<const uint8_t> data, const Records& records) : data_(data.data()), size_(data.size()), records_(records) {}

  Missing next(size_t start, Record& record) const {
    return records_.isPcapng ? nextBlock(start, record) : nextRecord(start, record);
  }

  /** The two halves of the time of a packet; 0 in a block that has none. */
  std::pair<uint32_t, uint32_t> time(size_t start, size_t packet) const {
    if (!records_.isPcapng) return {word(start), word(start + 4)};
    if (packet - start == simpleOffset) return {0, 0};
    return {word(start + 12), word(start + 16)};
  }

  /** Asks for the lines that the walk comes to later. Inlined: gcc takes a function that only prefetches for one that does nothing. */
  [[gnu::always_inline]] inline void fetch(size_t start, size_t end) const {
    if (!records_.isCold) return;
    size_t last = std::min(end + fetchDistance, size_);
    for (size_t at = start + fetchDistance; at < last; at += lineBytes) __builtin_prefetch(data_ + at);
  }

 private:
  // 0 seconds   4 fraction   8 captured   12 length   the packet
  Missing nextRecord(size_t start, Record& record) const {
    size_t packet = start + records_.headerBytes;
    if (packet > size_) return Stop::Partial;
    uint32_t captured = word(start + 8);
    uint32_t length = word(start + 12);
    bool isSwapped = records_.lengthOrder == LengthOrder::LengthFirst ||
                     (records_.lengthOrder == LengthOrder::SmallerIsCaptured && captured > length);
    if (isSwapped) std::swap(captured, length);
    if (captured > records_.mostCaptured) return Stop::Other;
    if (captured > size_ - packet) return Stop::Partial;
    record = {packet, packet + captured, std::min(captured, records_.interfaces[0].snaplen), length, 0};
    return std::nullopt;
  }

  // 0 type   4 size   8 interface   12 time, high   16 time, low   20 captured   24 length   28 the packet   -4 size
  Missing nextBlock(size_t start, Record& record) const {
    size_t left = size_ - start;
    if (left < 8) return Stop::Partial;
    uint32_t type = word(start);
    uint32_t size = word(start + 4);
    if (type != Enhanced && type != Simple && type != Obsolete) return Stop::Other;
    uint32_t header = type == Simple ? simpleOffset : packetOffset;
    if (size < header + trailerBytes || size > mostBlockBytes || size % 4 != 0) return Stop::Other;
    if (size > left) return Stop::Partial;
    if (word(start + size - trailerBytes) != size) return Stop::Other;
    uint32_t id = type == Simple ? 0 : type == Enhanced ? word(start + 8) : half(start + 8);
    if (id >= records_.interfaces.size()) return Stop::Other;
    const Interface& on = records_.interfaces[id];
    if (on.link != records_.link) return Stop::Full;
    uint32_t length = word(start + header - 4);
    uint32_t captured = type == Simple ? std::min(length, on.snaplen) : word(start + 20);
    if (captured > on.snaplen || captured > size - header - trailerBytes) return Stop::Other;
    record = {start + header, start + size, captured, length, id};
    return std::nullopt;
  }

  uint32_t word(size_t at) const {
    uint32_t value;
    std::memcpy(&value, data_ + at, sizeof(value));
    return isBigEndian ? value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24 : value;
  }

  uint32_t half(size_t at) const {
    const uint8_t* bytes = data_ + at;
    return isBigEndian ? bytes[0] << 8 | bytes[1] : bytes[1] << 8 | bytes[0];
  }

  const uint8_t* data_;
  size_t size_;
  Records records_;
};

template <bool isBigEndian>
void write(const Walk<isBigEndian>& walk, size_t start, const Record& record, size_t entry, const Index& index) {
  auto [high, low] = walk.time(start, record.packet);
  index.offsets[entry] = uint32_t(record.packet);
  index.captured[entry] = record.captured;
  index.lengths[entry] = record.length;
  index.records[entry] = uint32_t(start);
  index.timesHigh[entry] = high;
  index.timesLow[entry] = low;
  index.interfaceIds[entry] = record.interfaceId;
}

template <bool isBigEndian>
Scanned scanIn(const Program& program, std::span<uint8_t> data, size_t start, const Records& records, const Index& index) {
  const Walk<isBigEndian> walk(data, records);
  PacketRunner runner(program);
  Scanned result{start, 0, 0, 0, Stop::Full};
  Record record;
  while (result.matches < index.room) {
    if (auto missing = walk.next(result.end, record)) {
      result.stop = *missing;
      break;
    }
    walk.fetch(result.end, record.end);
    // What the engine is told: no packet is shorter on the wire than what was captured, whatever a damaged file says.
    uint32_t verdict = runner.verdict(data.subspan(record.packet, record.captured), std::max(record.length, record.captured));
    // Without a branch, since nobody can foretell which match: the next one overwrites what isn't wanted.
    write(walk, result.end, record, result.matches, index);
    result.matches += (verdict != 0) != records.isInverted;
    result.packets++;
    result.bytes += record.captured;
    result.end = record.end;
  }
  return result;
}

}  // namespace

Scanned scan(const Program& program, std::span<uint8_t> data, size_t start, const Records& records, const Index& index) {
  return records.isBigEndian ? scanIn<true>(program, data, start, records, index)
                             : scanIn<false>(program, data, start, records, index);
}

}  // namespace unibpf::runtime
