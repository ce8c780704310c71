#include "stdlib/aggregates/exact_moments.h"

#include <cstring>

namespace flow::stdlib {
namespace {

// Two's complement numbers of 32-bit digits, the lowest first. n times the sum of squares has 2 *
// 2098 bits and 2 * 63 for the counts: 144 digits hold it.
constexpr int kDigits = 144;
struct Big {
  uint32_t digits[kDigits] = {};
};

// Buckets of 32 bits each as one number.
template <class Bucket>
Big FromBuckets(int count, Bucket bucket) {
  Big out;
  FlowInt128 carry = 0;
  for (int i = 0; i < kDigits; ++i) {
    if (i < count) carry += bucket(i);
    out.digits[i] = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  return out;
}

bool IsNegative(const Big& a) { return (a.digits[kDigits - 1] >> 31) != 0; }

void Negate(Big* a) {
  uint64_t carry = 1;
  for (uint32_t& digit : a->digits) {
    carry += static_cast<uint32_t>(~digit);
    digit = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
}

// |a| * |b|, cut to kDigits.
Big Multiply(const Big& a, const Big& b) {
  Big out;
  for (int i = 0; i < kDigits; ++i) {
    if (a.digits[i] == 0) continue;
    uint64_t carry = 0;
    for (int j = 0; i + j < kDigits; ++j) {
      carry += static_cast<uint64_t>(a.digits[i]) * b.digits[j] + out.digits[i + j];
      out.digits[i + j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  return out;
}

void Subtract(Big* a, const Big& b) {
  int64_t borrow = 0;
  for (int i = 0; i < kDigits; ++i) {
    borrow += static_cast<int64_t>(a->digits[i]) - b.digits[i];
    a->digits[i] = static_cast<uint32_t>(borrow);
    borrow >>= 32;
  }
}

int HighestBit(const Big& a) {
  for (int i = kDigits - 1; i >= 0; --i) {
    if (a.digits[i] != 0) return i * 32 + 31 - __builtin_clz(a.digits[i]);
  }
  return -1;
}

double PowerOfTwo(int exponent) {
  return __builtin_bit_cast(double, static_cast<uint64_t>(exponent + 1023) << 52);
}

// value * 2^exponent, `sticky` saying that there is a little more, rounded to nearest, ties to
// even.
double Compose(FlowUint128 value, int exponent, bool sticky) {
  int bits = 128 - ((value >> 64) != 0 ? __builtin_clzll(static_cast<uint64_t>(value >> 64))
                                       : 64 + __builtin_clzll(static_cast<uint64_t>(value)));
  // Digits below the last of a float64, of a subnormal as well, go.
  int drop = bits - 53;
  if (exponent + drop < -1074) drop = -1074 - exponent;
  if (drop > 127) return 0.0;
  uint64_t mantissa = 0;
  if (drop > 0) {
    FlowUint128 rest = value & ((static_cast<FlowUint128>(1) << drop) - 1);
    FlowUint128 half = static_cast<FlowUint128>(1) << (drop - 1);
    mantissa = static_cast<uint64_t>(value >> drop);
    bool up = rest > half || (rest == half && (sticky || (mantissa & 1) != 0));
    mantissa += up;
  } else {
    mantissa = static_cast<uint64_t>(value) << -drop;
  }
  exponent += drop;
  if (exponent > 971) return __builtin_inf();
  // Exact, but for an overflow: the digits that go have gone.
  int half = exponent / 2;
  return static_cast<double>(mantissa) * PowerOfTwo(half) * PowerOfTwo(exponent - half);
}

// a / divisor * 2^exponent for a >= 0.
double DivideRounded(const Big& a, FlowUint128 divisor, int exponent) {
  int top = HighestBit(a);
  if (top < 0) return 0.0;
  // Long division bit by bit from the top, until the quotient has 64 significant bits.
  FlowUint128 rest = 0;
  FlowUint128 quotient = 0;
  int at = top;
  bool more = false;
  for (; (quotient >> 64) == 0; --at) {
    rest = rest << 1 | (at >= 0 ? a.digits[at / 32] >> (at % 32) & 1 : 0);
    bool bit = rest >= divisor;
    if (bit) rest -= divisor;
    quotient = quotient << 1 | bit;
    if (at < 0 && rest == 0 && quotient != 0) {
      --at;
      break;
    }
  }
  more = rest != 0;
  for (int i = at; i >= 0 && !more; --i) more = (a.digits[i / 32] >> (i % 32) & 1) != 0;
  return Compose(quotient, exponent + at + 1, more);
}

FlowInt128* SquareSlot(FlowArena* arena, ExactMoments* moments, int bucket) {
  if (moments->all == nullptr) {
    for (int i = 0; i < ExactMoments::kFew; ++i) {
      if (moments->ids[i] == bucket) return &moments->squares[i];
      if (moments->ids[i] >= 0) continue;
      moments->ids[i] = static_cast<int16_t>(bucket);
      return &moments->squares[i];
    }
    constexpr int64_t kBytes = ExactMoments::kAll * static_cast<int64_t>(sizeof(FlowInt128));
    moments->all = static_cast<FlowInt128*>(flow_arena_alloc(arena, kBytes, alignof(FlowInt128)));
    std::memset(moments->all, 0, static_cast<size_t>(kBytes));
    for (int i = 0; i < ExactMoments::kFew; ++i) {
      moments->all[moments->ids[i]] = moments->squares[i];
    }
  }
  return &moments->all[bucket];
}

FlowInt128 SquareBucket(const ExactMoments& moments, int bucket) {
  if (moments.all != nullptr) return moments.all[bucket];
  for (int i = 0; i < ExactMoments::kFew; ++i) {
    if (moments.ids[i] == bucket) return moments.squares[i];
  }
  return 0;
}

FlowInt128 SumBucket(const FlowFloatSum& sum, int bucket) {
  if (sum.all != nullptr) return sum.all[bucket];
  for (int i = 0; i < 3; ++i) {
    if (sum.ids[i] == bucket) return sum.slots[i];
  }
  return 0;
}

Big FromCount(int64_t count) {
  Big out;
  out.digits[0] = static_cast<uint32_t>(count);
  out.digits[1] = static_cast<uint32_t>(static_cast<uint64_t>(count) >> 32);
  return out;
}

}  // namespace

void Init(ExactMoments* moments) {
  std::memset(moments, 0, sizeof *moments);
  flow_float_sum_init(&moments->sum);
  for (int16_t& id : moments->ids) id = -1;
}

void Add(FlowArena* arena, ExactMoments* moments, double value) {
  flow_float_sum_add(arena, &moments->sum, value);
  uint64_t bits = __builtin_bit_cast(uint64_t, value);
  int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  if (exponent == 0x7ff) return;
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  if (exponent != 0) mantissa |= uint64_t{1} << 52;
  if (mantissa == 0) return;
  int position = 2 * (exponent == 0 ? 0 : exponent - 1);
  FlowUint128 square = static_cast<FlowUint128>(mantissa) * mantissa;
  auto low = static_cast<uint64_t>(square) & ((uint64_t{1} << 53) - 1);
  auto high = static_cast<uint64_t>(square >> 53);
  *SquareSlot(arena, moments, position >> 5) += static_cast<FlowInt128>(low) << (position & 31);
  position += 53;
  *SquareSlot(arena, moments, position >> 5) += static_cast<FlowInt128>(high) << (position & 31);
}

void Merge(FlowArena* arena, ExactMoments* into, const ExactMoments& from) {
  flow_float_sum_merge(arena, &into->sum, &from.sum);
  if (from.all == nullptr) {
    for (int i = 0; i < ExactMoments::kFew && from.ids[i] >= 0; ++i) {
      *SquareSlot(arena, into, from.ids[i]) += from.squares[i];
    }
    return;
  }
  for (int i = 0; i < ExactMoments::kAll; ++i) {
    if (from.all[i] != 0) *SquareSlot(arena, into, i) += from.all[i];
  }
}

double Variance(const ExactMoments& moments) {
  const FlowFloatSum& sum = moments.sum;
  if (sum.nans + sum.infinities + sum.negative_infinities > 0) return __builtin_nan("");
  // (n * sum of squares - square of the sum) / (n * (n - 1)), in units of 2^-2148.
  Big total = FromBuckets(64, [&](int i) { return SumBucket(sum, i); });
  if (IsNegative(total)) Negate(&total);
  Big squares = FromBuckets(ExactMoments::kAll, [&](int i) { return SquareBucket(moments, i); });
  Big numerator = Multiply(squares, FromCount(sum.count));
  Subtract(&numerator, Multiply(total, total));
  FlowUint128 divisor = static_cast<FlowUint128>(static_cast<uint64_t>(sum.count)) *
                        static_cast<uint64_t>(sum.count - 1);
  return DivideRounded(numerator, divisor, -2148);
}

}  // namespace flow::stdlib
