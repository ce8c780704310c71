#pragma once
// What the pattern language knows of Unicode: classes by name, and case. The tables are asked of
// the RE2 library when flowc is built, so that both know the same Unicode.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "regex/sets.h"

namespace flow::regex {

// `other` differs from `rune` only in case. Sorted by rune.
struct CasePair {
  uint32_t rune;
  uint32_t other;
};

// All pairs from the first whose rune is at least `rune` on.
std::span<const CasePair> CasePairsFrom(uint32_t rune);

// The class that \p{name} is.
std::optional<RuneSet> UnicodeClass(std::string_view name);

}  // namespace flow::regex
