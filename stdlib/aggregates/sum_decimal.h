#pragma once
// Sums of decimals in 192 bits: 2^64 terms of 38 digits fit.

#include <cstdint>

#include "runtime/inline/decimal.h"

namespace flow::stdlib {

struct DecimalSum {
  FlowUint128 low;
  int64_t high;
  int64_t count;
};

inline void AddTo(DecimalSum* sum, FlowUint128 low, int64_t high) {
  sum->low += low;
  sum->high += high + (sum->low < low);
}

inline void AddTerm(DecimalSum* sum, FlowInt128 term) {
  AddTo(sum, static_cast<FlowUint128>(term), term < 0 ? -1 : 0);
  ++sum->count;
}

// False when the sum leaves 128 bits.
inline bool Narrow(const DecimalSum& sum, FlowInt128* out) {
  *out = static_cast<FlowInt128>(sum.low);
  return sum.high == (*out < 0 ? -1 : 0);
}

}  // namespace flow::stdlib
