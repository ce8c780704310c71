// Changes of an updating stream, folded for a test that looks now and then.

#include <gtest/gtest.h>

#include "tools/driver/test_changes.h"

namespace flow {
namespace {

std::vector<std::string> Texts(const std::vector<TestValue>& rows) {
  std::vector<std::string> out;
  for (const TestValue& row : rows) out.push_back(LiteralOf(row.type, row.value).value_or("?"));
  return out;
}

using Strings = std::vector<std::string>;

TEST(ChangesTest, RowsOfAKeyReplaceOneAnother) {
  Changes changes(ParseType("{ user: string, n: int }"), {"user"});
  EXPECT_TRUE(changes.Take(R"({"_op":"+","user":"a","n":1})"));
  EXPECT_TRUE(changes.Take(R"({"_op":"+","user":"b","n":1})"));
  EXPECT_TRUE(changes.Take(R"({"_op":"+","user":"a","n":2})"));
  EXPECT_EQ(Texts(changes.Look()), (Strings{R"({ user: "a", n: 2 })", R"({ user: "b", n: 1 })"}));
  EXPECT_EQ(Texts(changes.Look()), Strings{});
  // There and back again is no change.
  EXPECT_TRUE(changes.Take(R"({"_op":"+","user":"a","n":3})"));
  EXPECT_TRUE(changes.Take(R"({"_op":"+","user":"a","n":2})"));
  EXPECT_TRUE(changes.Take(R"({"_op":"+","user":"c","n":1})"));
  EXPECT_TRUE(changes.Take(R"({"_op":"-","user":"c","n":1})"));
  EXPECT_TRUE(changes.Take(R"({"_op":"-","user":"b","n":1})"));
  EXPECT_EQ(Texts(changes.Look()), Strings{R"({ _op: "-", user: "b", n: 1 })"});
  EXPECT_FALSE(changes.Take("no record"));
}

TEST(ChangesTest, RowsWithoutAKeyStandForThemselves) {
  Changes changes(ParseType("{ n: int }"), {});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(changes.Take(R"({"_op":"+","n":1})"));
  EXPECT_EQ(changes.Look().size(), 3u);
  EXPECT_TRUE(changes.Take(R"({"_op":"-","n":1})"));
  EXPECT_TRUE(changes.Take(R"({"_op":"+","n":2})"));
  EXPECT_EQ(Texts(changes.Look()), (Strings{"{ n: 2 }", R"({ _op: "-", n: 1 })"}));
}

TEST(ChangesTest, ARowThatIsGoneIsNotOneThatIsExpected) {
  Changes changes(ParseType("{ user: string, n: int }"), {"user"});
  EXPECT_TRUE(changes.Take(R"({"_op":"+","user":"a","n":1})"));
  changes.Look();
  EXPECT_TRUE(changes.Take(R"({"_op":"-","user":"a","n":1})"));
  std::vector<TestValue> rows = changes.Look();
  Type user = ParseType("{ user: string }");
  std::vector<TestValue> expected = {{user, interp::Value::Items({interp::Value::Text("a")})}};
  EXPECT_FALSE(DiffRows(expected, rows, false).same);
  Type gone = Type::Struct({ChangeField(), {"user", Type::String(), {}}});
  expected = {{gone, interp::Value::Items({interp::Value::Of(1), interp::Value::Text("a")})}};
  EXPECT_TRUE(DiffRows(expected, rows, false).same);
}

}  // namespace
}  // namespace flow
