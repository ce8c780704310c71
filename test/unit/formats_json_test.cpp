// JSON values of every type, and the steps of walking a record.

#include <gtest/gtest.h>

#include <string>

#include "runtime/inline/utf8.h"
#include "test/unit/formats_support.h"

namespace flow::runtime {
namespace {

// Well-formed sequences, and one of every class that is not.
TEST(Utf8, KnowsEveryClass) {
  for (std::string_view text :
       {"", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "12345678\xc3\xa4 12345678"}) {
    EXPECT_TRUE(flow_utf8_valid(text.data(), static_cast<int64_t>(text.size()))) << text;
  }
  for (std::string_view bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2 ", "\xe0\x80\x80", "\xe0\x9f\xbf",
        "\xe1\x80", "\xe1\x80 ", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf", "\xf1\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe",
        "\xff"}) {
    // At every offset, so that each step of the scan meets it.
    for (size_t before = 0; before < 20; ++before) {
      std::string text = std::string(before, 'x') + std::string(bad) + "yyyyyyyyyyyy";
      ASSERT_EQ(flow_utf8_error(text.data(), static_cast<int64_t>(text.size())),
                static_cast<int64_t>(before));
      text.resize(before + bad.size());
      ASSERT_FALSE(flow_utf8_valid(text.data(), static_cast<int64_t>(text.size())));
    }
  }
}

TEST(JsonValue, Scalars) {
  TestTask task;
  EXPECT_EQ(task.Json("bool", "true"), "true");
  EXPECT_EQ(task.Json("bool", "1"), "bad");
  EXPECT_EQ(task.Json("int", " 42 "), "42");
  EXPECT_EQ(task.Json("int", "\"42\""), "bad");
  EXPECT_EQ(task.Json("int", "42 x"), "bad");
  EXPECT_EQ(task.Json("float", "42"), "42.0");
  EXPECT_EQ(task.Json("float", "\"NaN\""), "\"NaN\"");
  EXPECT_EQ(task.Json("float", "\"-Infinity\""), "\"-Infinity\"");
  EXPECT_EQ(task.Json("float", "\"nan\""), "bad");
  EXPECT_EQ(task.Json("float", "NaN"), "bad");
  EXPECT_EQ(task.Json("decimal(5, 2)", "1.5"), "1.50");
  EXPECT_EQ(task.Json("string", "\"a\""), "\"a\"");
  EXPECT_EQ(task.Json("string", "null"), "bad");
  EXPECT_EQ(task.Json("string?", "null"), "null");
  EXPECT_EQ(task.Json("timestamp", "\"2024-03-01\""), "\"2024-03-01T00:00:00.000Z\"");
  EXPECT_EQ(task.Json("timestamp", "12"), "bad");
  EXPECT_EQ(task.Json("duration", "\"90s\""), "\"1m30s\"");
  EXPECT_EQ(task.Json("\"view\" | \"click\"", "\"click\""), "\"click\"");
  EXPECT_EQ(task.Json("\"view\" | \"click\"", "\"buy\""), "bad");
  EXPECT_EQ(task.Json("bytes", "\"AAEC\""), "\"AAEC\"");
  EXPECT_EQ(task.Json("bytes", "\"/w==\""), "\"/w==\"");
  EXPECT_EQ(task.Json("bytes", "\"/x==\""), "bad");
  EXPECT_EQ(task.Json("bytes", "\"abc\""), "bad");
}

TEST(JsonValue, Strings) {
  TestTask task;
  EXPECT_EQ(task.Json("string", R"("a\"\\\/\b\f\n\r\t")"), R"("a\"\\/\b\f\n\r\t")");
  EXPECT_EQ(task.Json("string", R"("\u00e4\ud83d\ude00")"), "\"\xc3\xa4\xf0\x9f\x98\x80\"");
  EXPECT_EQ(task.Json("string", R"("\u0001")"), R"("\u0001")");
  for (const char* bad :
       {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\u0041")", R"("\x")", R"("\u12")",
        R"("\u12g4")", "\"a", "\"\\\"", "\"\x01\"", "\"\xff\"", "\"\xc3\""}) {
    EXPECT_EQ(task.Json("string", bad), "bad") << bad;
  }
}

TEST(JsonValue, Nested) {
  TestTask task;
  const char* type = "{ a: int, b: [string?], c: { d: float }? }";
  EXPECT_EQ(task.Json(type, R"({"a":1,"b":["x",null],"c":{"d":2}})"),
            R"({"a":1,"b":["x",null],"c":{"d":2.0}})");
  EXPECT_EQ(task.Json(type, R"({ "c" : null, "x": [{}, 1, "]}"], "b" : [ ] , "a" : 3 })"),
            R"({"a":3,"b":[],"c":null})");
  EXPECT_EQ(task.Json(type, R"({"a":1,"a":2,"b":[]})"), R"({"a":1,"b":[],"c":null})");
  EXPECT_EQ(task.Json(type, R"({"b":[]})"), "bad");
  EXPECT_EQ(task.Json(type, R"({"a":1,"b":[],})"), "bad");
  EXPECT_EQ(task.Json(type, R"({"a":1,"b":[1,]})"), "bad");
  EXPECT_EQ(task.Json(type, R"({"a":1 "b":[]})"), "bad");
  EXPECT_EQ(task.Json(type, R"([])"), "bad");
  EXPECT_EQ(task.Json("map(string, int)", R"({"x":1,"y":2})"), R"({"x":1,"y":2})");
  EXPECT_EQ(task.Json("map(int, bool)", R"({"1":true})"), R"({"1":true})");
  EXPECT_EQ(task.Json("map(int, bool)", R"({"z":true})"), "bad");
  EXPECT_EQ(task.Json("json", R"( {"x": [1, 2]} )"), R"({"x": [1, 2]})");
  EXPECT_EQ(task.Json("json", "[1,,2]"), "bad");
  EXPECT_EQ(task.Json("json", "null"), "bad");
  EXPECT_EQ(task.Json("json?", "null"), "null");
}

