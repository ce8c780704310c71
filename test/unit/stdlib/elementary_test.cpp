// Elementary functions against the C library's long double ones, and the bits they may never
// change.

#include "stdlib/native/elementary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace flow::stdlib {
namespace {

constexpr int kSamples = 20000;

// Finite doubles of any sign with exponents in [low, high].
class Samples {
 public:
  Samples(int low, int high) : low_(low), high_(high) {}
  double Next() {
    double mantissa = 1 + static_cast<double>(random_() >> 12) * 0x1p-52;
    int exponent = low_ + static_cast<int>(random_() % static_cast<uint64_t>(high_ - low_ + 1));
    double value = std::ldexp(mantissa, exponent);
    return random_() % 2 != 0 ? -value : value;
  }

 private:
  int low_;
  int high_;
  std::mt19937_64 random_{1};
};

// The exact result is hardly ever between two floats by equal shares, so half a unit is the bound.
template <class F, class G>
void ExpectNearest(F function, G reference, int low, int high, bool positive = false) {
  Samples samples(low, high);
  for (int i = 0; i < kSamples; ++i) {
    double x = samples.Next();
    if (positive) x = std::fabs(x);
    double result = function(x);
    long double exact = reference(static_cast<long double>(x));
    if (std::isnan(exact)) {
      EXPECT_TRUE(std::isnan(result)) << x;
      continue;
    }
    auto nearest = static_cast<double>(exact);
    if (result == nearest) continue;
    long double unit = std::nextafter(std::fabs(nearest), INFINITY) - std::fabs(nearest);
    EXPECT_LT(std::fabs(static_cast<long double>(result) - exact) / unit, 0.501L) << x;
  }
}

#define NEAREST(Function, reference, ...) \
  ExpectNearest(Function, [](long double x) { return reference(x); }, __VA_ARGS__)

TEST(Elementary, ResultsAreTheNearestFloats) {
  NEAREST(Exp, std::exp, -60, 8);
  NEAREST(Log, std::log, -1074, 1023, true);
  NEAREST(Log2, std::log2, -1074, 1023, true);
  NEAREST(Log10, std::log10, -300, 1023, true);
  NEAREST(Sin, std::sin, -40, 60);
  NEAREST(Cos, std::cos, -40, 60);
  NEAREST(Tan, std::tan, -40, 60);
  NEAREST(Sin, std::sin, 61, 1023);
  NEAREST(Atan, std::atan, -600, 1023);
  NEAREST(Asin, std::asin, -100, -1);
  NEAREST(Acos, std::acos, -100, -1);
}

bool SameFloat(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         __builtin_bit_cast(uint64_t, a) == __builtin_bit_cast(uint64_t, b);
}

TEST(Elementary, SpecialCasesAreThoseOfC) {
  const double specials[] = {0.0, -0.0, 1,    -1,    INFINITY, -INFINITY, NAN,  2,     -2,    3,
                             -3,  0.5,  -0.5, 1e300, -1e300,   5e-324,    1e17, -1e17, 1e-310};
  for (double x : specials) {
    EXPECT_TRUE(SameFloat(Exp(x), std::exp(x))) << x;
    EXPECT_TRUE(SameFloat(Log(x), std::log(x))) << x;
    EXPECT_TRUE(SameFloat(Log2(x), std::log2(x))) << x;
    EXPECT_TRUE(SameFloat(Log10(x), std::log10(x))) << x;
    EXPECT_TRUE(SameFloat(Sin(x), std::sin(x))) << x;
    EXPECT_TRUE(SameFloat(Cos(x), std::cos(x))) << x;
    EXPECT_TRUE(SameFloat(Tan(x), std::tan(x))) << x;
    EXPECT_TRUE(SameFloat(Asin(x), std::asin(x))) << x;
    EXPECT_TRUE(SameFloat(Acos(x), std::acos(x))) << x;
    EXPECT_TRUE(SameFloat(Atan(x), std::atan(x))) << x;
    for (double y : specials) {
      EXPECT_TRUE(SameFloat(Pow(x, y), std::pow(x, y))) << x << " to " << y;
      EXPECT_TRUE(SameFloat(Atan2(x, y), std::atan2(x, y))) << x << " over " << y;
    }
  }
}

TEST(Elementary, PowersOfWholeNumbersAreExact) {
  for (int base = 2; base <= 10; ++base) {
    double exact = 1;
    for (int n = 0; exact < 0x1p53; ++n, exact *= base) EXPECT_EQ(Pow(base, n), exact);
  }
  for (int n = -1074; n < 1024; ++n) {
    EXPECT_EQ(Pow(2, n), std::ldexp(1.0, n));
    EXPECT_EQ(Log2(std::ldexp(1.0, n)), n);
  }
}

// A stored result of one machine is compared with another's: no compiler and no flag may change a
// bit.
TEST(Elementary, BitsAreForEver) {
  uint64_t hash = 0;
  Samples samples(-12, 8);
  for (int i = 0; i < kSamples; ++i) {
    double x = samples.Next();
    double size = std::fabs(x);
    for (double result : {Exp(x), Log(size), Log2(size), Log10(size), Sin(x), Cos(x), Tan(x),
                          Asin(x / 512), Acos(x / 512), Atan(x), Atan2(x, 3), Pow(size, 0.7)}) {
      hash = (hash ^ __builtin_bit_cast(uint64_t, result)) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 29;
    }
  }
  EXPECT_EQ(hash, 12432617652309100928u);
}

}  // namespace
}  // namespace flow::stdlib
