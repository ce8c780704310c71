#pragma once
// How many values a type has.

#include <cstdint>

#include "base/type.h"

namespace flow {

inline constexpr int64_t kFewValuesMax = 1'000'000;

// The number of values, where it is at most kFewValuesMax: of bool, sets, and what is made of them;
// 1 of a struct without fields. Otherwise 0.
int64_t FewValuesOf(const Type& type);

}  // namespace flow
