#pragma once
// Kernels of native functions that are a few instructions: inlined into the loop over rows.
// Contract: base/catalog.h, FunctionOverload. The descriptors that name them are in stdlib/native/.

#include <stdint.h>
#include <string.h>

#include "runtime/abi.h"
#include "runtime/inline/decimal.h"
#include "runtime/inline/helper.h"
#include "runtime/inline/time.h"
#include "runtime/inline/utf8.h"

// ---- Numbers from text

// Digits alone, as many as surely fit.
FLOW_HELPER bool flow_quick_int(int64_t* out, const FlowString* text) noexcept {
  if (static_cast<uint64_t>(text->size - 1) >= 18) return false;
  uint64_t value = 0;
  for (const char *at = text->data, *end = at + text->size; at != end; ++at) {
    auto digit = static_cast<uint64_t>(static_cast<unsigned char>(*at)) - '0';
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  *out = static_cast<int64_t>(value);
  return true;
}

// ---- Rounding of floats. By hand, so that no tier and no host needs the C library's.

// No fraction is left at 2^52 and above; NaN and infinities stay as well.
static inline bool FlowIsWhole(double x) { return !(__builtin_fabs(x) < 4503599627370496.0); }

static inline double FlowTrunc(double x) {
  if (FlowIsWhole(x)) return x;
  return __builtin_copysign(static_cast<double>(static_cast<int64_t>(x)), x);
}

static inline double FlowFloor(double x) {
  if (FlowIsWhole(x)) return x;
  double whole = static_cast<double>(static_cast<int64_t>(x));
  if (whole > x) whole -= 1.0;
  return __builtin_copysign(whole, x);
}

// Half away from zero, as decimals round.
static inline double FlowRound(double x) {
  double whole = FlowTrunc(x);
  if (__builtin_fabs(x - whole) >= 0.5) whole += __builtin_copysign(1.0, x);
  return whole;
}

FLOW_HELPER bool flow_fn_floor_float(FlowTask*, double* out, const double* x) noexcept {
  *out = FlowFloor(*x);
  return true;
}
FLOW_HELPER bool flow_fn_ceil_float(FlowTask*, double* out, const double* x) noexcept {
  *out = -FlowFloor(-*x);
  return true;
}
FLOW_HELPER bool flow_fn_round_float(FlowTask*, double* out, const double* x) noexcept {
  *out = FlowRound(*x);
  return true;
}
FLOW_HELPER bool flow_fn_trunc_float(FlowTask*, double* out, const double* x) noexcept {
  *out = FlowTrunc(*x);
  return true;
}
// ---- abs, sign, sqrt, least, greatest
FLOW_HELPER bool flow_fn_abs_int(FlowTask*, int64_t* out, const int64_t* x) noexcept {
  *out = *x < 0 ? static_cast<int64_t>(0 - static_cast<uint64_t>(*x)) : *x;
  return *x != INT64_MIN;
}
FLOW_HELPER bool flow_fn_abs_float(FlowTask*, double* out, const double* x) noexcept {
  *out = __builtin_fabs(*x);
  return true;
}
FLOW_HELPER bool flow_fn_abs_decimal(FlowTask*, FlowInt128* out, const FlowInt128* x) noexcept {
  *out = *x < 0 ? -*x : *x;
  return true;
}
FLOW_HELPER bool flow_fn_sign_int(FlowTask*, int64_t* out, const int64_t* x) noexcept {
  *out = *x < 0 ? -1 : *x > 0;
  return true;
}
FLOW_HELPER bool flow_fn_sign_float(FlowTask*, int64_t* out, const double* x) noexcept {
  *out = *x < 0 ? -1 : !(*x == 0);
  return true;
}
FLOW_HELPER bool flow_fn_sign_decimal(FlowTask*, int64_t* out, const FlowInt128* x) noexcept {
  *out = *x < 0 ? -1 : *x > 0;
  return true;
}
FLOW_HELPER bool flow_fn_sqrt(FlowTask*, double* out, const double* x) noexcept {
  *out = __builtin_elementwise_sqrt(*x);
  return true;
}
FLOW_HELPER bool flow_fn_least_int(FlowTask*, int64_t* out, const int64_t* a,
                                   const int64_t* b) noexcept {
  *out = *b < *a ? *b : *a;
  return true;
}
FLOW_HELPER bool flow_fn_greatest_int(FlowTask*, int64_t* out, const int64_t* a,
                                      const int64_t* b) noexcept {
  *out = *b > *a ? *b : *a;
  return true;
}
// NaN is the greatest float (docs/semantics.md 6).
FLOW_HELPER bool flow_fn_least_float(FlowTask*, double* out, const double* a,
                                     const double* b) noexcept {
  *out = *b < *a || *a != *a ? *b : *a;
  return true;
}
FLOW_HELPER bool flow_fn_greatest_float(FlowTask*, double* out, const double* a,
                                        const double* b) noexcept {
  *out = *b > *a || *b != *b ? *b : *a;
  return true;
}

// ---- bin: the greatest multiple of `size` that is not above x. A size that is not positive
// faults.
static inline bool FlowFloorTo(int64_t x, int64_t size, int64_t origin, int64_t* out) {
  if (size <= 0) return false;
  int64_t shifted;
  if (__builtin_sub_overflow(x, origin, &shifted)) return false;
  int64_t rest = shifted % size;
  if (rest < 0) rest += size;
  return !__builtin_sub_overflow(x, rest, out);
}

FLOW_HELPER bool flow_fn_bin_int(FlowTask*, int64_t* out, const int64_t* x,
                                 const int64_t* size) noexcept {
  return FlowFloorTo(*x, *size, 0, out);
}
// Whole weeks begin on Monday, as windows do (docs/semantics.md 41).
FLOW_HELPER bool flow_fn_bin_timestamp(FlowTask*, int64_t* out, const int64_t* x,
                                       const int64_t* size) noexcept {
  bool weeks = *size % (7 * kFlowNanosPerDay) == 0;
  return FlowFloorTo(*x, *size, weeks ? 4 * kFlowNanosPerDay : 0, out) && *out != INT64_MIN;
}
FLOW_HELPER bool flow_fn_bin_float(FlowTask*, double* out, const double* x,
                                   const double* size) noexcept {
  *out = FlowFloor(*x / *size) * *size;
  return *size > 0;
}

// ---- Parts of a timestamp in UTC
static inline int64_t FlowFloorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient - (a % b < 0);
}
static inline FlowCivil FlowCivilOf(int64_t t) {
  FlowCivil civil;
  flow_civil_from_days(FlowFloorDivide(t, kFlowNanosPerDay), &civil);
  return civil;
}
// What of the `period` that ends before the next multiple of it has passed.
static inline int64_t FlowPassed(int64_t t, int64_t period) {
  int64_t rest = t % period;
  return rest < 0 ? rest + period : rest;
}

