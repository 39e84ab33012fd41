// The records of captures, pcap and pcapng: what stands at a place, and where another record may begin.
//
// The data may be changed by another thread meanwhile. So each number is read once, and what is known of the capture is copied.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

namespace unibpf::runtime {

/** What packets were captured on. */
struct Interface {
  uint32_t snaplen;
  uint32_t link;
};

/** Which of the two lengths in a pcap record comes second: the length on the wire, the captured one, or the smaller. */
enum class LengthOrder : uint32_t { CapturedFirst, LengthFirst, SmallerIsCaptured };

/** How the records are laid out, and which are wanted. */
struct Records {
  bool isBigEndian;
  bool isPcapng;
  bool isInverted;            // those that the filter does not let pass
  bool isCold;                // the data isn't in the cache
  uint32_t headerBytes;       // of a pcap record
  LengthOrder lengthOrder;    // of a pcap record
  uint32_t mostCaptured;      // more is damage, in pcap
  uint32_t link;              // of the packets that the filter is for
  std::span<const Interface> interfaces;  // of a pcap file: one
};

enum class Stop : uint32_t {
  Full,     // no room in the index, or a packet of another link type
  Partial,  // the data ends within a record, or behind the last one
  Other,    // what stands there isn't a packet, or is damaged
};

/** A packet, and where its record ends. */
struct Record {
  size_t packet;
  size_t end;
  uint32_t captured;
  uint32_t length;  // as stored
  uint32_t interfaceId;
};

/** Why there is no record; nothing where there is one. */
using Missing = std::optional<Stop>;

/** pcapng (draft-ietf-opsawg-pcapng): types of blocks that hold a packet, where it begins, and the largest block. */
enum BlockType : uint32_t { Obsolete = 2, Simple = 3, Enhanced = 6 };
constexpr uint32_t packetOffset = 28;
constexpr uint32_t simpleOffset = 12;
constexpr uint32_t trailerBytes = 4;
constexpr uint32_t mostBlockBytes = 16 << 20;

/** The records of one format and byte order. */
template <bool isBigEndian, bool isPcapng>
class Reader {
 public:
  /** Whether packets are told apart by what they were captured on; else they all have interface 0. */
  static constexpr bool hasInterfaces = isPcapng;

  Reader(std::span<const uint8_t> data, const Records& records) : data_(data.data()), size_(data.size()), records_(records) {}

  size_t size() const { return size_; }
  bool isCold() const { return records_.isCold; }

  [[gnu::always_inline]] inline Missing next(size_t start, Record& record) const {
    if constexpr (isPcapng) return nextBlock(start, record);
    else return nextRecord(start, record);
  }

  /** The two halves of the time of a packet; 0 in a block that has none. */
  std::pair<uint32_t, uint32_t> time(size_t start, size_t packet) const {
    if (!isPcapng) return {word(start), word(start + 4)};
    if (packet - start == simpleOffset) return {0, 0};
    return {word(start + 12), word(start + 16)};
  }

  /**
   * A guess: a place from `from` on, and before `to`, where a record seems to begin whose time is near that of the record at
   * `known`; nothing where none seems to.
   */
  std::optional<size_t> likely(size_t from, size_t to, size_t known) const {
    constexpr size_t header = isPcapng ? packetOffset : patchedBytes;
    if (size_ < header || known > size_ - header) return std::nullopt;
    to = std::min(to, size_ - header);
    if constexpr (isPcapng) return likelyBlock(from, to, known);
    else return likelyRecord(from, to, known);
  }

  [[gnu::always_inline]] inline void prefetch(size_t at) const { __builtin_prefetch(data_ + at); }

 private:
  /** No pcap record has a longer header. */
  static constexpr size_t patchedBytes = 24;
  static constexpr uint32_t fractions = 1'000'000'000;
  /** Where the upper half of the seconds of a pcap record stands. */
  static constexpr size_t upperHalf = isBigEndian ? 0 : 2;

