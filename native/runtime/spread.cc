// This file is compiled for speed, as packets.cc: its loop takes several packets at a time.
#include "runtime/spread.h"

namespace unibpf::runtime {
namespace {

[[gnu::always_inline]] inline size_t spreadHere(std::span<const uint32_t> masks, uint32_t bit, uint32_t result, uint32_t* row) {
  uint32_t count = 0;
  for (size_t i = 0, size = masks.size(); i < size; i++) {
    uint32_t matched = masks[i] >> bit & 1;
    row[i] = (0 - matched) & result;
    count += matched;
  }
  return count;
}

#if defined(__x86_64__) && defined(__GNUC__)
/** The same with vectors of twice the length. */
[[gnu::target("avx2")]] size_t spreadWithAvx2(std::span<const uint32_t> masks, uint32_t bit, uint32_t result, uint32_t* row) {
  return spreadHere(masks, bit, result, row);
}
#endif

}  // namespace

size_t spread(std::span<const uint32_t> masks, uint32_t bit, uint32_t result, uint32_t* row) {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool hasAvx2 = __builtin_cpu_supports("avx2");
  if (hasAvx2) return spreadWithAvx2(masks, bit, result, row);
#endif
  return spreadHere(masks, bit, result, row);
}

}  // namespace unibpf::runtime
