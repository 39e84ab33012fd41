// Sets of numbers as hash tables: the C++ twin of src/optimize/table.ts.
//
// Each way has 2^bits slots; a number's slot is the upper bits of its product with the way's factor. The number is in the
// set if it stands in its slot of one of the ways.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace unibpf::jit {

struct Table {
  uint32_t ways = 1;  // 1 or 2
  uint32_t bits = 1;  // from 1 to 24
  std::array<uint32_t, 2> factors{};
  std::span<const uint32_t> slots;  // ways << bits of them
  uint64_t address = 0;             // where they are as long as there is the code

  bool isRight() const {
    bool hasShape = (ways == 1 || ways == 2) && bits >= 1 && bits <= 24;
    return hasShape && slots.size() == size_t(ways) << bits;
  }
};

}  // namespace unibpf::jit
