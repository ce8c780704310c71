#include "stdlib/native/elementary.h"

#include <cstdint>

#include "stdlib/native/math_table.h"

namespace flow::stdlib {
namespace {

constexpr double kNaN = __builtin_nan("");
constexpr double kInfinity = __builtin_inf();

uint64_t BitsOf(double x) { return __builtin_bit_cast(uint64_t, x); }
bool IsFinite(double x) { return (BitsOf(x) >> 52 & 0x7ff) != 0x7ff; }
int ExponentOf(double x) { return static_cast<int>(BitsOf(x) >> 52 & 0x7ff) - 1023; }
double PowerOfTwo(int n) {
  return __builtin_bit_cast(double, static_cast<uint64_t>(n + 1023) << 52);
}
double SignedAs(double x, double sign) { return __builtin_copysign(x, sign); }

// x * 2^n; two steps, so that neither factor leaves the range.
double Scale(double x, int n) {
  int half = n / 2;
  return x * PowerOfTwo(half) * PowerOfTwo(n - half);
}

// ---- Pairs. The sums and products of doubles are exact (Knuth, Dekker).

Pair ExactSum(double a, double b) {
  double sum = a + b;
  double part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

Pair Ordered(double a, double b) {
  double sum = a + b;
  return {sum, b - (sum - a)};
}

Pair ExactProduct(double a, double b) {
  constexpr double kSplit = 134217729.0;  // 2^27 + 1
  double product = a * b;
  double t = kSplit * a;
  double a_high = t - (t - a);
  double a_low = a - a_high;
  t = kSplit * b;
  double b_high = t - (t - b);
  double b_low = b - b_high;
  return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

Pair Add(Pair a, Pair b) {
  Pair high = ExactSum(a.high, b.high);
  Pair low = ExactSum(a.low, b.low);
  high = Ordered(high.high, high.low + low.high);
  return Ordered(high.high, high.low + low.low);
}

Pair Add(Pair a, double b) { return Add(a, Pair{b, 0}); }

Pair Multiply(Pair a, Pair b) {
  Pair product = ExactProduct(a.high, b.high);
  return Ordered(product.high, product.low + (a.high * b.low + a.low * b.high));
}

Pair Multiply(Pair a, double b) {
  Pair product = ExactProduct(a.high, b);
  return Ordered(product.high, product.low + a.low * b);
}

Pair Negate(Pair a) { return {-a.high, -a.low}; }

Pair Divide(Pair a, Pair b) {
  double first = a.high / b.high;
  Pair rest = Add(a, Negate(Multiply(b, first)));
  double second = rest.high / b.high;
  rest = Add(rest, Negate(Multiply(b, second)));
  return Add(Ordered(first, second), rest.high / b.high);
}

Pair Sqrt(Pair a) {
  if (a.high == 0) return {0, 0};
  double root = __builtin_elementwise_sqrt(a.high);
  Pair rest = Add(a, Negate(ExactProduct(root, root)));
  return Ordered(root, rest.high / (2 * root));
}

// Times a power of two.
Pair Shift(Pair a, double power) { return {a.high * power, a.low * power}; }

double Round(Pair a) { return a.high + a.low; }

// Sum of table[first + i * step] * x^i. Terms beyond `pairs` weigh less than 2^-21 of the sum: for
// them, doubles do.
Pair Series(const Pair* table, int first, int step, int terms, int pairs, Pair x) {
  double tail = table[first + (terms - 1) * step].high;
  for (int i = terms - 2; i >= pairs; --i) tail = tail * x.high + table[first + i * step].high;
  Pair sum = {tail, 0};
  for (int i = pairs - 1; i >= 0; --i) sum = Add(Multiply(sum, x), table[first + i * step]);
  return sum;
}

// ---- exp

// e^x as a pair and a power of two, for |x| < 800.
Pair ExpPair(Pair x, int* exponent) {
  double quotient = x.high * 1.4426950408889634;
  int n = static_cast<int>(quotient + (quotient < 0 ? -0.5 : 0.5));
  double count = n;
  Pair r = Add(x, -count * kLn2Parts[0]);
  r = Add(r, Negate(ExactProduct(count, kLn2Parts[1])));
  r = Add(r, -count * kLn2Parts[2]);
  // e^r - 1 = (e^(r/16))^16 - 1, by the series and four squarings.
  constexpr int kSquarings = 4;
  r = Shift(r, 1.0 / (1 << kSquarings));
  Pair sum = Multiply(Series(kInverseFactorials, 1, 1, 10, 3, r), r);
  for (int i = 0; i < kSquarings; ++i) sum = Add(Shift(sum, 2), Multiply(sum, sum));
  *exponent = n;
  return Add(sum, 1.0);
}

double ExpOf(Pair x) {
  if (x.high > 710) return kInfinity;
  if (x.high < -746) return 0;
  int exponent;
  Pair result = ExpPair(x, &exponent);
  return Scale(Round(result), exponent);
}

// ---- log

// ln x of a finite x > 0.
Pair LogPair(double x) {
  int shift = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    shift = -54;
  }
  int exponent = ExponentOf(x);
  double m = Scale(x, -exponent);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  exponent += shift;
  // ln m = 2 atanh((m - 1) / (m + 1)), and |(m - 1) / (m + 1)| < 0.172. m - 1 is exact.
  Pair s = Divide({m - 1, 0}, ExactSum(m, 1));
  Pair sum = Series(kInverseOdds, 0, 1, 19, 7, Multiply(s, s));
  sum = Shift(Multiply(sum, s), 2);
  double count = exponent;
  Pair whole = ExactSum(count * kLn2Parts[0], 0);
  whole = Add(whole, ExactProduct(count, kLn2Parts[1]));
  whole = Add(whole, count * kLn2Parts[2]);
  return Add(whole, sum);
}

// Gives *out and true where the logarithm is no number's.
bool SpecialLog(double x, double* out) {
  if (x > 0 && IsFinite(x)) return false;
  *out = x == 0 ? -kInfinity : (x > 0 ? x : kNaN);
  return true;
}

// ---- sin, cos

// |x| modulo pi/2 as a pair of at most pi/4 in size; *quadrant counts what was taken.
Pair ReduceAngle(double x, int* quadrant) {
  *quadrant = 0;
  if (x <= 0.7853981633974483) return {x, 0};
  // x = m * 2^e. Of 2/pi, bits whose product with x is a multiple of 4 do not count; from the first
  // that does, 320 bits are taken. Fixed point: the product's bits above 2^-254 modulo 4 are what
  // remains.
  uint64_t m = (BitsOf(x) & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  int e = ExponentOf(x) - 52;
  int skip = e > 2 ? e - 2 : 0;
  uint64_t window[5];
  for (int i = 0; i < 5; ++i) {
    int word = skip / 64 + i;
    int bit = skip % 64;
    window[i] = kTwoOverPi[word] << bit;
    if (bit != 0) window[i] |= kTwoOverPi[word + 1] >> (64 - bit);
  }
  // product = m * window, six words, the most significant first; in units of 2^(e - skip - 320).
  uint64_t product[6];
  unsigned __int128 carry = 0;
  for (int i = 4; i >= 0; --i) {
    carry += static_cast<unsigned __int128>(window[i]) * m;
    product[i + 1] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  product[0] = static_cast<uint64_t>(carry);
  // Left so far that the top two bits of product[1] count quadrants.
  int left = e - skip - 2 + 64;  // 64 when e >= 2, and at least 9
  uint64_t fraction[4];
  for (int i = 0; i < 4; ++i) {
    int at = i + left / 64;
    int bit = left % 64;
    fraction[i] = product[at] << bit;
    if (bit != 0) fraction[i] |= product[at + 1] >> (64 - bit);
  }
  *quadrant = static_cast<int>(fraction[0] >> 62);
  bool upper = (fraction[0] >> 61 & 1) != 0;
  fraction[0] &= (uint64_t{1} << 62) - 1;
  if (upper) {
    // Beyond a half: count one more and go back.
    *quadrant = (*quadrant + 1) & 3;
    uint64_t borrow = 1;
    for (int i = 3; i >= 0; --i) {
      fraction[i] = ~fraction[i] + borrow;
      borrow = borrow != 0 && fraction[i] == 0;
    }
    fraction[0] &= (uint64_t{1} << 62) - 1;
  }
  // Pieces of 32 bits are doubles without rounding.
  Pair value = {0, 0};
  double weight =
      0x1p-30;  // of the lowest bit of the first piece: word 0 has 62 bits behind the point
  for (int i = 0; i < 8; ++i) {
    auto piece = static_cast<uint32_t>(fraction[i / 2] >> (i % 2 == 0 ? 32 : 0));
    value = Add(value, static_cast<double>(piece) * weight);
    weight *= 0x1p-32;
  }
  if (upper) value = Negate(value);
  return Multiply(value, kHalfPi);
}

// Sum of r^n / n! over every second n with changing signs, from `first`.
Pair TrigSeries(Pair r, int first) {
  Pair sum = Series(kInverseFactorials, first, 2, 12, 6, Negate(Multiply(r, r)));
  return first == 0 ? sum : Multiply(sum, r);
}

// sin of |x| + quarter * pi/2.
Pair SinPair(double x, int quarter) {
  int quadrant;
  Pair r = ReduceAngle(x, &quadrant);
  quadrant = (quadrant + quarter) & 3;
  Pair value = TrigSeries(r, (quadrant & 1) != 0 ? 0 : 1);
  return quadrant >= 2 ? Negate(value) : value;
}

constexpr double kTiny = 0x1p-300;  // below, x^3 and the low part of a pair are nothing

// ---- atan of a >= 0; a.high may be infinite.
Pair AtanPair(Pair a) {
  bool inverse = a.high > 1;
  if (inverse) a = a.high > 0x1p300 ? Pair{1 / a.high, 0} : Divide({1, 0}, a);
  // Halve the angle twice: tan(t/2) = tan t / (1 + sqrt(1 + tan^2 t)).
  constexpr int kHalvings = 2;
  Pair t = a;
  if (a.high >= kTiny) {
    for (int i = 0; i < kHalvings; ++i) t = Divide(t, Add(Sqrt(Add(Multiply(t, t), 1.0)), 1.0));
    Pair sum = Series(kInverseOdds, 0, 1, 17, 6, Negate(Multiply(t, t)));
    t = Shift(Multiply(sum, t), 1 << kHalvings);
  }
  return inverse ? Add(kHalfPi, Negate(t)) : t;
}

Pair AsinPair(double x) {
  if (x == 1) return kHalfPi;
  if (x < kTiny) return {x, 0};
  // tan = x / sqrt((1 - x) (1 + x))
  Pair root = Sqrt(Multiply(ExactSum(1, -x), ExactSum(1, x)));
  return AtanPair(Divide({x, 0}, root));
}

bool IsWhole(double y) {
  double size = __builtin_fabs(y);
  return size >= 0x1p52 || static_cast<double>(static_cast<int64_t>(size)) == size;
}
bool IsOdd(double y) {
  double size = __builtin_fabs(y);
  return size < 0x1p53 && (static_cast<int64_t>(size) & 1) != 0;
}

}  // namespace

double Exp(double x) {
  if (x != x) return x;
  return ExpOf({x, 0});
}

double Log(double x) {
  double special;
  return SpecialLog(x, &special) ? special : Round(LogPair(x));
}

double Log2(double x) {
  double special;
  return SpecialLog(x, &special) ? special : Round(Divide(LogPair(x), kLn2));
}

double Log10(double x) {
  double special;
  return SpecialLog(x, &special) ? special : Round(Divide(LogPair(x), kLn10));
}

double Pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return kNaN;
  double size = __builtin_fabs(x);
  bool negative = (BitsOf(x) >> 63) != 0 && IsWhole(y) && IsOdd(y);
  double sign = negative ? -1.0 : 1.0;
  if (size == 1 && !IsFinite(y)) return 1;
  if (size == 0) return y > 0 ? SignedAs(0, sign) : SignedAs(kInfinity, sign);
  if (!IsFinite(x)) return y > 0 ? SignedAs(kInfinity, sign) : SignedAs(0, sign);
  if (!IsFinite(y)) return (size > 1) == (y > 0) ? kInfinity : 0;
  if (x < 0 && !IsWhole(y)) return kNaN;
  if (y == 1) return x;
  if (y == 2) return x * x;
  Pair log = LogPair(size);
  double estimate = log.high * y;
  if (estimate > 800) return SignedAs(kInfinity, sign);
  if (estimate < -800) return SignedAs(0, sign);
  // A tiny y times a logarithm is nothing beside 1, and an exact product needs room below.
  if (__builtin_fabs(y) < kTiny) return sign;
  return sign * ExpOf(Multiply(log, y));
}

double Sin(double x) {
  if (!IsFinite(x)) return kNaN;
  double size = __builtin_fabs(x);
  if (size < kTiny) return x;
  return Round(SinPair(size, 0)) * (x < 0 ? -1.0 : 1.0);
}

double Cos(double x) {
  if (!IsFinite(x)) return kNaN;
  double size = __builtin_fabs(x);
  return size < kTiny ? 1.0 : Round(SinPair(size, 1));
}

double Tan(double x) {
  if (!IsFinite(x)) return kNaN;
  double size = __builtin_fabs(x);
  if (size < kTiny) return x;
  return Round(Divide(SinPair(size, 0), SinPair(size, 1))) * (x < 0 ? -1.0 : 1.0);
}

double Asin(double x) {
  double size = __builtin_fabs(x);
  return size <= 1 ? SignedAs(Round(AsinPair(size)), x) : kNaN;
}

double Acos(double x) {
  double size = __builtin_fabs(x);
  if (!(size <= 1)) return kNaN;
  Pair asin = AsinPair(size);
  return Round(Add(kHalfPi, x < 0 ? asin : Negate(asin)));
}

double Atan(double x) {
  if (x != x) return x;
  return SignedAs(Round(AtanPair({__builtin_fabs(x), 0})), x);
}

double Atan2(double y, double x) {
  if (x != x || y != y) return kNaN;
  double a = __builtin_fabs(y);
  double b = __builtin_fabs(x);
  bool back = (BitsOf(x) >> 63) != 0;
  Pair angle;
  if (a == 0 || (b == kInfinity && a != kInfinity)) {
    angle = {0, 0};
  } else if (b == 0 || (a == kInfinity && b != kInfinity)) {
    angle = kHalfPi;
  } else if (a == b) {
    angle = Shift(kHalfPi, 0.5);
  } else {
    int apart = ExponentOf(a) - ExponentOf(b);
    if (apart < -200 && !back) return y / b;
    if (apart > 200 || apart < -200) {
      angle = apart > 0 ? kHalfPi : Pair{0, 0};
    } else {
      // Subnormal numbers first become normal ones.
      int shift = -ExponentOf(b < 0x1p-1000 ? b * 0x1p100 : b) + (b < 0x1p-1000 ? 100 : 0);
      angle = AtanPair(Divide({Scale(a, shift), 0}, {Scale(b, shift), 0}));
    }
  }
  if (back) angle = Add(Shift(kHalfPi, 2), Negate(angle));
  return SignedAs(Round(angle), y);
}

}  // namespace flow::stdlib
