// Decimals, exact sums and variance against Python's integers and fractions (make_cases.py), and
// their algebra.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "runtime/inline/decimal.h"
#include "runtime/inline/float_sum.h"
#include "runtime/memory.h"
#include "stdlib/aggregates/exact_moments.h"

namespace flow {
namespace {

enum class Op { kAdd, kSub, kMul, kDiv };

FlowInt128 Wide(uint64_t high, uint64_t low) {
  return static_cast<FlowInt128>(static_cast<FlowUint128>(high) << 64 | low);
}

struct DecimalCase {
  Op op;
  FlowInt128 a;
  int a_scale;
  FlowInt128 b;
  int b_scale;
  int precision;
  int scale;
  bool ok;
  FlowInt128 result;
};

struct MomentsCase {
  uint64_t sum;
  uint64_t variance;
  std::vector<uint64_t> values;
};

std::vector<DecimalCase> DecimalCases() {
  return {
#define DECIMAL(op, ah, al, as, bh, bl, bs, p, s, ok, rh, rl) \
  {Op::k##op, Wide(ah, al), as, Wide(bh, bl), bs, p, s, ok, Wide(rh, rl)},
#define MOMENTS(...)
#include "test/unit/stdlib/exact_cases.txt"
#undef DECIMAL
#undef MOMENTS
  };
}

std::vector<MomentsCase> MomentsCases() {
  return {
#define DECIMAL(...)
#define MOMENTS(sum, variance, ...) {sum, variance, {__VA_ARGS__}},
#include "test/unit/stdlib/exact_cases.txt"
#undef DECIMAL
#undef MOMENTS
  };
}

bool Apply(const DecimalCase& c, FlowInt128* out) {
  switch (c.op) {
    case Op::kAdd:
      return flow_decimal_add(out, &c.a, c.a_scale, &c.b, c.b_scale, c.precision, c.scale);
    case Op::kSub:
      return flow_decimal_sub(out, &c.a, c.a_scale, &c.b, c.b_scale, c.precision, c.scale);
    case Op::kMul:
      return flow_decimal_mul(out, &c.a, c.a_scale, &c.b, c.b_scale, c.precision, c.scale);
    case Op::kDiv:
      return flow_decimal_div(out, &c.a, c.a_scale, &c.b, c.b_scale, c.precision, c.scale);
  }
  return false;
}

TEST(Decimal, AgreesWithFractions) {
  int number = 0;
  for (const DecimalCase& c : DecimalCases()) {
    FlowInt128 out = 0;
    ASSERT_EQ(Apply(c, &out), c.ok) << "case " << number;
    if (c.ok) {
      ASSERT_TRUE(out == c.result) << "case " << number;
    }
    ++number;
  }
  EXPECT_EQ(number, 960);
}

TEST(Decimal, OrderAgreesWithDifference) {
  for (const DecimalCase& c : DecimalCases()) {
    int order = flow_decimal_compare(&c.a, c.a_scale, &c.b, c.b_scale);
    int back = flow_decimal_compare(&c.b, c.b_scale, &c.a, c.a_scale);
    EXPECT_EQ(order, -back);
    auto difference = static_cast<long double>(c.a) / std::pow(10.0L, c.a_scale) -
                      static_cast<long double>(c.b) / std::pow(10.0L, c.b_scale);
    if (order < 0) EXPECT_LE(difference, 0);
    if (order > 0) EXPECT_GE(difference, 0);
  }
}

struct TextCase {
  const char* text;
  int precision;
  int scale;
  bool ok;
  int64_t result;
};

TEST(Decimal, ReadsWhatPeopleWrite) {
  const TextCase cases[] = {
      {"12.345", 10, 2, true, 1235},
      {"-12.345", 10, 2, true, -1235},
      {"0.004999", 10, 2, true, 0},
      {"0.005", 10, 2, true, 1},
      {"1e3", 10, 2, true, 100000},
      {"+1.5E-1", 5, 2, true, 15},
      {"1e-999999999", 5, 2, true, 0},
      {"1e999999999", 5, 2, false, 0},
      {"", 5, 2, false, 0},
      {"-", 5, 2, false, 0},
      {"1.2.3", 5, 2, false, 0},
      {"1e", 5, 2, false, 0},
      {"99.995", 4, 2, false, 0},
      {"99.994", 4, 2, true, 9999},
      {"007", 3, 0, true, 7},
      {".5", 3, 0, true, 1},
      {"abc", 3, 0, false, 0},
      {"1 ", 3, 0, false, 0},
  };
  for (const TextCase& c : cases) {
    FlowInt128 out = 0;
    bool ok = flow_decimal_from_text(&out, c.text, static_cast<int64_t>(strlen(c.text)),
                                     c.precision, c.scale);
    EXPECT_EQ(ok, c.ok) << c.text;
    if (ok) {
      EXPECT_EQ(static_cast<int64_t>(out), c.result) << c.text;
    }
  }
}

TEST(Decimal, FloatsGoThereAndBack) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    auto cents = static_cast<int64_t>(random() % 2000000000000) - 1000000000000;
    double value = static_cast<double>(cents) / 100;
    FlowInt128 out;
    ASSERT_TRUE(flow_decimal_from_float(&out, value, 38, 2));
    ASSERT_EQ(static_cast<int64_t>(out), cents);
    ASSERT_EQ(flow_decimal_to_float(&out, 2), value);
  }
  FlowInt128 out;
  EXPECT_FALSE(flow_decimal_from_float(&out, std::nan(""), 38, 2));
  EXPECT_FALSE(flow_decimal_from_float(&out, INFINITY, 38, 2));
  EXPECT_FALSE(flow_decimal_from_float(&out, 1.1e38, 38, 0));
  ASSERT_TRUE(flow_decimal_from_float(&out, 5e-324, 38, 38));
  EXPECT_TRUE(out == 0);
  ASSERT_TRUE(flow_decimal_from_float(&out, -2.5, 38, 0));
  EXPECT_TRUE(out == -3);
}

double FromBits(uint64_t bits) { return __builtin_bit_cast(double, bits); }

TEST(FloatSum, IsExactWhateverTheOrderAndTheSplit) {
  runtime::Arena arena;
  std::mt19937_64 random(11);
  for (MomentsCase c : MomentsCases()) {
    for (int round = 0; round < 4; ++round) {
      std::shuffle(c.values.begin(), c.values.end(), random);
      FlowFloatSum parts[2];
      for (FlowFloatSum& part : parts) flow_float_sum_init(&part);
      for (size_t i = 0; i < c.values.size(); ++i) {
        flow_float_sum_add(arena.get(), &parts[random() % 2], FromBits(c.values[i]));
      }
      flow_float_sum_merge(arena.get(), &parts[0], &parts[1]);
      ASSERT_EQ(flow_float_sum_value(&parts[0]), FromBits(c.sum));
    }
  }
}

TEST(FloatSum, CountsWhatIsNoNumberApart) {
  runtime::Arena arena;
  FlowFloatSum sum;
  flow_float_sum_init(&sum);
  EXPECT_EQ(flow_float_sum_value(&sum), 0.0);
  flow_float_sum_add(arena.get(), &sum, INFINITY);
  flow_float_sum_add(arena.get(), &sum, 1e308);
  EXPECT_EQ(flow_float_sum_value(&sum), INFINITY);
  flow_float_sum_add(arena.get(), &sum, -INFINITY);
  EXPECT_TRUE(std::isnan(flow_float_sum_value(&sum)));
}

TEST(FloatSum, OverflowsOnlyInTheResult) {
  runtime::Arena arena;
  FlowFloatSum sum;
  flow_float_sum_init(&sum);
  for (int i = 0; i < 4; ++i) flow_float_sum_add(arena.get(), &sum, 1.7e308);
  EXPECT_EQ(flow_float_sum_value(&sum), INFINITY);
  for (int i = 0; i < 3; ++i) flow_float_sum_add(arena.get(), &sum, -1.7e308);
  EXPECT_EQ(flow_float_sum_value(&sum), 1.7e308);
}

TEST(Variance, IsExactWhateverTheOrderAndTheSplit) {
  runtime::Arena arena;
  std::mt19937_64 random(13);
  for (MomentsCase c : MomentsCases()) {
    for (int round = 0; round < 4; ++round) {
      std::shuffle(c.values.begin(), c.values.end(), random);
      stdlib::ExactMoments parts[2];
      for (stdlib::ExactMoments& part : parts) stdlib::Init(&part);
      for (size_t i = 0; i < c.values.size(); ++i) {
        stdlib::Add(arena.get(), &parts[random() % 2], FromBits(c.values[i]));
      }
      stdlib::Merge(arena.get(), &parts[0], parts[1]);
      ASSERT_EQ(stdlib::Variance(parts[0]), FromBits(c.variance));
    }
  }
}

}  // namespace
}  // namespace flow
