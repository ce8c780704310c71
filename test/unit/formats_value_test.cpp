// Generic values: order, equality, hashes, copies (semantics.md 6, 8).

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "test/unit/formats_support.h"

namespace flow::runtime {
namespace {

// Compares the JSON texts as values of `type`; checks that equality and hash agree.
int Compare(const std::string& type, std::string_view a, std::string_view b) {
  TestTask task;
  const FlowType* descriptor = task.Descriptor(type);
  void* x = task.Value(type, a);
  void* y = task.Value(type, b);
  int order = flow_value_compare(descriptor, x, y);
  EXPECT_EQ(flow_value_compare(descriptor, y, x), -order);
  EXPECT_EQ(flow_value_equal(descriptor, x, y), order == 0);
  if (order == 0) EXPECT_EQ(flow_value_hash(descriptor, x), flow_value_hash(descriptor, y));
  if (order != 0) EXPECT_NE(flow_value_hash(descriptor, x), flow_value_hash(descriptor, y));
  return order;
}

TEST(Value, Order) {
  EXPECT_EQ(Compare("int", "-1", "1"), -1);
  EXPECT_EQ(Compare("bool", "false", "true"), -1);
  EXPECT_EQ(Compare("float", "\"NaN\"", "\"NaN\""), 0);
  EXPECT_EQ(Compare("float", "\"NaN\"", "\"Infinity\""), 1);
  EXPECT_EQ(Compare("float", "-0.0", "0.0"), 0);
  EXPECT_EQ(Compare("decimal(38, 2)", "-1.5", "1.25"), -1);
  EXPECT_EQ(Compare("string", "\"a\"", "\"ab\""), -1);
  EXPECT_EQ(Compare("string", "\"\xc3\xa4\"", "\"z\""), 1);
  EXPECT_EQ(Compare("\"b\" | \"a\"", "\"a\"", "\"b\""), -1);
  EXPECT_EQ(Compare("[int]", "[1,2]", "[1,2,3]"), -1);
  EXPECT_EQ(Compare("[int]", "[]", "[]"), 0);
  EXPECT_EQ(Compare("{ a: int, b: string }", "{\"a\":1,\"b\":\"y\"}", "{\"a\":1,\"b\":\"x\"}"), 1);
  EXPECT_EQ(Compare("int?", "null", "5"), 1);
  EXPECT_EQ(Compare("int?", "null", "null"), 0);
}

TEST(Value, AllNaNsAreOneKey) {
  TestTask task;
  const FlowType* type = task.Descriptor("float");
  double quiet = std::nan("");
  double other = std::nan("0x123");
  double negative = -quiet;
  EXPECT_TRUE(flow_value_equal(type, &quiet, &other));
  EXPECT_EQ(flow_value_hash(type, &quiet), flow_value_hash(type, &other));
  EXPECT_EQ(flow_value_hash(type, &quiet), flow_value_hash(type, &negative));
}

TEST(Value, CopiesOwnTheirMemory) {
  TestTask task;
  const char* type = "{ s: string?, xs: [{ t: string }], m: map(string, [int]) }";
  const FlowType* descriptor = task.Descriptor(type);
  std::string text = R"({"s":"abc","xs":[{"t":"x"},{"t":"y"}],"m":{"k":[1,2]}})";
  void* value = task.Value(type, text);
  Arena arena;
  void* copy = arena.Allocate(descriptor->size, descriptor->align);
  flow_value_copy(arena.get(), descriptor, copy, value);
  memset(value, 0xee, descriptor->size);
  EXPECT_EQ(task.Write(descriptor, copy), text);
}

TEST(Value, KnowsPointers) {
  TestTask task;
  EXPECT_FALSE(flow_type_has_pointers(task.Descriptor("{ a: int, b: float?, c: \"x\" | \"y\" }")));
  EXPECT_TRUE(flow_type_has_pointers(task.Descriptor("{ a: int, b: { c: string? } }")));
}

TEST(TypeText, IsTheLanguages) {
  TestTask task;
  for (const char* type : {"int", "decimal(12, 2)?", "[string]", "map(string, int)",
                           "{ a: int, b: (\"x\" | \"y\")? }"}) {
    EXPECT_EQ(TypeText(*task.Descriptor(type)), type);
  }
}

}  // namespace
}  // namespace flow::runtime
