// The rare numbers: long, with exponents, at the edges. runtime/inline/number.h sends them here.

#include <fast_float/fast_float.h>

#include <dragonbox/dragonbox.h>

#include "runtime/inline/number.h"
#include "runtime/inline/number_text.h"

namespace flow::runtime {
namespace {

constexpr int64_t kExponentCap = 100000;  // beyond every type; sums of two stay far from overflow

// A JSON number taken apart: 0.<digits> is not normalised, value = digits * 10^exponent.
struct Parts {
  bool negative = false;
  int64_t count = 0;  // significant digits, without zeros in front; those beyond 40 are not kept
  char digits[40] = {};
  bool lost = false;     // a kept-out digit was not zero
  int64_t exponent = 0;  // of the last digit counted
};

bool TakeApart(const char* p, int64_t size, Parts* out) {
  const char* end = p + size;
  if (p < end && *p == '-') {
    out->negative = true;
    ++p;
  }
  auto digit = [&](char c) {
    if (c == '0' && out->count == 0) return;
    if (out->count < 40) {
      out->digits[out->count] = c;
    } else if (c != '0') {
      out->lost = true;
    }
    ++out->count;
  };
  if (p == end || !FlowIsDigit(*p)) return false;
  if (*p == '0' && p + 1 < end && FlowIsDigit(p[1])) return false;
  while (p < end && FlowIsDigit(*p)) digit(*p++);
  int64_t fraction = 0;
  if (p < end && *p == '.') {
    const char* point = ++p;
    while (p < end && FlowIsDigit(*p)) digit(*p++);
    fraction = p - point;
    if (fraction == 0) return false;
  }
  int64_t exponent = 0;
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) ++p;
    if (p == end) return false;
    for (; p < end && FlowIsDigit(*p); ++p) {
      if (exponent < kExponentCap) exponent = exponent * 10 + (*p - '0');
    }
    if (negative) exponent = -exponent;
  }
  out->exponent = exponent - fraction;
  return p == end;
}

// The whole number digits * 10^exponent; false when it is not whole or has more than 38 digits.
bool Whole(const Parts& parts, unsigned __int128* out) {
  *out = 0;
  if (parts.count == 0) return true;
  int64_t digits = parts.count + parts.exponent;
  if (digits <= 0 || digits > 38 || parts.lost) return false;
  for (int64_t i = 0; i < digits; ++i) {
    char c = i < parts.count && i < 40 ? parts.digits[i] : '0';
    *out = *out * 10 + static_cast<unsigned>(c - '0');
  }
  for (int64_t i = digits; i < parts.count && i < 40; ++i) {
    if (parts.digits[i] != '0') return false;
  }
  return true;
}

unsigned __int128 PowerOfTen(int32_t n) {
  unsigned __int128 power = 1;
  for (int32_t i = 0; i < n; ++i) power *= 10;
  return power;
}

}  // namespace
}  // namespace flow::runtime

using flow::runtime::Parts;

extern "C" bool flow_parse_int_slow(const char* p, int64_t size, int64_t* out) noexcept {
  Parts parts;
  unsigned __int128 value = 0;
  if (!flow::runtime::TakeApart(p, size, &parts) || !flow::runtime::Whole(parts, &value)) {
    return false;
  }
  unsigned __int128 limit = (static_cast<unsigned __int128>(1) << 63) - !parts.negative;
  if (value > limit) return false;
  uint64_t magnitude = static_cast<uint64_t>(value);
  *out = static_cast<int64_t>(parts.negative ? 0 - magnitude : magnitude);
  return true;
}

extern "C" bool flow_parse_float_slow(const char* p, int64_t size, double* out) noexcept {
  Parts parts;
  if (!flow::runtime::TakeApart(p, size, &parts)) return false;
  double value = 0;
  fast_float::from_chars_result result = fast_float::from_chars(p, p + size, value);
  if (result.ec != std::errc() || result.ptr != p + size) return false;
  if (value - value != 0) return false;
  *out = value;
  return true;
}

extern "C" bool flow_parse_decimal_slow(const char* p, int64_t size, int32_t precision,
                                        int32_t scale, __int128* out) noexcept {
  Parts parts;
  unsigned __int128 value = 0;
  if (!flow::runtime::TakeApart(p, size, &parts) || -parts.exponent > scale) return false;
  parts.exponent += scale;
  if (!flow::runtime::Whole(parts, &value)) return false;
  if (value >= flow::runtime::PowerOfTen(precision)) return false;
  *out = static_cast<__int128>(parts.negative ? 0 - value : value);
  return true;
}

extern "C" char* flow_write_float(char* out, double value) noexcept {
  if (value != value) {
    memcpy(out, "NaN", 3);
    return out + 3;
  }
  if (__builtin_signbit(value)) {
    *out++ = '-';
    value = -value;
  }
  if (value == 0) {
    memcpy(out, "0.0", 3);
    return out + 3;
  }
  if (value - value != 0) {
    memcpy(out, "Infinity", 8);
    return out + 8;
  }
  auto decimal = jkj::dragonbox::to_decimal(value, jkj::dragonbox::policy::sign::ignore);
  uint64_t digits = decimal.significand;
  int32_t count = FlowDigitCount(digits);
  int32_t point = count + decimal.exponent;  // digits before the decimal point
  if (point > 16 || point <= -4) {
    // d.ddde±x
    char text[24];
    FlowWriteDigits(text, digits, count);
    *out++ = text[0];
    if (count > 1) {
      *out++ = '.';
      memcpy(out, text + 1, static_cast<size_t>(count - 1));
      out += count - 1;
    }
    *out++ = 'e';
    return flow_write_int(out, point - 1);
  }
  if (decimal.exponent >= 0) {
    out = FlowWriteDigits(out, digits, count);
    for (int32_t i = 0; i < decimal.exponent; ++i) *out++ = '0';
    memcpy(out, ".0", 2);
    return out + 2;
  }
  if (point > 0) {
    uint64_t unit = kFlowPow10[-decimal.exponent];
    out = FlowWriteDigits(out, digits / unit, point);
    *out++ = '.';
    return FlowWriteDigits(out, digits % unit, -decimal.exponent);
  }
  memcpy(out, "0.", 2);
  out += 2;
  for (int32_t i = point; i < 0; ++i) *out++ = '0';
  return FlowWriteDigits(out, digits, count);
}

extern "C" char* flow_write_decimal_slow(char* out, const __int128* value, int32_t scale) noexcept {
  unsigned __int128 magnitude = static_cast<unsigned __int128>(*value);
  if (*value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  char digits[40];
  int32_t count = 0;
  while (magnitude != 0 || count <= scale) {
    digits[count++] = static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  }
  while (count > 0) {
    if (count == scale) *out++ = '.';
    *out++ = digits[--count];
  }
  return out;
}
