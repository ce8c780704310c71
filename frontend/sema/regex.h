#pragma once
// Constant patterns: checked when the script is compiled, and the type of what they capture.

#include <optional>
#include <string>
#include <string_view>

#include "base/type.h"

namespace flow::frontend {

// `pattern` in the syntax every RE2 reads (`(?<name>` becomes `(?P<name>`), or nothing and what is
// wrong with it.
std::optional<std::string> CompilePattern(std::string_view pattern, std::string* error);

// The named groups of a compiled pattern as a struct: string, or string? for a group that a match
// can leave out. An empty struct when nothing is named.
Type CaptureType(const std::string& pattern);

}  // namespace flow::frontend
