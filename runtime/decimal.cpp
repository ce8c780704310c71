// Decimal arithmetic in 256 bits, for operands the inline helpers of runtime/inline/decimal.h leave
// over.

#include "runtime/inline/decimal.h"

#include <cstring>

#include "runtime/inline/number.h"
#include "runtime/inline/number_text.h"

namespace flow::runtime {
namespace {

constexpr int kMaxPrecision = 38;

// An unsigned number of 256 bits, the lowest word first.
struct Wide {
  uint64_t words[4] = {0, 0, 0, 0};

  bool IsZero() const { return (words[0] | words[1] | words[2] | words[3]) == 0; }
  bool FitsLow() const { return (words[2] | words[3]) == 0; }
  FlowUint128 Low() const { return static_cast<FlowUint128>(words[1]) << 64 | words[0]; }
};

Wide FromLow(FlowUint128 value) {
  return {{static_cast<uint64_t>(value), static_cast<uint64_t>(value >> 64), 0, 0}};
}

FlowUint128 Magnitude(FlowInt128 value) {
  return value < 0 ? 0 - static_cast<FlowUint128>(value) : static_cast<FlowUint128>(value);
}

// *value *= factor; false when it leaves 256 bits.
bool Multiply(Wide* value, uint64_t factor) {
  FlowUint128 carry = 0;
  for (uint64_t& word : value->words) {
    carry += static_cast<FlowUint128>(word) * factor;
    word = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  return carry == 0;
}

// *value *= 10^digits
bool Raise(Wide* value, int digits) {
  for (; digits > 19; digits -= 19) {
    if (!Multiply(value, kFlowPow10[19])) return false;
  }
  return Multiply(value, kFlowPow10[digits]);
}

Wide Product(FlowUint128 a, FlowUint128 b) {
  uint64_t x[2] = {static_cast<uint64_t>(a), static_cast<uint64_t>(a >> 64)};
  uint64_t y[2] = {static_cast<uint64_t>(b), static_cast<uint64_t>(b >> 64)};
  Wide out;
  for (int i = 0; i < 2; ++i) {
    FlowUint128 carry = 0;
    for (int j = 0; j < 2; ++j) {
      carry += static_cast<FlowUint128>(x[i]) * y[j] + out.words[i + j];
      out.words[i + j] = static_cast<uint64_t>(carry);
      carry >>= 64;
    }
    out.words[i + 2] = static_cast<uint64_t>(carry);
  }
  return out;
}

void DivideSmall(Wide* value, uint64_t divisor) {
  FlowUint128 rest = 0;
  for (int i = 3; i >= 0; --i) {
    rest = rest << 64 | value->words[i];
    value->words[i] = static_cast<uint64_t>(rest / divisor);
    rest %= divisor;
  }
}

void AddSmall(Wide* value, uint64_t term) {
  for (uint64_t& word : value->words) {
    word += term;
    if (word >= term) return;
    term = 1;
  }
}

// *value / 10^digits, rounded half up: only the first digit that goes decides.
void Lower(Wide* value, int digits) {
  if (digits == 0) return;
  --digits;
  for (; digits > 19; digits -= 19) DivideSmall(value, kFlowPow10[19]);
  DivideSmall(value, kFlowPow10[digits]);
  AddSmall(value, 5);
  DivideSmall(value, 10);
}

bool ShiftScale(Wide* value, int from, int to) {
  if (to >= from) return Raise(value, to - from);
  Lower(value, from - to);
  return true;
}

int Compare(const Wide& a, const Wide& b) {
  for (int i = 3; i >= 0; --i) {
    if (a.words[i] != b.words[i]) return a.words[i] < b.words[i] ? -1 : 1;
  }
  return 0;
}

Wide Sum(const Wide& a, const Wide& b) {
  Wide out;
  FlowUint128 carry = 0;
  for (int i = 0; i < 4; ++i) {
    carry += static_cast<FlowUint128>(a.words[i]) + b.words[i];
    out.words[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  return out;
}

// a - b of a >= b.
Wide Difference(const Wide& a, const Wide& b) {
  Wide out;
  uint64_t borrow = 0;
  for (int i = 0; i < 4; ++i) {
    FlowUint128 part = static_cast<FlowUint128>(a.words[i]) - b.words[i] - borrow;
    out.words[i] = static_cast<uint64_t>(part);
    borrow = (part >> 64) != 0;
  }
  return out;
}

// The quotient rounded half up, bit by bit; rare enough. False when it leaves 128 bits.
bool DivideRounded(const Wide& a, FlowUint128 b, FlowUint128* out) {
  FlowUint128 rest = 0;
  FlowUint128 quotient = 0;
  for (int i = 255; i >= 0; --i) {
    bool over = (rest >> 127) != 0;
    rest = rest << 1 | (a.words[i / 64] >> (i % 64) & 1);
    bool bit = over || rest >= b;
    if (bit) rest -= b;
    if ((quotient >> 127) != 0) return false;
    quotient = quotient << 1 | bit;
  }
  if (rest >= b - rest) ++quotient;
  *out = quotient;
  return true;
}

bool Store(const Wide& magnitude, bool negative, int precision, FlowInt128* out) {
  if (!magnitude.FitsLow() || magnitude.Low() >= kFlowWidePow10[precision]) return false;
  FlowInt128 value = static_cast<FlowInt128>(magnitude.Low());
  *out = negative ? -value : value;
  return true;
}

struct Exponent {
  int value = 0;
  bool ok = true;
};

// The exponent [p, end) of a number's text, bounded: beyond 9999 nothing is representable.
Exponent ReadExponent(const char* p, const char* end) {
  bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) ++p;
  Exponent out;
  if (p == end) return {0, false};
  for (; p < end; ++p) {
    if (!FlowIsDigit(*p)) return {0, false};
    if (out.value < 9999) out.value = out.value * 10 + (*p - '0');
  }
  if (negative) out.value = -out.value;
  return out;
}

}  // namespace
}  // namespace flow::runtime

using namespace flow::runtime;

extern "C" {

bool flow_decimal_add_slow(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                           const FlowInt128* b, int32_t b_scale, int32_t precision,
                           int32_t scale) noexcept {
  int common = a_scale > b_scale ? a_scale : b_scale;
  Wide x = FromLow(Magnitude(*a));
  Wide y = FromLow(Magnitude(*b));
  // 10^38 raised by 38 digits stays below 2^256, and so does the sum.
  Raise(&x, common - a_scale);
  Raise(&y, common - b_scale);
  bool negative = *a < 0;
  Wide sum;
  if ((*a < 0) == (*b < 0)) {
    sum = Sum(x, y);
  } else if (Compare(x, y) >= 0) {
    sum = Difference(x, y);
  } else {
    sum = Difference(y, x);
    negative = !negative;
  }
  return ShiftScale(&sum, common, scale) && Store(sum, negative, precision, out);
}

bool flow_decimal_mul_slow(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                           const FlowInt128* b, int32_t b_scale, int32_t precision,
                           int32_t scale) noexcept {
  Wide product = Product(Magnitude(*a), Magnitude(*b));
  if (!ShiftScale(&product, a_scale + b_scale, scale)) return false;
  return Store(product, (*a < 0) != (*b < 0), precision, out);
}

bool flow_decimal_div(FlowInt128* out, const FlowInt128* a, int32_t a_scale, const FlowInt128* b,
                      int32_t b_scale, int32_t precision, int32_t scale) noexcept {
  if (*b == 0) return false;
  if (*a == 0) {
    *out = 0;
    return true;
  }
  Wide numerator = FromLow(Magnitude(*a));
  Wide denominator = FromLow(Magnitude(*b));
  int digits = scale - a_scale + b_scale;
  if (digits < 0) {
    // A denominator beyond 128 bits is more than three times any numerator: it rounds to zero.
    if (!Raise(&denominator, -digits) || !denominator.FitsLow()) {
      *out = 0;
      return true;
    }
  } else if (!Raise(&numerator, digits)) {
    return false;  // beyond 10^77, so the quotient is beyond 10^38
  }
  FlowUint128 quotient;
  FlowUint128 divisor = denominator.Low();
  if (numerator.FitsLow()) {
    quotient = numerator.Low() / divisor;
    FlowUint128 rest = numerator.Low() % divisor;
    if (rest >= divisor - rest) ++quotient;
  } else if (!DivideRounded(numerator, divisor, &quotient)) {
    return false;
  }
  return Store(FromLow(quotient), (*a < 0) != (*b < 0), precision, out);
}

int32_t flow_decimal_compare_slow(const FlowInt128* a, int32_t a_scale, const FlowInt128* b,
                                  int32_t b_scale) noexcept {
  if ((*a < 0) != (*b < 0)) return *a < 0 ? -1 : 1;
  int common = a_scale > b_scale ? a_scale : b_scale;
  Wide x = FromLow(Magnitude(*a));
  Wide y = FromLow(Magnitude(*b));
  Raise(&x, common - a_scale);
  Raise(&y, common - b_scale);
  return *a < 0 ? Compare(y, x) : Compare(x, y);
}

bool flow_decimal_rescale_slow(FlowInt128* out, const FlowInt128* a, int32_t a_scale,
                               int32_t precision, int32_t scale) noexcept {
  Wide value = FromLow(Magnitude(*a));
  return ShiftScale(&value, a_scale, scale) && Store(value, *a < 0, precision, out);
}

bool flow_decimal_from_float(FlowInt128* out, double value, int32_t precision,
                             int32_t scale) noexcept {
  uint64_t bits = __builtin_bit_cast(uint64_t, value);
  int field = static_cast<int>(bits >> 52 & 0x7ff);
  if (field == 0x7ff) return false;
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  if (field != 0) mantissa |= uint64_t{1} << 52;
  int exponent = (field == 0 ? 1 : field) - 1075;  // value = mantissa * 2^exponent
  Wide wide = FromLow(mantissa);
  Raise(&wide, scale);  // 53 + 127 bits
  for (; exponent > 0; --exponent) {
    if (!Multiply(&wide, 2)) return false;
  }
  if (exponent < -250) {
    *out = 0;
    return true;
  }
  if (exponent < 0) {
    int half = -exponent - 1;
    Wide one;
    one.words[half / 64] = uint64_t{1} << (half % 64);
    wide = Sum(wide, one);
    int shift = -exponent;
    int words = shift / 64;
    int rest = shift % 64;
    for (int i = 0; i < 4; ++i) {
      uint64_t low = i + words < 4 ? wide.words[i + words] : 0;
      uint64_t high = i + words + 1 < 4 ? wide.words[i + words + 1] : 0;
      wide.words[i] = rest == 0 ? low : (low >> rest | high << (64 - rest));
    }
  }
  return Store(wide, (bits >> 63) != 0, precision, out);
}

double flow_decimal_to_float(const FlowInt128* a, int32_t scale) noexcept {
  FlowUint128 magnitude = Magnitude(*a);
  if (magnitude <= (uint64_t{1} << 53) && scale <= 22) {
    // Both are floats, and division rounds once.
    double value = static_cast<double>(static_cast<uint64_t>(magnitude)) / kFlowExactPow10[scale];
    return *a < 0 ? -value : value;
  }
  char text[kFlowDecimalRoom];
  char* end = flow_write_decimal(text, a, scale);
  double value = 0;
  flow_parse_float(text, end - text, &value);
  return value;
}

bool flow_decimal_to_int(int64_t* out, const FlowInt128* a, int32_t scale) noexcept {
  FlowInt128 whole = *a / static_cast<FlowInt128>(kFlowWidePow10[scale]);
  *out = static_cast<int64_t>(whole);
  return *out == whole;
}

bool flow_decimal_from_text(FlowInt128* out, const char* p, int64_t size, int32_t precision,
                            int32_t scale) noexcept {
  const char* end = p + size;
  bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) ++p;
  Wide value;
  int digits = 0;    // significant digits in `value`
  int fraction = 0;  // digits behind the point that went into `value`
  int surplus = 0;   // digits before the point that `value` has no room for
  bool any = false;
  bool point = false;
  for (; p < end; ++p) {
    if (*p == '.' && !point) {
      point = true;
      continue;
    }
    if (!FlowIsDigit(*p)) break;
    any = true;
    // Twice the digits that fit are enough: rounding half up needs only the first digit that goes.
    if (digits < 2 * kMaxPrecision) {
      Multiply(&value, 10);
      AddSmall(&value, static_cast<uint64_t>(*p - '0'));
      digits += !value.IsZero();
      fraction += point;
    } else if (!point) {
      ++surplus;
    }
  }
  if (!any) return false;
  int exponent = 0;
  if (p < end) {
    if (*p != 'e' && *p != 'E') return false;
    Exponent read = ReadExponent(p + 1, end);
    if (!read.ok) return false;
    exponent = read.value;
  }
  int from = fraction - surplus - exponent;  // the scale of `value`
  if (value.IsZero() || from - scale > 2 * kMaxPrecision) {
    *out = 0;
    return true;
  }
  if (scale - from > 2 * kMaxPrecision) return false;
  return ShiftScale(&value, from, scale) && Store(value, negative, precision, out);
}
}
