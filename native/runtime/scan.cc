#include "runtime/scan.h"

#include <chrono>
#include <memory>
#include <numeric>

#include "runtime/run.h"
#include "runtime/walk.h"

namespace unibpf::runtime {
namespace {

/** A program to which it matters how often it is run over a packet. */
bool hasEffects(const Program& program) { return !program.maps.empty() || program.packetAccess == PacketAccess::Write; }

/** A block of packets, and what the filter says of them. */
struct Block : Found {
  Column wire;  // lengths, as engines want them
  Column verdicts;
  Column wanted;  // the numbers of those that are
};

template <typename Reader>
class Scan {
 public:
  Scan(const Program& program, const Given& given, const Records& records, const Index& index)
      : program_(program), given_(given), records_(records), index_(index), hasEffects_(hasEffects(program)), result_{given.start, given.end, 0, 0, 0, Stop::Full, 0} {}

  Scanned run(size_t enough) {
    while (!isFull() && result_.packets < enough) {
      Reader reader(data(), records_);
      walk_.next(reader, result_.start, most(), *block_);
      walk_.prepare(reader, block_->end);
      filter();
      if (!select(reader) || !block_->missing || hasMore(*block_->missing)) continue;
      result_.stop = *block_->missing;
      break;
    }
    return result_;
  }

 private:
  size_t room() const { return index_.room - result_.matches; }

  /** Whether the index has no room, or too little to be worth another block: what doesn't go in is filtered again. */
  bool isFull() const { return room() == 0 || (result_.matches > 0 && room() < blockMatches_); }

  size_t most() const { return hasEffects_ ? std::min(room(), Found::room) : Found::room; }

  std::span<uint8_t> data() const { return given_.data.first(result_.end); }

  /** Reads on where the data has ended. */
  bool hasMore(Stop stop) {
    size_t count = stop == Stop::Partial ? given_.input.read(given_.data, result_.end) : 0;
    result_.end += count;
    return count > 0;
  }

  void filter() {
    Block& block = *block_;
    // No packet is shorter on the wire than what was captured, whatever a damaged file says.
    for (size_t i = 0; i < block.count; i++) block.wire[i] = std::max(block.lengths[i], block.captured[i]);
    auto before = std::chrono::steady_clock::now();
    runBatch(program_, {data(), block.offsets.data(), block.captured.data(), block.wire.data(), block.verdicts.data(), block.count});
    result_.nanoseconds += std::chrono::nanoseconds(std::chrono::steady_clock::now() - before).count();
  }

  /** Puts the packets that are wanted into the index; false where it has no room left. */
  bool select(const Reader& reader) {
    Block& block = *block_;
    size_t matches = 0;
    // Without a branch, since nobody can foretell which are wanted: the next one overwrites what isn't.
    for (size_t i = 0; i < block.count; i++) {
      block.wanted[matches] = uint32_t(i);
      matches += (block.verdicts[i] != 0) != records_.isInverted;
    }
    blockMatches_ = matches;
    size_t packets = block.count;
    size_t end = block.end;
    bool hasRoom = matches < room();
    if (!hasRoom) {
      matches = room();
      packets = block.wanted[matches - 1] + 1;
      if (packets < block.count) end = block.starts[packets];
    }
    write(reader, matches);
    result_.matches += matches;
    result_.packets += packets;
    result_.bytes += std::accumulate(block.captured.begin(), block.captured.begin() + packets, uint64_t(0));
    result_.start = end;
    return hasRoom;
  }

  /** A column after the other, which the caches like better than a packet after the other. */
  void write(const Reader& reader, size_t matches) {
    const Block& block = *block_;
    auto column = [&](uint32_t* to, const Found::Column& from) {
      to += result_.matches;
      for (size_t i = 0; i < matches; i++) to[i] = from[block.wanted[i]];
    };
    column(index_.offsets, block.offsets);
    column(index_.captured, block.captured);
    column(index_.lengths, block.lengths);
    column(index_.records, block.starts);
    if (Reader::hasInterfaces) column(index_.interfaceIds, block.interfaceIds);
    else std::fill_n(index_.interfaceIds + result_.matches, matches, 0);
    for (size_t i = 0; i < matches; i++) {
      size_t packet = block.wanted[i];
      auto [high, low] = reader.time(block.starts[packet], block.offsets[packet]);
      index_.timesHigh[result_.matches + i] = high;
      index_.timesLow[result_.matches + i] = low;
    }
  }

  const Program& program_;
  const Given given_;
  const Records records_;
  const Index index_;
  const bool hasEffects_;
  Walk<Reader> walk_;
  std::unique_ptr<Block> block_ = std::make_unique_for_overwrite<Block>();
  size_t blockMatches_ = 0;  // of the block before
  Scanned result_;
};

template <typename Reader>
Scanned scanWith(const Program& program, const Given& given, size_t enough, const Records& records, const Index& index) {
  return Scan<Reader>(program, given, records, index).run(enough);
}

}  // namespace

Scanned scan(const Program& program, const Given& given, size_t enough, const Records& records, const Index& index) {
  auto scan = records.isPcapng ? records.isBigEndian ? scanWith<Reader<true, true>> : scanWith<Reader<false, true>>
                               : records.isBigEndian ? scanWith<Reader<true, false>> : scanWith<Reader<false, false>>;
  return scan(program, given, enough, records, index);
}

}  // namespace unibpf::runtime
