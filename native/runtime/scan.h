// Captures: a walk over the records of pcap or pcapng that filters in the same pass, a block of packets at a time, so that their
// headers come into the cache once. It goes over packets that are in order; whatever else stands there it leaves to its caller, which
// knows the formats.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/input.h"
#include "runtime/program.h"
#include "runtime/records.h"

namespace unibpf::runtime {

/** Receives the packets that are wanted; each member is an array of `room` entries. */
struct Index {
  uint32_t* offsets;
  uint32_t* captured;
  uint32_t* lengths;  // as stored
  uint32_t* records;
  uint32_t* timesHigh;
  uint32_t* timesLow;
  uint32_t* interfaceIds;
  size_t room;
};

/** What is gone over: `data` up to `end`, and what then comes from a file, as long as there is room in `data`. */
struct Given {
  std::span<uint8_t> data;
  size_t start;
  size_t end;
  Input input;
};

struct Scanned {
  size_t start;          // where the walk stopped
  size_t end;            // of the data
  size_t packets;        // how many it went over
  size_t matches;        // how many are in the index
  uint64_t bytes;        // captured bytes of all
  Stop stop;
  uint64_t nanoseconds;  // that the filter took
};

/**
 * Walks from `start` on, at most to the end of the data, which is below 4 GiB. The last packet that it goes over when there is
 * no room left is one that is wanted.
 * @param enough after about how many packets to stop
 */
Scanned scan(const Program& program, const Given& given, size_t enough, const Records& records, const Index& index);

}  // namespace unibpf::runtime
