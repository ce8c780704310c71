#include "regex/unicode.h"

#include <algorithm>
#include <iterator>

namespace flow::regex {
namespace {

struct ClassRanges {
  std::string_view name;
  const RuneRange* ranges;
  size_t count;
};

// kCasePairs, kClasses.
#include "unicode_tables.inc"

}  // namespace

std::span<const CasePair> CasePairsFrom(uint32_t rune) {
  const CasePair* end = std::end(kCasePairs);
  const CasePair* found =
      std::lower_bound(std::begin(kCasePairs), end, rune,
                       [](const CasePair& pair, uint32_t wanted) { return pair.rune < wanted; });
  return {found, end};
}

std::optional<RuneSet> UnicodeClass(std::string_view name) {
  for (const ClassRanges& row : kClasses) {
    if (row.name == name) return RuneSet({row.ranges, row.ranges + row.count});
  }
  return std::nullopt;
}

}  // namespace flow::regex
