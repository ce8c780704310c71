#include "regex/sets.h"

#include <algorithm>

#include "regex/unicode.h"

namespace flow::regex {

void RuneSet::Add(uint32_t lo, uint32_t hi) {
  ranges_.push_back({lo, hi});
  Normalize();
}

void RuneSet::Add(const RuneSet& other) {
  ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
  Normalize();
}

void RuneSet::Normalize() {
  std::sort(ranges_.begin(), ranges_.end());
  size_t kept = 0;
  for (const RuneRange& range : ranges_) {
    if (kept > 0 && range.lo <= ranges_[kept - 1].hi + 1) {
      ranges_[kept - 1].hi = std::max(ranges_[kept - 1].hi, range.hi);
      continue;
    }
    ranges_[kept++] = range;
  }
  ranges_.resize(kept);
}

RuneSet RuneSet::Complement() const {
  RuneSet out;
  uint32_t next = 0;
  for (const RuneRange& range : ranges_) {
    if (range.lo > next) out.ranges_.push_back({next, range.lo - 1});
    next = range.hi + 1;
  }
  if (next <= kLastRune) out.ranges_.push_back({next, kLastRune});
  return out;
}

RuneSet RuneSet::Folded() const {
  std::vector<RuneRange> all = ranges_;
  for (const RuneRange& range : ranges_) {
    for (const CasePair& pair : CasePairsFrom(range.lo)) {
      if (pair.rune > range.hi) break;
      all.push_back({pair.other, pair.other});
    }
  }
  return RuneSet(std::move(all));
}

}  // namespace flow::regex