FLOW_HELPER bool flow_fn_year(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowCivilOf(*t).year;
  return true;
}
FLOW_HELPER bool flow_fn_month(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowCivilOf(*t).month;
  return true;
}
FLOW_HELPER bool flow_fn_quarter(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = (FlowCivilOf(*t).month + 2) / 3;
  return true;
}
FLOW_HELPER bool flow_fn_day(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowCivilOf(*t).day;
  return true;
}
FLOW_HELPER bool flow_fn_day_of_year(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  int64_t days = FlowFloorDivide(*t, kFlowNanosPerDay);
  FlowCivil civil;
  flow_civil_from_days(days, &civil);
  *out = days - flow_days_from_civil(civil.year, 1, 1) + 1;
  return true;
}
// Monday is 1, Sunday 7. The first of January 1970 was a Thursday.
FLOW_HELPER bool flow_fn_weekday(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowPassed(FlowFloorDivide(*t, kFlowNanosPerDay) + 3, 7) + 1;
  return true;
}
// ISO 8601: the week of the year that has this week's Thursday.
FLOW_HELPER bool flow_fn_week(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  int64_t days = FlowFloorDivide(*t, kFlowNanosPerDay);
  int64_t thursday = days - FlowPassed(days + 3, 7) + 3;
  FlowCivil civil;
  flow_civil_from_days(thursday, &civil);
  *out = (thursday - flow_days_from_civil(civil.year, 1, 1)) / 7 + 1;
  return true;
}
FLOW_HELPER bool flow_fn_hour(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowPassed(*t, kFlowNanosPerDay) / (3600 * kFlowNanosPerSecond);
  return true;
}
FLOW_HELPER bool flow_fn_minute(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowPassed(*t, 3600 * kFlowNanosPerSecond) / (60 * kFlowNanosPerSecond);
  return true;
}
FLOW_HELPER bool flow_fn_second(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowPassed(*t, 60 * kFlowNanosPerSecond) / kFlowNanosPerSecond;
  return true;
}

// ---- Strings
FLOW_HELPER bool flow_fn_starts_with(FlowTask*, bool* out, const FlowString* text,
                                     const FlowString* part) noexcept {
  *out = part->size <= text->size &&
         (part->size == 0 || memcmp(text->data, part->data, static_cast<size_t>(part->size)) == 0);
  return true;
}
FLOW_HELPER bool flow_fn_ends_with(FlowTask*, bool* out, const FlowString* text,
                                   const FlowString* part) noexcept {
  *out = part->size <= text->size &&
         (part->size == 0 || memcmp(text->data + (text->size - part->size), part->data,
                                    static_cast<size_t>(part->size)) == 0);
  return true;
}
FLOW_HELPER bool flow_fn_len_string(FlowTask*, int64_t* out, const FlowString* s) noexcept {
  *out = flow_utf8_count(s->data, s->size);
  return true;
}
FLOW_HELPER bool flow_fn_len_bytes(FlowTask*, int64_t* out, const FlowString* s) noexcept {
  *out = s->size;
  return true;
}
FLOW_HELPER bool flow_fn_len_array(FlowTask*, int64_t* out, const FlowArray* xs) noexcept {
  *out = xs->count;
  return true;
}
// floor, int and kin of what already is one.
FLOW_HELPER bool flow_fn_identity_int(FlowTask*, int64_t* out, const int64_t* x) noexcept {
  *out = *x;
  return true;
}

