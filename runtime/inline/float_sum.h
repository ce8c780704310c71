#pragma once
// Exact sums of float64 (docs/semantics.md 38): the sum does not depend on the order of its terms
// and is rounded once.
//
// A float64 is m * 2^(e - 1075) with m < 2^53. Terms are collected by e / 32 into 128-bit integers
// ("superaccumulator", after Kulisch); values of one kind span few exponents, so three slots in the
// state do for nearly every group and a full table of 64 is taken from the arena when they do not.
// A slot holds 53 + 31 bits a term: 2^43 terms fit. NaN and infinities are counted apart.

#include <stdint.h>
#include <string.h>

#include "runtime/abi.h"
#include "runtime/inline/helper.h"
#include "runtime/inline/memory.h"

typedef __int128 FlowInt128;

struct FlowFloatSum {
  FlowInt128 slots[3];
  FlowInt128* all;  // 64 slots, or null while three are enough
  int64_t count;    // terms, NaN and infinities included
  int64_t nans;
  int64_t infinities;
  int64_t negative_infinities;
  int8_t ids[3];  // bucket of each slot, -1 when free
};

FLOW_HELPER void flow_float_sum_init(FlowFloatSum* sum) noexcept {
  memset(sum, 0, sizeof *sum);
  sum->ids[0] = sum->ids[1] = sum->ids[2] = -1;
}

// The slot of a bucket, taken when free. Cold but for the first comparison.
FLOW_HELPER FlowInt128* flow_float_sum_slot(FlowArena* arena, FlowFloatSum* sum,
                                            int32_t bucket) noexcept {
  if (FLOW_LIKELY(sum->all == nullptr)) {
    for (int i = 0; i < 3; ++i) {
      if (sum->ids[i] == bucket) return &sum->slots[i];
      if (sum->ids[i] < 0) {
        sum->ids[i] = static_cast<int8_t>(bucket);
        return &sum->slots[i];
      }
    }
    sum->all = static_cast<FlowInt128*>(
        flow_arena_alloc(arena, 64 * sizeof(FlowInt128), alignof(FlowInt128)));
    memset(sum->all, 0, 64 * sizeof(FlowInt128));
    for (int i = 0; i < 3; ++i) sum->all[sum->ids[i]] = sum->slots[i];
  }
  return &sum->all[bucket];
}

// Adds `value`.
FLOW_HELPER void flow_float_sum_add(FlowArena* arena, FlowFloatSum* sum, double value) noexcept {
  ++sum->count;
  uint64_t bits = __builtin_bit_cast(uint64_t, value);
  int32_t exponent = static_cast<int32_t>((bits >> 52) & 0x7ff);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  if (FLOW_UNLIKELY(exponent == 0x7ff)) {
    if (mantissa != 0)
      ++sum->nans;
    else if ((bits >> 63) != 0)
      ++sum->negative_infinities;
    else
      ++sum->infinities;
    return;
  }
  // Subnormals have the exponent of the smallest normal numbers, without the hidden bit.
  int32_t position = exponent == 0 ? 0 : exponent - 1;
  if (exponent != 0) mantissa |= uint64_t{1} << 52;
  FlowInt128 term = static_cast<FlowInt128>(mantissa) << (position & 31);
  if ((bits >> 63) != 0) term = -term;
  int32_t bucket = position >> 5;
  if (FLOW_LIKELY(sum->ids[0] == bucket && sum->all == nullptr)) {
    sum->slots[0] += term;
  } else {
    *flow_float_sum_slot(arena, sum, bucket) += term;
  }
}

FLOW_HELPER void flow_float_sum_merge(FlowArena* arena, FlowFloatSum* into,
                                      const FlowFloatSum* from) noexcept {
  into->count += from->count;
  into->nans += from->nans;
  into->infinities += from->infinities;
  into->negative_infinities += from->negative_infinities;
  if (from->all != nullptr) {
    for (int32_t i = 0; i < 64; ++i) {
      if (from->all[i] != 0) *flow_float_sum_slot(arena, into, i) += from->all[i];
    }
    return;
  }
  for (int i = 0; i < 3; ++i) {
    if (from->ids[i] >= 0) *flow_float_sum_slot(arena, into, from->ids[i]) += from->slots[i];
  }
}

// The exact sum, rounded to nearest, ties to even.
FLOW_HELPER double flow_float_sum_value(const FlowFloatSum* sum) noexcept {
  if (sum->nans != 0 || (sum->infinities != 0 && sum->negative_infinities != 0))
    return __builtin_nan("");
  if (sum->infinities != 0) return __builtin_inf();
  if (sum->negative_infinities != 0) return -__builtin_inf();
  // The whole sum as a two's complement number of 32-bit digits in units of 2^-1074. 64 buckets of
  // 128 bits reach digit 67.
  constexpr int kDigits = 70;
  FlowInt128 carry = 0;
  uint32_t digits[kDigits];
  for (int i = 0; i < kDigits; ++i) {
    if (i < 64) {
      if (sum->all != nullptr) {
        carry += sum->all[i];
      } else {
        for (int s = 0; s < 3; ++s) {
          if (sum->ids[s] == i) carry += sum->slots[s];
        }
      }
    }
    digits[i] = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  bool negative = carry < 0;
  if (negative) {
    uint64_t borrow = 1;
    for (uint32_t& digit : digits) {
      borrow += static_cast<uint32_t>(~digit);
      digit = static_cast<uint32_t>(borrow);
      borrow >>= 32;
    }
  }
  int top = kDigits - 1;
  while (top >= 0 && digits[top] == 0) --top;
  if (top < 0) return 0.0;
  int highest = top * 32 + 31 - __builtin_clz(digits[top]);  // bit index of the leading one
  uint64_t result;
  if (highest <= 52) {
    // Fits: a subnormal, or a normal number of the smallest exponent, exact.
    result = digits[0] | (static_cast<uint64_t>(digits[1]) << 32);
  } else {
    int shift = highest - 52;
    uint64_t mantissa = 0;
    for (int bit = 0; bit < 53; bit += 32) {
      int at = shift + bit;
      uint64_t pair = digits[at / 32] | (static_cast<uint64_t>(digits[at / 32 + 1]) << 32);
      mantissa |= (pair >> (at % 32) & 0xffffffffULL) << bit;
    }
    mantissa &= (uint64_t{1} << 53) - 1;
    auto bit_at = [&](int i) { return (digits[i / 32] >> (i % 32)) & 1; };
    bool half = bit_at(shift - 1) != 0;
    bool rest = false;
    for (int i = 0; i < (shift - 1) / 32 && !rest; ++i) rest = digits[i] != 0;
    if (!rest) {
      uint32_t part = digits[(shift - 1) / 32];
      rest = (part & ((uint32_t{1} << ((shift - 1) % 32)) - 1)) != 0;
    }
    // Adding the mantissa with its hidden bit to (exponent - 1) << 52 makes a carry raise the
    // exponent, up to infinity.
    int exponent = shift + 1;
    if (half && (rest || (mantissa & 1) != 0)) ++mantissa;
    if (exponent >= 0x7ff) {
      result = uint64_t{0x7ff} << 52;
    } else {
      result = (static_cast<uint64_t>(exponent - 1) << 52) + mantissa;
      if ((result >> 52) >= 0x7ff) result = uint64_t{0x7ff} << 52;
    }
  }
  if (negative) result |= uint64_t{1} << 63;
  return __builtin_bit_cast(double, result);
}
