#include "runtime/input.h"

#ifndef _WIN32
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#endif

namespace unibpf::runtime {

#ifdef _WIN32
// A descriptor of Node's means nothing to the C library here.
size_t Input::read(std::span<uint8_t>, size_t) const { return 0; }
#else
size_t Input::read(std::span<uint8_t> data, size_t end) const {
  if (!descriptor_ || data.size() - end < least) return 0;
  ssize_t count;
  do count = ::read(*descriptor_, data.data() + end, std::min(data.size() - end, pieceBytes));
  while (count < 0 && errno == EINTR);
  return count > 0 ? size_t(count) : 0;
}
#endif

}  // namespace unibpf::runtime
