// Numbers to text and back: edges of every type, and random ones against the C++ library.

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

#include "runtime/inline/csv.h"
#include "runtime/inline/number.h"
#include "runtime/inline/number_text.h"
#include "test/unit/formats_support.h"

namespace flow::runtime {
namespace {

std::string Int(std::string_view text) {
  Padded input(text);
  int64_t value = 0;
  int64_t again = 0;
  bool good = flow_parse_int(input.begin(), input.size(), &value);
  EXPECT_EQ(good, flow_padded_int(input.begin(), input.size(), &again)) << text;
  if (!good) return "bad";
  EXPECT_EQ(value, again) << text;
  return std::to_string(value);
}

TEST(ParseInt, TakesWhatIsWhole) {
  EXPECT_EQ(Int("0"), "0");
  EXPECT_EQ(Int("-0"), "0");
  EXPECT_EQ(Int("7"), "7");
  EXPECT_EQ(Int("-12345678"), "-12345678");
  EXPECT_EQ(Int("123456789"), "123456789");
  EXPECT_EQ(Int("9007199254740991"), "9007199254740991");
  EXPECT_EQ(Int("9007199254740993"), "9007199254740993");
  EXPECT_EQ(Int("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(Int("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(Int("1.0"), "1");
  EXPECT_EQ(Int("1e3"), "1000");
  EXPECT_EQ(Int("1.5e1"), "15");
  EXPECT_EQ(Int("1500e-2"), "15");
  EXPECT_EQ(Int("0e99999999999999"), "0");
  EXPECT_EQ(Int("0.000"), "0");
  EXPECT_EQ(Int("-9223372036854775808.000"), "-9223372036854775808");
}

TEST(ParseInt, RefusesTheRest) {
  for (const char* text : {"",
                           "-",
                           "+1",
                           "01",
                           "-01",
                           "1.",
                           ".5",
                           "1.5",
                           "1e-1",
                           "1e",
                           "1e+",
                           "0x10",
                           "1_000",
                           "abc",
                           "\"1\"",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "18446744073709551615",
                           "1e19",
                           "1e400",
                           "1e99999999999999999999",
                           "1 ",
                           " 1",
                           "1a",
                           "12345678a",
                           "1234567a",
                           "--1",
                           "1-",
                           "null",
                           "NaN",
                           "9223372036854775807.5",
                           "100000000000000000000000000000000000000000"}) {
    EXPECT_EQ(Int(text), "bad") << text;
  }
}

std::string Float(std::string_view text) {
  double value = 0;
  if (!flow_parse_float(text.data(), static_cast<int64_t>(text.size()), &value)) return "bad";
  char room[kFlowFloatRoom];
  return std::string(room, flow_write_float(room, value));
}

TEST(ParseFloat, RoundsOnce) {
  EXPECT_EQ(Float("0"), "0.0");
  EXPECT_EQ(Float("-0"), "-0.0");
  EXPECT_EQ(Float("2"), "2.0");
  EXPECT_EQ(Float("19.986"), "19.986");
  EXPECT_EQ(Float("1e400"), "bad");
  EXPECT_EQ(Float("-1e400"), "bad");
  EXPECT_EQ(Float("1e-400"), "0.0");
  EXPECT_EQ(Float("1.7976931348623157e308"), "1.7976931348623157e308");
  EXPECT_EQ(Float("1.7976931348623159e308"), "bad");
  EXPECT_EQ(Float("4.9e-324"), "5e-324");
  EXPECT_EQ(Float("9007199254740993"), "9007199254740992.0");
  EXPECT_EQ(Float("9007199254740992"), "9007199254740992.0");
  EXPECT_EQ(Float("0.1000000000000000055511151231257827021181583404541015625"), "0.1");
  EXPECT_EQ(Float("123456789012345678901234567890"), "1.2345678901234568e29");
  for (const char* text : {"", "-", ".5", "1.", "01.5", "+1", "1e", "1e+", "inf", "nan", "0x1p3",
                           "1.5x", "1 ", " 1", "NaN", "Infinity"}) {
    EXPECT_EQ(Float(text), "bad") << text;
  }
}

TEST(WriteFloat, IsShortestWithPointOrExponent) {
  EXPECT_EQ(Float("1e15"), "1000000000000000.0");
  EXPECT_EQ(Float("1e16"), "1e16");
  EXPECT_EQ(Float("123456789012345680"), "1.2345678901234568e17");
  EXPECT_EQ(Float("0.0001"), "0.0001");
  EXPECT_EQ(Float("0.00001"), "1e-5");
  EXPECT_EQ(Float("-0.00123"), "-0.00123");
  EXPECT_EQ(Float("100"), "100.0");
  char room[kFlowFloatRoom];
  EXPECT_EQ(std::string(room, flow_write_float(room, -std::nan(""))), "NaN");
  EXPECT_EQ(std::string(room, flow_write_float(room, -HUGE_VAL)), "-Infinity");
}

// Bits at random: every exponent, subnormals too.
TEST(WriteFloat, ReadsBackAndIsNoLongerThanTheLibrarys) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000000; ++i) {
    double value = std::bit_cast<double>(random());
    if (value - value != 0) continue;
    if (i % 2 == 0) value = std::ldexp(value, 0) - value + static_cast<double>(i) / 128.0;
    char text[kFlowFloatRoom + 1];
    char* end = flow_write_float(text, value);
    double back = 1;
    ASSERT_TRUE(flow_parse_float(text, end - text, &back)) << std::string(text, end);
    ASSERT_EQ(std::bit_cast<uint64_t>(back), std::bit_cast<uint64_t>(value));
    char shortest[64];
    auto result = std::to_chars(shortest, shortest + 64, value, std::chars_format::scientific);
    // The same digits: only point, exponent and zeros differ.
    auto digits = [](const char* p, const char* stop) {
      std::string out;
      for (; p < stop && *p != 'e'; ++p) {
        if (*p != '.' && *p != '-' && (*p != '0' || !out.empty())) out += *p;
      }
      while (!out.empty() && out.back() == '0') out.pop_back();
      return out;
    };
    ASSERT_EQ(digits(text, end), digits(shortest, result.ptr));
  }
}

// Texts at random, with up to 25 digits, against strtod.
TEST(ParseFloat, AgreesWithTheLibrary) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 200000; ++i) {
    std::string text = random() % 2 == 0 ? "-" : "";
    text += static_cast<char>('1' + random() % 9);
    for (uint64_t n = random() % 12; n > 0; --n) text += static_cast<char>('0' + random() % 10);
    if (random() % 4 != 0) {
      text += '.';
      for (uint64_t n = 1 + random() % 12; n > 0; --n) {
        text += static_cast<char>('0' + random() % 10);
      }
    }
    if (random() % 4 == 0) text += "e" + std::to_string(static_cast<int>(random() % 600) - 300);
    double value = 0;
    bool good = flow_parse_float(text.data(), static_cast<int64_t>(text.size()), &value);
    double expected = std::strtod(text.c_str(), nullptr);
    ASSERT_EQ(good, std::isfinite(expected)) << text;
    if (good) {
      ASSERT_EQ(value, expected) << text;
    }
  }
}

