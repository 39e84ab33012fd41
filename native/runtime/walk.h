// The walk over the records of a capture, a block of packets at a time.
//
// Records are a linked list: where the next one begins is known once this one is there. One walk waits for memory most of its
// time, so several go on at once, each over a stretch of its own:
//
//   the records   |----------->|----------->|----------->|
//                 start        guess        guess        the last one's end
//
// Where a stretch begins is a guess (records.h). It is right if the walk over the stretch before it ends just there, which itself
// began where a record begins, and so on from the start. What was found from a wrong guess on is dropped, and gone over again.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/records.h"

namespace unibpf::runtime {

/** What a walk has found: entry i of each column belongs to packet i. */
struct Found {
  static constexpr size_t stretches = 16;
  static constexpr size_t stretchRoom = 192;
  static constexpr size_t room = stretches * stretchRoom;
  /** A line longer than it need be, since columns would compete for the same places of the cache. */
  using Column = std::array<uint32_t, room + 16>;

  Column starts;  // of the records
  Column offsets;
  Column captured;
  Column lengths;       // as stored
  Column interfaceIds;  // where there are several interfaces
  size_t count;
  size_t end;       // where the walk stopped
  Missing missing;  // why, if not for want of room

  template <bool hasInterfaces>
  void set(size_t entry, size_t start, const Record& record) {
    starts[entry] = uint32_t(start);
    offsets[entry] = uint32_t(record.packet);
    captured[entry] = record.captured;
    lengths[entry] = record.length;
    if (hasInterfaces) interfaceIds[entry] = record.interfaceId;
  }

  /** Moves the entries from `from` on to `to`, which isn't behind them. */
  template <bool hasInterfaces>
  void move(size_t from, size_t entries, size_t to) {
    for (Column* column : {&starts, &offsets, &captured, &lengths}) std::copy_n(column->begin() + from, entries, column->begin() + to);
    if (hasInterfaces) std::copy_n(interfaceIds.begin() + from, entries, interfaceIds.begin() + to);
  }
};

/** @tparam Reader reads one record (records.h) */
template <typename Reader>
class Walk {
 public:
  /** Walks from `start` over `most` packets at most, or as many as there is room for. */
  void next(const Reader& reader, size_t start, size_t most, Found& found) {
    if (recordBytes_ == 0) {
      single(reader, start, std::min(most, samples), found);
    } else if (most < Found::room || pause_ > 0) {
      pause_ -= pause_ > 0;
      single(reader, start, std::min(most, Found::room), found);
    } else {
      several(reader, start, found);
    }
    if (found.count > 0) recordBytes_ = (found.end - start) / found.count;
  }

  /** Asks for the lines where the next block's stretches will be looked for: they come while something else is done. Inlined: see fetch. */
  [[gnu::always_inline]] inline void prepare(const Reader& reader, size_t start) const {
    if (!reader.isCold() || pause_ > 0 || recordBytes_ == 0) return;
    size_t wanted = stretchesFrom(reader, start);
    if (wanted < fewest) return;
    size_t length = stretchBytes(reader, start, wanted);
    for (size_t i = 0; i < wanted; i++) {
      size_t from = start + i * length;
      for (size_t at = from; at <= from + usuallyLooked; at += lineBytes) reader.prefetch(at);
    }
  }

 private:
  struct Stretch {
    size_t start;
    size_t end;  // where it should end; afterwards: where it did
    size_t count;
    Missing missing;
  };

  /** How many packets tell how long records are. */
  static constexpr size_t samples = 32;
  /** How many packets a stretch has, about, and at the least; and how many stretches are worth the trouble. */
  static constexpr size_t usual = 128;
  static constexpr size_t least = 24;
  static constexpr size_t fewest = 4;
  /** How far on a record is looked for, at the most and mostly. */
  static constexpr size_t farthest = 16 << 10;
  static constexpr size_t usuallyLooked = 512;
  /** After wrong guesses: how many blocks go by at most until it is tried again. */
  static constexpr size_t longestPause = 64;
  /** How far ahead of a single walk lines are fetched, in bytes. */
  static constexpr size_t fetchDistance = 2048;
  static constexpr size_t lineBytes = 64;

  void single(const Reader& given, size_t start, size_t most, Found& found) const {
    const Reader reader = given;  // whose members stay in registers, as no pointer leads to them
    found.count = 0;
    found.end = start;
    found.missing = std::nullopt;
    for (; found.count < most; found.count++) {
      Record record{};
      found.missing = reader.next(found.end, record);
      if (found.missing) return;
      found.template set<Reader::hasInterfaces>(found.count, found.end, record);
      if (reader.isCold()) fetch(reader, found.end, record.end);
      found.end = record.end;
    }
  }