// ---- Numbers to and from times
// n * `scale`, as a duration or a timestamp; false outside.
FLOW_HELPER bool flow_fn_from_unit(int64_t* out, int64_t n, int64_t scale) noexcept {
  return !__builtin_mul_overflow(n, scale, out) && *out != INT64_MIN && *out != INT64_MAX;
}
FLOW_HELPER bool flow_fn_from_seconds(FlowTask*, int64_t* out, const int64_t* n) noexcept {
  return flow_fn_from_unit(out, *n, kFlowNanosPerSecond);
}
FLOW_HELPER bool flow_fn_from_millis(FlowTask*, int64_t* out, const int64_t* n) noexcept {
  return flow_fn_from_unit(out, *n, 1000000);
}
FLOW_HELPER bool flow_fn_from_micros(FlowTask*, int64_t* out, const int64_t* n) noexcept {
  return flow_fn_from_unit(out, *n, 1000);
}
FLOW_HELPER bool flow_fn_from_nanos(FlowTask*, int64_t* out, const int64_t* n) noexcept {
  return flow_fn_from_unit(out, *n, 1);
}
FLOW_HELPER bool flow_fn_to_seconds(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowFloorDivide(*t, kFlowNanosPerSecond);
  return true;
}
FLOW_HELPER bool flow_fn_to_millis(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowFloorDivide(*t, 1000000);
  return true;
}
FLOW_HELPER bool flow_fn_to_micros(FlowTask*, int64_t* out, const int64_t* t) noexcept {
  *out = FlowFloorDivide(*t, 1000);
  return true;
}

// ---- split(text, separator)[index], without the array
// The first `byte` in [p, end), or `end`.
static inline const char* FlowFindByte(const char* p, const char* end, char byte) {
  uint64_t all = static_cast<uint8_t>(byte) * uint64_t{0x0101010101010101u};
  for (; end - p >= 8; p += 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    word ^= all;
    uint64_t hit = (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
    if (hit != 0) return p + __builtin_ctzll(hit) / 8;
  }
  while (p < end && *p != byte) ++p;
  return p;
}

// Separators of any length; an empty one stands between all code points.
FLOW_COLD_HELPER bool flow_split_part_any(const char* p, int64_t size, const char* separator,
                                          int64_t separator_size, int64_t index,
                                          FlowString* out) noexcept {
  const char* end = p + size;
  for (;; --index) {
    const char* part = p;
    if (separator_size == 0) {
      if (p == end) return false;
      for (++p; p < end && (static_cast<uint8_t>(*p) & 0xc0) == 0x80;) ++p;
    } else {
      while (end - p >= separator_size &&
             memcmp(p, separator, static_cast<size_t>(separator_size)) != 0) {
        ++p;
      }
      if (end - p < separator_size) p = end;
    }
    if (index == 0) {
      *out = {part, p - part};
      return true;
    }
    if (separator_size != 0 && p == end) return false;
    p += separator_size;
  }
}

// Part number `index` of the text; false when there are fewer.
FLOW_HELPER bool flow_split_part(const char* p, int64_t size, const char* separator,
                                 int64_t separator_size, int64_t index, FlowString* out) noexcept {
  *out = {nullptr, 0};
  if (index < 0) return false;
  if (FLOW_UNLIKELY(separator_size != 1)) {
    return flow_split_part_any(p, size, separator, separator_size, index, out);
  }
  const char* end = p + size;
  const char* stop = FlowFindByte(p, end, *separator);
  for (; index > 0; --index) {
    if (stop == end) return false;
    p = stop + 1;
    stop = FlowFindByte(p, end, *separator);
  }
  *out = {p, stop - p};
  return true;
}

// ---- Conversions that are a few instructions
// Truncates toward zero; fails on NaN and outside. 2^63 is a float, so the bounds are exact.
FLOW_HELPER bool flow_fn_int_float(FlowTask*, int64_t* out, const double* x) noexcept {
  if (FLOW_UNLIKELY(!(*x >= -9223372036854775808.0 && *x < 9223372036854775808.0))) return false;
  *out = static_cast<int64_t>(*x);
  return true;
}
FLOW_HELPER bool flow_fn_int_bool(FlowTask*, int64_t* out, const uint8_t* x) noexcept {
  *out = *x != 0;
  return true;
}
FLOW_HELPER bool flow_fn_float_int(FlowTask*, double* out, const int64_t* x) noexcept {
  *out = static_cast<double>(*x);
  return true;
}
FLOW_HELPER bool flow_fn_float_float(FlowTask*, double* out, const double* x) noexcept {
  *out = *x;
  return true;
}
