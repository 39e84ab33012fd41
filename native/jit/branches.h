// Short jumps. Code is emitted twice: first with long jumps only, which shows how far each one leads, and then with a
// one-byte distance wherever that was enough. The second time distances can only be smaller, but for the padding that stands before
// aligned code, so the choice holds.
#pragma once

#include <asmjit/core.h>

#include <algorithm>
#include <vector>

namespace unibpf::jit {

class Branches {
 public:
  /** Whether the next jump, in order of emission, is a short one. */
  bool nextIsShort() { return next_ < short_.size() && short_[next_++]; }

  /** Notes where a jump ends and leads. */
  void note(size_t end, const asmjit::Label& target) { sites_.push_back({end, target.id()}); }

  /** Notes where padding may stand, and how much. */
  void notePadding(size_t at, size_t most) { paddings_.push_back({at, most}); }

  /** Chooses the lengths of all jumps, now that each label is bound, and starts again. */
  void measure(const asmjit::CodeHolder& code) {
    short_.clear();
    for (const Site& site : sites_) {
      int64_t target = int64_t(code.labelOffset(site.target));
      int64_t distance = target - int64_t(site.end);
      int64_t growth = growthBetween(std::min(target, int64_t(site.end)), std::max(target, int64_t(site.end)));
      short_.push_back(distance - growth >= -128 && distance + growth <= 127);
    }
    sites_.clear();
    paddings_.clear();
    next_ = 0;
  }

 private:
  struct Site {
    size_t end;
    uint32_t target;
  };
  struct Padding {
    size_t at;
    size_t most;
  };

  int64_t growthBetween(int64_t start, int64_t end) const {
    int64_t growth = 0;
    for (const Padding& padding : paddings_) {
      if (int64_t(padding.at) >= start && int64_t(padding.at) <= end) growth += int64_t(padding.most);
    }
    return growth;
  }

  std::vector<Site> sites_;
  std::vector<Padding> paddings_;
  std::vector<bool> short_;
  size_t next_ = 0;
};

}  // namespace unibpf::jit
