#pragma once
// Words of the language that mean something of their own.

#include <cstdint>

namespace flow {

// The predefined duration `forever`: a bound that the script does without.
inline constexpr int64_t kForever = INT64_MAX;

}  // namespace flow
