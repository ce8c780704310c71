#pragma once
// Decimals: 128-bit integers scaled by a power of ten (docs/semantics.md 3 to 5). An operation is
// exact, rounded once, half up (away from zero), to `scale` digits; it gives false when the result
// has more than `precision` digits. Operands and results go by pointer, since C and LLVM do not
// agree on how to pass 128 bits by value.

#include <stdint.h>

#include "runtime/inline/helper.h"

typedef __int128 FlowInt128;
typedef unsigned __int128 FlowUint128;

extern "C" {
// The same for any operands, in 256 bits where needed (runtime/decimal.cpp).
bool flow_decimal_add_slow(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                           const FlowInt128* b, int32_t b_scale, int32_t precision,
                           int32_t scale) noexcept;
bool flow_decimal_mul_slow(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                           const FlowInt128* b, int32_t b_scale, int32_t precision,
                           int32_t scale) noexcept;
int32_t flow_decimal_compare_slow(const FlowInt128* a, int32_t a_scale, const FlowInt128* b,
                                  int32_t b_scale) noexcept;
bool flow_decimal_rescale_slow(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                               int32_t precision, int32_t scale) noexcept;

// a / b; false for a zero divisor, too.
bool flow_decimal_div(FlowInt128* out, const FlowInt128* a, int32_t a_scale, const FlowInt128* b,
                      int32_t b_scale, int32_t precision, int32_t scale) noexcept;

// The exact value of a float, rounded half up; false for NaN and infinities.
bool flow_decimal_from_float(FlowInt128* out, double value, int32_t precision,
                             int32_t scale) noexcept;
// The nearest float.
double flow_decimal_to_float(const FlowInt128* a, int32_t scale) noexcept;
// Truncated toward zero; false outside int.
bool flow_decimal_to_int(int64_t* out, const FlowInt128* a, int32_t scale) noexcept;
// Text as a person writes it, with sign, point and exponent, rounded half up.
bool flow_decimal_from_text(FlowInt128* out, const char* p, int64_t size, int32_t precision,
                            int32_t scale) noexcept;
}

#define FLOW_U128(high, low) (static_cast<FlowUint128>(high) << 64 | (low))
// 10^0 to 10^38.
static const FlowUint128 kFlowWidePow10[39] = {
    FLOW_U128(0u, 1u),
    FLOW_U128(0u, 10u),
    FLOW_U128(0u, 100u),
    FLOW_U128(0u, 1000u),
    FLOW_U128(0u, 10000u),
    FLOW_U128(0u, 100000u),
    FLOW_U128(0u, 1000000u),
    FLOW_U128(0u, 10000000u),
    FLOW_U128(0u, 100000000u),
    FLOW_U128(0u, 1000000000u),
    FLOW_U128(0u, 10000000000u),
    FLOW_U128(0u, 100000000000u),
    FLOW_U128(0u, 1000000000000u),
    FLOW_U128(0u, 10000000000000u),
    FLOW_U128(0u, 100000000000000u),
    FLOW_U128(0u, 1000000000000000u),
    FLOW_U128(0u, 10000000000000000u),
    FLOW_U128(0u, 100000000000000000u),
    FLOW_U128(0u, 1000000000000000000u),
    FLOW_U128(0u, 10000000000000000000u),
    FLOW_U128(5u, 7766279631452241920u),
    FLOW_U128(54u, 3875820019684212736u),
    FLOW_U128(542u, 1864712049423024128u),
    FLOW_U128(5421u, 200376420520689664u),
    FLOW_U128(54210u, 2003764205206896640u),
    FLOW_U128(542101u, 1590897978359414784u),
    FLOW_U128(5421010u, 15908979783594147840u),
    FLOW_U128(54210108u, 11515845246265065472u),
    FLOW_U128(542101086u, 4477988020393345024u),
    FLOW_U128(5421010862u, 7886392056514347008u),
    FLOW_U128(54210108624u, 5076944270305263616u),
    FLOW_U128(542101086242u, 13875954555633532928u),
    FLOW_U128(5421010862427u, 9632337040368467968u),
    FLOW_U128(54210108624275u, 4089650035136921600u),
    FLOW_U128(542101086242752u, 4003012203950112768u),
    FLOW_U128(5421010862427522u, 3136633892082024448u),
    FLOW_U128(54210108624275221u, 12919594847110692864u),
    FLOW_U128(542101086242752217u, 68739955140067328u),
    FLOW_U128(5421010862427522170u, 687399551400673280u),
};
#undef FLOW_U128

FLOW_HELPER bool flow_decimal_fits(const FlowInt128* a, int32_t precision) noexcept {
  FlowUint128 magnitude = *a < 0 ? 0 - static_cast<FlowUint128>(*a) : static_cast<FlowUint128>(*a);
  return magnitude < kFlowWidePow10[precision];
}

FLOW_HELPER bool flow_decimal_add(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                                  const FlowInt128* b, int32_t b_scale, int32_t precision,
                                  int32_t scale) noexcept {
  if (FLOW_UNLIKELY(a_scale != b_scale || scale != a_scale)) {
    return flow_decimal_add_slow(out, a, a_scale, b, b_scale, precision, scale);
  }
  // 10^38 and 10^38 are less than 2^127.
  *out = *a + *b;
  return flow_decimal_fits(out, precision);
}

FLOW_HELPER bool flow_decimal_sub(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                                  const FlowInt128* b, int32_t b_scale, int32_t precision,
                                  int32_t scale) noexcept {
  FlowInt128 minus = -*b;
  return flow_decimal_add(out, a, a_scale, &minus, b_scale, precision, scale);
}

FLOW_HELPER bool flow_decimal_mul(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                                  const FlowInt128* b, int32_t b_scale, int32_t precision,
                                  int32_t scale) noexcept {
  int64_t x = static_cast<int64_t>(*a);
  int64_t y = static_cast<int64_t>(*b);
  if (FLOW_UNLIKELY(x != *a || y != *b || a_scale + b_scale != scale)) {
    return flow_decimal_mul_slow(out, a, a_scale, b, b_scale, precision, scale);
  }
  *out = static_cast<FlowInt128>(x) * y;
  return flow_decimal_fits(out, precision);
}

// Less than, equal to, or greater than 0 as a is less than, equal to, or greater than b.
FLOW_HELPER int32_t flow_decimal_compare(const FlowInt128* a, int32_t a_scale, const FlowInt128* b,
                                         int32_t b_scale) noexcept {
  if (FLOW_UNLIKELY(a_scale != b_scale)) return flow_decimal_compare_slow(a, a_scale, b, b_scale);
  return *a < *b ? -1 : *a > *b;
}

// The same value with another scale and precision.
FLOW_HELPER bool flow_decimal_rescale(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                                      int32_t precision, int32_t scale) noexcept {
  if (FLOW_UNLIKELY(a_scale != scale)) {
    return flow_decimal_rescale_slow(out, a, a_scale, precision, scale);
  }
  *out = *a;
  return flow_decimal_fits(out, precision);
}

FLOW_HELPER bool flow_decimal_from_int(FlowInt128* out, int64_t value, int32_t precision,
                                       int32_t scale) noexcept {
  // 2^63 * 10^19 is less than 2^127.
  if (FLOW_UNLIKELY(scale > 19)) {
    FlowInt128 wide = value;
    return flow_decimal_rescale_slow(out, &wide, 0, precision, scale);
  }
  *out = static_cast<FlowInt128>(value) * static_cast<FlowInt128>(kFlowWidePow10[scale]);
  return flow_decimal_fits(out, precision);
}