std::string Decimal(std::string_view text, int precision, int scale) {
  __int128 value = 0;
  if (!flow_parse_decimal(text.data(), static_cast<int64_t>(text.size()), precision, scale,
                          &value)) {
    return "bad";
  }
  char room[kFlowDecimalRoom];
  return std::string(room, flow_write_decimal(room, &value, scale));
}

TEST(Decimal, IsExact) {
  EXPECT_EQ(Decimal("12.5", 12, 2), "12.50");
  EXPECT_EQ(Decimal("-0.01", 12, 2), "-0.01");
  EXPECT_EQ(Decimal("0", 3, 3), "0.000");
  EXPECT_EQ(Decimal("-0.999", 3, 3), "-0.999");
  EXPECT_EQ(Decimal("1", 3, 3), "bad");
  EXPECT_EQ(Decimal("1.005", 12, 2), "bad");
  EXPECT_EQ(Decimal("15e-1", 12, 2), "1.50");
  EXPECT_EQ(Decimal("1.5e3", 12, 2), "1500.00");
  EXPECT_EQ(Decimal("15e-3", 12, 2), "bad");
  EXPECT_EQ(Decimal("9999999999.99", 12, 2), "9999999999.99");
  EXPECT_EQ(Decimal("10000000000.00", 12, 2), "bad");
  EXPECT_EQ(Decimal("144126219108390099", 38, 0), "144126219108390099");
  EXPECT_EQ(Decimal("123456789012345678901234567890", 38, 0), "123456789012345678901234567890");
  EXPECT_EQ(Decimal("-99999999999999999999999999999999999999", 38, 0),
            "-99999999999999999999999999999999999999");
  EXPECT_EQ(Decimal("100000000000000000000000000000000000000", 38, 0), "bad");
  EXPECT_EQ(Decimal("0.00000000000000000000000000000000000001", 38, 38),
            "0.00000000000000000000000000000000000001");
  EXPECT_EQ(Decimal("1234567890123456789.12", 38, 18), "1234567890123456789.120000000000000000");
  for (const char* text : {"", "-", "01", "1.", ".5", "1e", "abc", "\"1\"", "1 "}) {
    EXPECT_EQ(Decimal(text, 38, 10), "bad") << text;
  }
}

TEST(WriteInt, AtThePowersOfTen) {
  char room[kFlowIntRoom];
  auto write = [&](int64_t value) { return std::string(room, flow_write_int(room, value)); };
  int64_t power = 1;
  for (int i = 0; i <= 18; ++i) {
    for (int64_t value : {power - 1, power, power + 1, -power, 1 - power}) {
      EXPECT_EQ(write(value), std::to_string(value));
    }
    if (i < 18) power *= 10;
  }
  EXPECT_EQ(write(INT64_MAX), std::to_string(INT64_MAX));
  EXPECT_EQ(write(INT64_MIN), std::to_string(INT64_MIN));
}

TEST(CsvNumbers, MayHaveASignAndZerosInFront) {
  TestTask task;
  EXPECT_EQ(task.Csv("int", "007"), "7");
  EXPECT_EQ(task.Csv("int", "+5"), "5");
  EXPECT_EQ(task.Csv("int", "-010"), "-10");
  EXPECT_EQ(task.Csv("int", "+-5"), "bad");
  EXPECT_EQ(task.Csv("int", ""), "bad");
  EXPECT_EQ(task.Csv("int", "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(task.Csv("float", "+01.50"), "1.5");
  EXPECT_EQ(task.Csv("float", "NaN"), "\"NaN\"");
  EXPECT_EQ(task.Csv("float", "-Infinity"), "\"-Infinity\"");
  EXPECT_EQ(task.Csv("decimal(5, 2)", "-001.5"), "-1.50");
  EXPECT_EQ(task.Csv("bool", "true"), "true");
  EXPECT_EQ(task.Csv("bool", "TRUE"), "bad");
}

}  // namespace
}  // namespace flow::runtime
