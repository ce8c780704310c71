#pragma once
// Whole numbers of any size, for exact sums; schoolbook.

#include <cstdint>
#include <optional>
#include <vector>

namespace flow::interp {

struct Big {
  bool negative = false;
  std::vector<uint32_t> limbs;  // lowest first, no zeros at the top; zero has none

  static Big Of(__int128 value);
  // value * 2^1074, which is whole for every finite double.
  static Big OfDouble(double value);
  bool zero() const { return limbs.empty(); }
  // None when it does not fit.
  std::optional<__int128> ToInt128() const;
};

Big Add(const Big& a, const Big& b);
Big Subtract(const Big& a, const Big& b);
Big Multiply(const Big& a, const Big& b);

// numerator / denominator * 2^exponent, rounded once to nearest, ties to even.
double RoundedQuotient(const Big& numerator, const Big& denominator, int exponent);

}  // namespace flow::interp
