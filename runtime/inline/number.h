#pragma once
// Text to numbers, exactly (semantics.md 71). A function here takes what it knows in a few
// instructions and leaves the rest to a native `_slow` form, which knows everything.

#include <stdint.h>
#include <string.h>

#include "runtime/inline/helper.h"
#include "runtime/inline/scan.h"

extern "C" {
// Any JSON number with an integral value within int64: -5, 1.0, 1e3.
bool flow_parse_int_slow(const char* p, int64_t size, int64_t* out) noexcept;
// Any JSON number, rounded to the nearest double; false when it is none or beyond the doubles.
bool flow_parse_float_slow(const char* p, int64_t size, double* out) noexcept;
// Any JSON number of at most `scale` fraction digits and `precision` digits in all.
bool flow_parse_decimal_slow(const char* p, int64_t size, int32_t precision, int32_t scale,
                             __int128* out) noexcept;
}

static inline bool FlowIsDigit(char c) { return static_cast<uint8_t>(c - '0') < 10; }

// True when the 8 bytes are digits.
static inline bool FlowAllDigits(uint64_t word) {
  return (((word + 0x4646464646464646u) | (word - 0x3030303030303030u)) & 0x8080808080808080u) == 0;
}

// The value of 8 digits, the first in the lowest byte.
static inline uint64_t FlowEightDigits(uint64_t word) {
  word -= 0x3030303030303030u;
  word = word * 10 + (word >> 8);
  return (((word & 0x000000ff000000ffu) * 0x000f424000000064u) +
          (((word >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u)) >>
         32;
}

// 10^0 to 10^19.
static const uint64_t kFlowPow10[20] = {1u,
                                        10u,
                                        100u,
                                        1000u,
                                        10000u,
                                        100000u,
                                        1000000u,
                                        10000000u,
                                        100000000u,
                                        1000000000u,
                                        10000000000u,
                                        100000000000u,
                                        1000000000000u,
                                        10000000000000u,
                                        100000000000000u,
                                        1000000000000000u,
                                        10000000000000000u,
                                        100000000000000000u,
                                        1000000000000000000u,
                                        10000000000000000000u};

// The powers of ten that are doubles.
static const double kFlowExactPow10[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                           1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// A whole number as JSON writes it. Leading zeros are no number; `1.0` and `1e3` are whole.
FLOW_HELPER bool flow_parse_int(const char* p, int64_t size, int64_t* out) noexcept {
  const char* end = p + size;
  const char* q = p;
  bool negative = size > 0 && *q == '-';
  q += negative;
  int64_t digits = end - q;
  if (FLOW_UNLIKELY(digits <= 0 || digits > 18 || (*q == '0' && digits > 1))) {
    return flow_parse_int_slow(p, size, out);
  }
  uint64_t value = 0;
  if (digits >= 8) {
    uint64_t word = FlowLoad8(q);
    if (!FlowAllDigits(word)) return flow_parse_int_slow(p, size, out);
    value = FlowEightDigits(word);
    q += 8;
  }
  for (; q < end; ++q) {
    if (FLOW_UNLIKELY(!FlowIsDigit(*q))) return flow_parse_int_slow(p, size, out);
    value = value * 10 + static_cast<uint64_t>(*q - '0');
  }
  *out = static_cast<int64_t>(negative ? 0 - value : value);
  return true;
}

// The same for text in padded input (scan.h): up to 8 digits cost no branch per digit.
FLOW_HELPER bool flow_padded_int(const char* p, int64_t size, int64_t* out) noexcept {
  bool negative = *p == '-';
  const char* q = p + negative;
  int64_t digits = size - negative;
  if (FLOW_UNLIKELY(static_cast<uint64_t>(digits - 1) >= 8 || (*q == '0' && digits > 1))) {
    return flow_parse_int(p, size, out);
  }
  // Zeros in front make it eight digits.
  uint64_t word = FlowLoad8(q) << (64 - digits * 8);
  word |= 0x3030303030303030u >> (digits * 8 - 1) >> 1;
  if (FLOW_UNLIKELY(!FlowAllDigits(word))) return flow_parse_int_slow(p, size, out);
  int64_t value = static_cast<int64_t>(FlowEightDigits(word));
  *out = negative ? -value : value;
  return true;
}

// A JSON number as the nearest double. Up to 19 digits and a small exponent are one exact
// multiplication or division of doubles.
FLOW_HELPER bool flow_parse_float(const char* p, int64_t size, double* out) noexcept {
  const char* end = p + size;
  const char* q = p;
  bool negative = size > 0 && *q == '-';
  q += negative;
  uint64_t mantissa = 0;
  const char* whole = q;
  while (q < end && FlowIsDigit(*q)) mantissa = mantissa * 10 + static_cast<uint64_t>(*q++ - '0');
  int64_t digits = q - whole;
  if (FLOW_UNLIKELY(digits == 0 || (*whole == '0' && digits > 1))) {
    return flow_parse_float_slow(p, size, out);
  }
  int64_t fraction = 0;
  if (q < end && *q == '.') {
    const char* point = ++q;
    while (q < end && FlowIsDigit(*q)) {
      mantissa = mantissa * 10 + static_cast<uint64_t>(*q++ - '0');
    }
    fraction = q - point;
    if (FLOW_UNLIKELY(fraction == 0)) return false;
  }
  if (FLOW_UNLIKELY(q != end || digits + fraction > 19 || mantissa > (uint64_t{1} << 53) ||
                    fraction > 22)) {
    return flow_parse_float_slow(p, size, out);
  }
  double value = static_cast<double>(mantissa) / kFlowExactPow10[fraction];
  *out = negative ? -value : value;
  return true;
}

// The same for text in padded input: up to 8 bytes cost no branch per digit.
FLOW_HELPER bool flow_padded_float(const char* p, int64_t size, double* out) noexcept {
  bool negative = *p == '-';
  const char* q = p + negative;
  int64_t bytes = size - negative;
  if (FLOW_UNLIKELY(static_cast<uint64_t>(bytes - 1) >= 8 ||
                    (*q == '0' && bytes > 1 && q[1] != '.'))) {
    return flow_parse_float(p, size, out);
  }
  // The text ends in the highest byte. What stands before the point moves up by one over it.
  uint64_t word = FlowLoad8(q) << (64 - bytes * 8);
  uint64_t dots = word ^ 0x2e2e2e2e2e2e2e2eu;
  uint64_t dot = (dots - 0x0101010101010101u) & ~dots & 0x8080808080808080u;
  int64_t fraction = 0;
  if (FLOW_LIKELY(dot != 0)) {
    int64_t place = __builtin_ctzll(dot) / 8;
    fraction = 7 - place;
    uint64_t before = word & ((uint64_t{1} << (place * 8)) - 1);
    word = (word & ~(((uint64_t{1} << (place * 8)) << 7 << 1) - 1)) | before << 8;
    // A digit stands on both sides.
    if (FLOW_UNLIKELY(place == 8 - bytes || fraction == 0)) return flow_parse_float(p, size, out);
    --bytes;
  }
  word |= 0x3030303030303030u >> (bytes * 8 - 1) >> 1;
  if (FLOW_UNLIKELY(!FlowAllDigits(word))) return flow_parse_float(p, size, out);
  double value = static_cast<double>(FlowEightDigits(word)) / kFlowExactPow10[fraction];
  *out = negative ? -value : value;
  return true;
}

// A JSON number as a decimal, exactly.
FLOW_HELPER bool flow_parse_decimal(const char* p, int64_t size, int32_t precision, int32_t scale,
                                    __int128* out) noexcept {
  const char* end = p + size;
  const char* q = p;
  bool negative = size > 0 && *q == '-';
  q += negative;
  uint64_t mantissa = 0;
  const char* whole = q;
  while (q < end && FlowIsDigit(*q)) mantissa = mantissa * 10 + static_cast<uint64_t>(*q++ - '0');
  int64_t digits = q - whole;
  int64_t fraction = 0;
  if (q < end && *q == '.') {
    const char* point = ++q;
    while (q < end && FlowIsDigit(*q)) {
      mantissa = mantissa * 10 + static_cast<uint64_t>(*q++ - '0');
    }
    fraction = q - point;
    if (fraction == 0) return false;
  }
  if (FLOW_UNLIKELY(q != end || digits == 0 || (*whole == '0' && digits > 1) ||
                    digits + fraction > 18 || fraction > scale || scale - fraction > 19 ||
                    digits + scale > precision)) {
    return flow_parse_decimal_slow(p, size, precision, scale, out);
  }
  __int128 value = static_cast<__int128>(mantissa) * kFlowPow10[scale - fraction];
  *out = negative ? -value : value;
  return true;
}
