#pragma once
// Words of the language that mean something of their own.

#include <cstdint>

namespace flow {

// The predefined duration `forever`: a bound that the script does without.
inline constexpr int64_t kForever = INT64_MAX;

// Not in the catalog: `lag(x, n)` of an `over`, the value of the row n before, or none. Its call
// has one argument and one constant.
inline constexpr const char* kLag = "lag";

}  // namespace flow
