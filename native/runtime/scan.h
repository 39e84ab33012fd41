// Captures: a walk over the records of pcap or pcapng that filters in the same pass, so that each byte comes into the cache
// once. It goes over packets that are in order; whatever else stands there it leaves to its caller, which knows the formats.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/program.h"

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
  bool isCold;                // the data isn't in the cache: fetch lines ahead of the walk
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

struct Scanned {
  size_t end;       // where the walk stopped
  size_t packets;   // how many it went over
  size_t matches;   // how many are in the index
  uint64_t bytes;   // captured bytes of all
  Stop stop;
};

/**
 * Walks from `start` on, at most to the end of the data, which is below 4 GiB. The last packet that it goes over when there is
 * no room left is one that is wanted.
 */
Scanned scan(const Program& program, std::span<uint8_t> data, size_t start, const Records& records, const Index& index);

}  // namespace unibpf::runtime
