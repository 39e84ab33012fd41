// Short jumps. Code is emitted twice: first with long jumps only, which shows how far each one leads, and then with a
// one-byte distance wherever that was enough. The second time distances can only be smaller, so the choice holds.
#pragma once

#include <asmjit/core.h>

#include <cstdlib>
#include <vector>

namespace unibpf::jit {

class Branches {
 public:
  /** Whether the next jump, in order of emission, is a short one. */
  bool nextIsShort() { return next_ < short_.size() && short_[next_++]; }

  /** Notes where a jump ends and leads. */
  void note(size_t end, const asmjit::Label& target) { sites_.push_back({end, target.id()}); }

  /** Chooses the lengths of all jumps, now that each label is bound, and starts again. */
  void measure(const asmjit::CodeHolder& code) {
    short_.clear();
    for (const Site& site : sites_) {
      int64_t distance = int64_t(code.labelOffset(site.target)) - int64_t(site.end);
      short_.push_back(distance >= -128 && distance <= 127);
    }
    sites_.clear();
    next_ = 0;
  }

 private:
  struct Site {
    size_t end;
    uint32_t target;
  };
  std::vector<Site> sites_;
  std::vector<bool> short_;
  size_t next_ = 0;
};

}  // namespace unibpf::jit