  // 0 seconds   4 fraction   8 captured   12 length   the packet
  [[gnu::always_inline]] inline Missing nextRecord(size_t start, Record& record) const {
    size_t packet = start + records_.headerBytes;
    if (packet > size_) return Stop::Partial;
    auto [captured, length] = lengths(start);
    if (captured > records_.mostCaptured) return Stop::Other;
    if (captured > size_ - packet) return Stop::Partial;
    record = {packet, packet + captured, std::min(captured, records_.interfaces[0].snaplen), length, 0};
    return std::nullopt;
  }

  /** What was captured, and the length on the wire, of a pcap record. */
  std::pair<uint32_t, uint32_t> lengths(size_t start) const {
    uint32_t captured = word(start + 8);
    uint32_t length = word(start + 12);
    bool isSwapped = records_.lengthOrder == LengthOrder::LengthFirst ||
                     (records_.lengthOrder == LengthOrder::SmallerIsCaptured && captured > length);
    if (isSwapped) std::swap(captured, length);
    return {captured, length};
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

  /** Looks for the two bytes that change once in 18 hours, many places at a time: nearly none has them. */
  std::optional<size_t> likelyRecord(size_t from, size_t to, size_t known) const {
    constexpr size_t many = 64;
    const uint8_t* upper = data_ + upperHalf;
    const std::array<uint8_t, 2> wanted = {upper[known], upper[known + 1]};
    size_t place = from;
    for (; place + many <= to; place += many) {
      uint8_t any = 0;  // a loop that the compiler makes vectors of
      for (size_t i = place; i < place + many; i++) any |= uint8_t(upper[i] == wanted[0]) & uint8_t(upper[i + 1] == wanted[1]);
      if (any == 0) continue;
      for (size_t i = place; i < place + many; i++) {
        if (isLikelyRecord(i, wanted)) return i;
      }
    }
    for (; place < to; place++) {
      if (isLikelyRecord(place, wanted)) return place;
    }
    return std::nullopt;
  }

  bool isLikelyRecord(size_t start, const std::array<uint8_t, 2>& wanted) const {
    const uint8_t* upper = data_ + start + upperHalf;
    if (upper[0] != wanted[0] || upper[1] != wanted[1] || word(start + 4) >= fractions) return false;
    auto [captured, length] = lengths(start);
    return captured > 0 && captured <= length && length <= records_.mostCaptured && captured <= records_.interfaces[0].snaplen;
  }

  /** Blocks are aligned to each other. */
  std::optional<size_t> likelyBlock(size_t from, size_t to, size_t known) const {
    uint32_t high = word(known + 12);
    for (size_t place = from + (known - from) % 4; place < to; place += 4) {
      if (word(place) == Enhanced && isLikelyBlock(place, high)) return place;
    }
    return std::nullopt;
  }

  bool isLikelyBlock(size_t start, uint32_t high) const {
    uint32_t size = word(start + 4);
    uint32_t captured = word(start + 20);
    return size % 4 == 0 && size >= packetOffset + trailerBytes && size <= mostBlockBytes && captured <= size - packetOffset - trailerBytes &&
           word(start + 8) < records_.interfaces.size() && word(start + 12) - high + 1 <= 2;
  }

  uint32_t word(size_t start) const {
    uint32_t value;
    std::memcpy(&value, data_ + start, sizeof(value));
#ifdef __GNUC__
    asm("" : "+r"(value));  // so that it isn't read again where it is used
#endif
    return isBigEndian ? value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24 : value;
  }

  uint32_t half(size_t start) const {
    const uint8_t* bytes = data_ + start;
    return isBigEndian ? bytes[0] << 8 | bytes[1] : bytes[1] << 8 | bytes[0];
  }

  const uint8_t* data_;
  size_t size_;
  Records records_;
};

}  // namespace unibpf::runtime
