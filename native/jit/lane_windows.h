// Loads of any size to loads of 4 bytes, which is what a lane holds: neighbouring bytes come out of one load.
#pragma once

#include "jit/lane_graph.h"

namespace unibpf::jit {

constexpr uint32_t windowBytes = 4;

/** A graph, and the node whose number is the result. */
struct LaneResult {
  LaneGraph graph;
  LaneNode::Id result = 0;
};

/** The same result, with windows in the place of bytes. */
LaneResult widened(const LaneResult& from);

}  // namespace unibpf::jit