  void several(const Reader& reader, size_t start, Found& found) {
    size_t wanted = stretchesFrom(reader, start);
    if (wanted < fewest) return single(reader, start, Found::room, found);
    size_t joined = 0;
    if (size_t count = divide(reader, start, wanted); count < fewest) {
      single(reader, start, Found::room, found);
    } else {
      walk(reader, count, found);
      joined = join(count, found);
    }
    bool wasWorth = 2 * joined > wanted;
    penalty_ = wasWorth ? penalty_ / 2 : std::min(2 * penalty_ + 1, longestPause);
    pause_ = wasWorth ? 0 : penalty_;
  }

  /** How many stretches the rest of the data is good for. */
  size_t stretchesFrom(const Reader& reader, size_t start) const {
    return std::min(Found::stretches, (reader.size() - start) / recordBytes_ / least);
  }

  size_t stretchBytes(const Reader& reader, size_t start, size_t wanted) const {
    return std::min((reader.size() - start) / wanted, usual * recordBytes_);
  }

  /** Makes stretches of one length; returns how many. */
  size_t divide(const Reader& reader, size_t start, size_t wanted) {
    size_t length = stretchBytes(reader, start, wanted);
    stretches_[0].start = start;
    size_t count = 1;
    for (size_t i = 1; i < wanted; i++) {
      size_t from = start + i * length;
      auto place = reader.likely(from, from + std::min(length, farthest), start);
      if (!place) continue;
      stretches_[count - 1].end = *place;
      stretches_[count++].start = *place;
    }
    stretches_[count - 1].end = start + wanted * length;
    return count;
  }

  /** A step of each, in turn. */
  void walk(const Reader& given, size_t count, Found& found) {
    const Reader reader = given;
    std::array<size_t, Found::stretches> which, at, end;
    std::array<size_t, Found::stretches> entry, last;
    for (size_t i = 0; i < count; i++) {
      which[i] = i;
      at[i] = stretches_[i].start;
      end[i] = stretches_[i].end;
      entry[i] = i * Found::stretchRoom;
      last[i] = entry[i] + Found::stretchRoom;
    }
    auto finish = [&](size_t i, Missing missing) {
      Stretch& stretch = stretches_[which[i]];
      stretch.end = at[i];
      stretch.count = entry[i] - which[i] * Found::stretchRoom;
      stretch.missing = missing;
      count--;
      for (auto* column : {&which, &at, &end, &entry, &last}) (*column)[i] = (*column)[count];
    };
    while (count > 0) {
      for (size_t i = 0; i < count;) {
        Record record{};
        if (Missing missing = reader.next(at[i], record)) {
          finish(i, missing);
          continue;
        }
        found.template set<Reader::hasInterfaces>(entry[i], at[i], record);
        entry[i]++;
        at[i] = record.end;
        reader.prefetch(record.end);
        reader.prefetch(record.end + lineBytes);
        if (record.end >= end[i] || entry[i] == last[i]) finish(i, std::nullopt);
        else i++;
      }
    }
  }

  /** Puts together what was found up to the first wrong guess; returns of how many stretches that is. */
  size_t join(size_t count, Found& found) const {
    size_t joined = 1;
    while (joined < count && stretches_[joined - 1].end == stretches_[joined].start) joined++;
    found.count = 0;
    for (size_t i = 0; i < joined; i++) {
      found.template move<Reader::hasInterfaces>(i * Found::stretchRoom, stretches_[i].count, found.count);
      found.count += stretches_[i].count;
    }
    found.end = stretches_[joined - 1].end;
    found.missing = stretches_[joined - 1].missing;
    return joined;
  }

  /** Asks for the lines that the walk comes to later. Inlined: gcc takes a function that only prefetches for one that
   * does nothing. */
  [[gnu::always_inline]] inline void fetch(const Reader& reader, size_t start, size_t end) const {
    size_t last = std::min(end + fetchDistance, reader.size());
    for (size_t at = start + fetchDistance; at < last; at += lineBytes) reader.prefetch(at);
  }

  std::array<Stretch, Found::stretches> stretches_;
  size_t recordBytes_ = 0;  // on average, where it is known
  size_t pause_ = 0;        // blocks until stretches are tried again
  size_t penalty_ = 0;      // how many these are after a wrong guess
};

}  // namespace unibpf::runtime
