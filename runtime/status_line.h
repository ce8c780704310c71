#pragma once
// The line that shows on a terminal how a run is getting on.

#include <cstdint>
#include <string>

#include "runtime/scheduler.h"

namespace flow::runtime {

inline constexpr int64_t kStatusAfterNanoseconds = 500'000'000;
inline constexpr int64_t kStatusEveryNanoseconds = 200'000'000;

// `total_bytes` of bounded input, or -1 when it is not known.
std::string StatusLine(const Progress& progress, int64_t elapsed_ns, int64_t total_bytes);

// 12345678 is "12.3 M".
std::string ShortCount(double count);

}  // namespace flow::runtime
