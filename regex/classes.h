#pragma once
// Classes of ASCII characters that have names of their own.

#include <optional>
#include <string_view>

#include "regex/sets.h"

namespace flow::regex {

// \d, \s, \w; an upper-case letter gives the class that it is the complement of.
std::optional<RuneSet> PerlClass(char letter);
// [:name:]
std::optional<RuneSet> PosixClass(std::string_view name);

}  // namespace flow::regex
