#include "interp/big.h"

#include <algorithm>
#include <cmath>

namespace flow::interp {
namespace {

using Limbs = std::vector<uint32_t>;

void Trim(Limbs* a) {
  while (!a->empty() && a->back() == 0) a->pop_back();
}

int CompareLimbs(const Limbs& a, const Limbs& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

Limbs AddLimbs(const Limbs& a, const Limbs& b) {
  Limbs out;
  uint64_t carry = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()) || carry != 0; ++i) {
    carry += (i < a.size() ? a[i] : 0);
    carry += (i < b.size() ? b[i] : 0);
    out.push_back(static_cast<uint32_t>(carry));
    carry >>= 32;
  }
  return out;
}

// a - b for a >= b.
Limbs SubtractLimbs(const Limbs& a, const Limbs& b) {
  Limbs out;
  int64_t borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    borrow += static_cast<int64_t>(a[i]) - (i < b.size() ? b[i] : 0);
    out.push_back(static_cast<uint32_t>(borrow));
    borrow >>= 32;
  }
  Trim(&out);
  return out;
}

Limbs Shifted(const Limbs& a, int bits) {
  Limbs out(static_cast<size_t>(bits / 32), 0);
  uint64_t carry = 0;
  for (uint32_t limb : a) {
    carry |= static_cast<uint64_t>(limb) << (bits % 32);
    out.push_back(static_cast<uint32_t>(carry));
    carry >>= 32;
  }
  out.push_back(static_cast<uint32_t>(carry));
  Trim(&out);
  return out;
}

int BitCount(const Limbs& a) {
  return a.empty() ? 0 : static_cast<int>(a.size()) * 32 - __builtin_clz(a.back());
}

}  // namespace

Big Big::Of(__int128 value) {
  Big out;
  out.negative = value < 0;
  auto rest =
      out.negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  for (; rest != 0; rest >>= 32) out.limbs.push_back(static_cast<uint32_t>(rest));
  return out;
}

Big Big::OfDouble(double value) {
  int exponent = 0;
  double fraction = std::frexp(value, &exponent);
  // fraction * 2^53 is whole; below the normals the shift would be negative, but then low bits are
  // zero.
  auto mantissa = static_cast<int64_t>(std::ldexp(fraction, 53));
  int shift = exponent - 53 + 1074;
  if (mantissa == 0) return {};
  Big out = Of(shift < 0 ? mantissa >> -shift : mantissa);
  if (shift > 0) out.limbs = Shifted(out.limbs, shift);
  return out;
}

std::optional<__int128> Big::ToInt128() const {
  if (BitCount(limbs) > 127) return std::nullopt;
  __int128 out = 0;
  for (size_t i = limbs.size(); i-- > 0;) out = out << 32 | limbs[i];
  return negative ? -out : out;
}

Big Add(const Big& a, const Big& b) {
  Big out;
  if (a.negative == b.negative) {
    out.negative = a.negative;
    out.limbs = AddLimbs(a.limbs, b.limbs);
    return out;
  }
  bool a_wins = CompareLimbs(a.limbs, b.limbs) >= 0;
  out.limbs = a_wins ? SubtractLimbs(a.limbs, b.limbs) : SubtractLimbs(b.limbs, a.limbs);
  out.negative = !out.limbs.empty() && (a_wins ? a.negative : b.negative);
  return out;
}

Big Subtract(const Big& a, const Big& b) {
  Big minus = b;
  minus.negative = !b.negative && !b.zero();
  return Add(a, minus);
}

Big Multiply(const Big& a, const Big& b) {
  Big out;
  out.limbs.assign(a.limbs.size() + b.limbs.size(), 0);
  for (size_t i = 0; i < a.limbs.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.limbs.size() || carry != 0; ++j) {
      carry += out.limbs[i + j];
      if (j < b.limbs.size()) carry += static_cast<uint64_t>(a.limbs[i]) * b.limbs[j];
      out.limbs[i + j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  Trim(&out.limbs);
  out.negative = !out.limbs.empty() && a.negative != b.negative;
  return out;
}

double RoundedQuotient(const Big& numerator, const Big& denominator, int exponent) {
  if (numerator.zero()) return 0.0;
  // A quotient of 60 or 61 bits, and whether something is left.
  int shift = 60 - (BitCount(numerator.limbs) - BitCount(denominator.limbs));
  Limbs rest = shift > 0 ? Shifted(numerator.limbs, shift) : numerator.limbs;
  Limbs divisor = shift < 0 ? Shifted(denominator.limbs, -shift) : denominator.limbs;
  uint64_t quotient = 0;
  for (int bit = 61; bit >= 0; --bit) {
    Limbs part = Shifted(divisor, bit);
    if (CompareLimbs(rest, part) < 0) continue;
    rest = SubtractLimbs(rest, part);
    quotient |= uint64_t{1} << bit;
  }
  exponent -= shift;
  int bits = 64 - __builtin_clzll(quotient);
  int top = bits - 1 + exponent;
  int keep = top >= -1022 ? 53 : 53 - (-1022 - top);
  int drop = bits - std::max(keep, -1);
  if (keep < 0 || drop > 63) return numerator.negative ? -0.0 : 0.0;
  uint64_t kept = quotient >> drop;
  uint64_t lost = quotient & ((uint64_t{1} << drop) - 1);
  uint64_t half = uint64_t{1} << (drop - 1);
  if (lost > half || (lost == half && (!rest.empty() || (kept & 1) != 0))) ++kept;
  double out = std::ldexp(static_cast<double>(kept), exponent + drop);
  return numerator.negative ? -out : out;
}

}  // namespace flow::interp