TEST(JsonValue, DeepNestingIsRefusedAndNotFelt) {
  TestTask task;
  std::string open(1000000, '[');
  EXPECT_EQ(task.Json("json", open), "bad");
  EXPECT_EQ(task.Json("json", std::string(400, '[') + std::string(400, ']')).size(), 800u);
  Padded input(open);
  uint64_t flags = 0;
  EXPECT_EQ(flow_json_skip_nested(input.begin(), &flags), nullptr);
}

TEST(JsonValue, ManyFields) {
  TestTask task;
  std::string type = "{ ";
  std::string text = "{";
  for (int i = 0; i < 200; ++i) {
    type += "f" + std::to_string(i) + ": int, ";
    text += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + "\":" + std::to_string(i);
  }
  EXPECT_EQ(task.Json(type + "}", text + "}"), text + "}");
}

TEST(JsonFault, SaysFieldTypeAndValue) {
  TestTask task;
  EXPECT_EQ(task.Fault("int", "\"abc\""), "field `f`: expected int, found \"abc\"");
  EXPECT_EQ(task.Fault("int", "[1]"), "field `f`: expected int, found an array");
  EXPECT_EQ(task.Fault("{ a: { b: int } }", R"({"a":{"b":"x"}})"),
            "field `f.a.b`: expected int, found \"x\"");
  EXPECT_EQ(task.Fault("{ a: int }", "{}"), "field `f.a` is missing");
  EXPECT_EQ(task.Fault("[int]", "[1,2.5]"), "field `f[1]`: expected int, found 2.5");
  EXPECT_EQ(task.Fault("string", "\"\xff\""),
            "field `f`: expected string, found bytes that are not UTF-8: \"\\xff\"");
  EXPECT_EQ(task.Fault("int?", "99999999999999999999"),
            "field `f`: expected int?, found 99999999999999999999");
}

// Skips the value at the beginning of `text`; how far, or -1.
int64_t Skip(std::string_view text) {
  Padded input(text);
  uint64_t flags = 0;
  const char* end = flow_json_skip_value(input.begin(), &flags);
  return end == nullptr ? -1 : end - input.begin();
}

TEST(JsonScan, SkipsValues) {
  EXPECT_EQ(Skip("123,"), 3);
  EXPECT_EQ(Skip("true}"), 4);
  EXPECT_EQ(Skip("\"abc\","), 5);
  EXPECT_EQ(Skip("\"a\\\"bc\","), 7);
  EXPECT_EQ(Skip("\"a long string of more than sixteen bytes, twice the vector\","), 60);
  EXPECT_EQ(Skip("[1,[2],{\"a\":\"]\"}],"), 17);
  EXPECT_EQ(Skip("{\"long key number one\":[\"long value number one\", 17]}}"), 53);
  EXPECT_EQ(Skip("[\t1]"), 4);
  EXPECT_EQ(Skip("[}"), -1);
  EXPECT_EQ(Skip("[1"), -1);
  EXPECT_EQ(Skip("\"abc"), -1);
  EXPECT_EQ(Skip("\"abc\\"), -1);
  EXPECT_EQ(Skip("\"a\tc\""), -1);
  EXPECT_EQ(Skip("xyz"), -1);
  EXPECT_EQ(Skip(""), -1);
}

TEST(JsonScan, Frames) {
  auto framed = [](std::string_view text) {
    Padded input(text);
    return flow_json_framed(input.begin(), input.end());
  };
  EXPECT_TRUE(framed("{}"));
  EXPECT_TRUE(framed("{\"a\":1} \r"));
  EXPECT_FALSE(framed("{"));
  EXPECT_FALSE(framed("{\"a\":1"));
  EXPECT_FALSE(framed("[]"));
  EXPECT_FALSE(framed("}"));
}

TEST(JsonScan, FindsEscapedKeys) {
  const FlowString names[] = {{"status", 6}, {"a\"b", 3}, {"\xc3\xa4", 2}};
  auto find = [&](std::string_view key) {
    return flow_json_find_key(key.data(), key.data() + key.size(), names, 3);
  };
  EXPECT_EQ(find("s\\u0074atus"), 0);
  EXPECT_EQ(find("a\\\"b"), 1);
  EXPECT_EQ(find("\\u00e4"), 2);
  EXPECT_EQ(find("\\u00e5"), -1);
  EXPECT_EQ(find("status\\u0000"), -1);
  EXPECT_EQ(find("\\ud83d"), -2);
}

TEST(JsonWrite, EscapesAtEveryPlace) {
  for (size_t before = 0; before < 40; ++before) {
    std::string text = std::string(before, 'x') + "\"\n" + std::string(20, 'y');
    std::string room(static_cast<size_t>(flow_json_string_room(static_cast<int64_t>(text.size()))),
                     '\0');
    char* end = flow_json_write_string(room.data(), text.data(), static_cast<int64_t>(text.size()));
    EXPECT_EQ(std::string(room.data(), end),
              "\"" + std::string(before, 'x') + "\\\"\\n" + std::string(20, 'y') + "\"");
  }
}

}  // namespace
}  // namespace flow::runtime
