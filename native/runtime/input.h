// The file that a capture comes from, where it may be read without keeping anybody waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace unibpf::runtime {

class Input {
 public:
  /** @param descriptor nothing where there is no file to read */
  explicit Input(std::optional<int> descriptor) : descriptor_(descriptor) {}

  /**
   * Reads a piece of the file into `data`, behind its first `end` bytes.
   * @returns how many bytes came: 0 at the end of the file, for want of room, and after an error, which whoever reads next is told
   */
  size_t read(std::span<uint8_t> data, size_t end) const;

 private:
  /** As much as fits into the cache beside what else is there. */
  static constexpr size_t pieceBytes = 256 << 10;
  /** What isn't worth a call. */
  static constexpr size_t least = 4096;

  std::optional<int> descriptor_;
};

}  // namespace unibpf::runtime
