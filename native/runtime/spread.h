// The verdicts of programs that have become one (src/optimize/together.ts).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace unibpf::runtime {

/** Writes `result` where the bit is set, and 0 elsewhere; returns how often it is. `row` has as many entries as `masks`. */
size_t spread(std::span<const uint32_t> masks, uint32_t bit, uint32_t result, uint32_t* row);

}  // namespace unibpf::runtime
