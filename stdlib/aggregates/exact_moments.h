#pragma once
// The exact sum of float64 values and the exact sum of their squares. Variance follows from both in
// integers, so it is free of order and of cancellation, and rounded once.

#include "runtime/abi.h"
#include "runtime/inline/decimal.h"
#include "runtime/inline/float_sum.h"

namespace flow::stdlib {

// A square is m^2 * 2^(2e): its 106 bits are added as two halves of 53, by position / 32, as in
// float_sum.h.
struct ExactMoments {
  static constexpr int kFew = 6;
  static constexpr int kAll = 131;  // buckets of positions up to 2 * 2045 + 53

  FlowFloatSum sum;
  FlowInt128 squares[kFew];
  FlowInt128* all;    // kAll buckets, or null while kFew are enough
  int16_t ids[kFew];  // bucket of each of `squares`, -1 when free
};

void Init(ExactMoments* moments);
void Add(FlowArena* arena, ExactMoments* moments, double value);
void Merge(FlowArena* arena, ExactMoments* into, const ExactMoments& from);
// Of the sample; needs two values. NaN when there is a NaN or an infinity.
double Variance(const ExactMoments& moments);

}  // namespace flow::stdlib
