// What IR text cannot show: reflection, facts under guards, exact sums, and the reproducer of a
// crash.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "base/check.h"
#include "interp/big.h"
#include "ir/decimal_text.h"
#include "ir/facts.h"
#include "ir/field_names.h"
#include "ir/infer.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/reproducer.h"
#include "ir/visit.h"

namespace flow::ir {
namespace {

TEST(FieldNames, AreThoseOfTheStruct) {
  EXPECT_EQ(kFieldNames<Top>[1], "count");
  EXPECT_EQ(kFieldNames<Top>[6], "rank");
  EXPECT_EQ(kFieldNames<Source>.size(), 7u);
  EXPECT_EQ(kFieldNames<Now>.size(), 0u);
}

TEST(ForEach, ReachesListsOptionalsAndNestedStructs) {
  Source source;
  source.endpoint.args = {{"path", FnId{3}}};
  source.endpoint.format_args = {{"header", FnId{4}}};
  source.time = TimeSpec{FnId{5}, FnId{6}, {}, FnId{7}};
  std::vector<uint32_t> seen;
  ForEach<FnId>(source, [&](const FnId& fn) { seen.push_back(fn.index); });
  EXPECT_EQ(seen, (std::vector<uint32_t>{3, 4, 5, 6, 7}));
  Union both{{ValueId{1}, ValueId{2}}};
  Op op = both;
  ForEach<ValueId>(op, [](ValueId& id) { ++id.index; });
  EXPECT_EQ(OperandsOf(op), (std::vector<ValueId>{ValueId{2}, ValueId{3}}));
}

TEST(Facts, FollowFromAndOrAndNot) {
  Module module;
  Function fn;
  fn.args = {Type::Bool(), Type::Bool()};
  ValueId a = AddOp(module, fn, Arg{0});
  ValueId b = AddOp(module, fn, Arg{1});
  ValueId both = AddOp(module, fn, And{a, b});
  ValueId either = AddOp(module, fn, Or{a, b});
  ValueId not_a = AddOp(module, fn, Not{a});
  Facts facts(fn);
  facts.Assume(both, true);
  EXPECT_TRUE(facts.IsTrue(a) && facts.IsTrue(b) && facts.IsTrue(either));
  EXPECT_TRUE(facts.IsFalse(not_a));
  Facts none(fn);
  none.Assume(either, false);
  EXPECT_TRUE(none.IsFalse(a) && none.IsFalse(both) && none.IsTrue(not_a));
  EXPECT_FALSE(Facts(fn).IsTrue(a) || Facts(fn).IsFalse(a));
}

TEST(DecimalText, IsExactOrNothing) {
  EXPECT_EQ(*ParseDecimalText("-12.5", 2), -1250);
  EXPECT_FALSE(ParseDecimalText("0.125", 2).has_value());
  EXPECT_EQ(DecimalToText(-5, 2), "-0.05");
  EXPECT_EQ(DecimalToText(0, 0), "0");
  EXPECT_FALSE(ScaledUp(INT64_MAX, 38).has_value());
}

TEST(Reproducer, WritesTheModuleWhenAPassCrashes) {
  std::string path = testing::TempDir() + "/flow_reproducer.ir";
  std::string text = "# passes: simplify\nmodule \"m\"\n\npipeline {\n}\n";
  auto crash = [&] {
    Reproducer reproducer(path.c_str());
    reproducer.Set(text);
    std::abort();
  };
  EXPECT_DEATH(crash(), "flow-opt");
  auto fail = [&] {
    Reproducer reproducer(path.c_str());
    reproducer.Set(text);
    FLOW_UNREACHABLE("on purpose");
  };
  EXPECT_EXIT(fail(), testing::ExitedWithCode(70), "flow-opt");
  std::ifstream in(path);
  std::string written(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(written, text);
  ParsedModule parsed;
  TextError error;
  EXPECT_TRUE(ParseModule(written, &parsed, &error)) << error.message;
}

using interp::Big;
using interp::RoundedQuotient;

TEST(Big, RoundsSumsOnce) {
  Big sum;
  for (double x : {1e308, 1e-308, -1e308, 1.0, -1.0}) sum = Add(sum, Big::OfDouble(x));
  EXPECT_EQ(RoundedQuotient(sum, Big::Of(1), -1074), 1e-308);
  double least = 5e-324;
  EXPECT_EQ(RoundedQuotient(Big::OfDouble(least), Big::Of(1), -1074), least);
  EXPECT_EQ(RoundedQuotient(Big::OfDouble(-0.1), Big::Of(1), -1074), -0.1);
  Big huge = Add(Big::OfDouble(1.7e308), Big::OfDouble(1.7e308));
  EXPECT_TRUE(std::isinf(RoundedQuotient(huge, Big::Of(1), -1074)));
}

// Quotients of whole numbers below 2^53 are what the processor's division gives.
TEST(Big, DividesAsTheProcessorDoes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    auto a = static_cast<int64_t>(random() >> 11 >> (random() % 50));
    auto b = static_cast<int64_t>(random() >> 11 >> (random() % 50)) + 1;
    double expected = static_cast<double>(a) / static_cast<double>(b);
    ASSERT_EQ(RoundedQuotient(Big::Of(a), Big::Of(b), 0), expected) << a << " / " << b;
  }
}

}  // namespace
}  // namespace flow::ir
