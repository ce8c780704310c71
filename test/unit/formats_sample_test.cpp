// Schemas from samples (semantics.md 72).

#include <gtest/gtest.h>

#include <string>

#include "runtime/formats/sample.h"

namespace flow::runtime {
namespace {

std::string Sample(const SampleFormat& format, std::string_view text) {
  SchemaSampler sampler(format);
  sampler.Add(text, true);
  std::string error;
  Type type = sampler.Finish(&error);
  return type.is_error() ? "error: " + error : type.ToText();
}

std::string Json(std::string_view text) { return Sample({"json", {}}, text); }
std::string Csv(std::string_view text) { return Sample({"csv", {}}, text); }

TEST(SampleJson, Types) {
  EXPECT_EQ(Json(R"({"a":1,"b":2.5,"c":"x","d":true,"e":"2024-03-01T00:00:00Z"})"),
            "{ a: int, b: float, c: string, d: bool, e: timestamp }");
  EXPECT_EQ(Json("{\"a\":1}\n{\"a\":2.5}\n"), "{ a: float }");
  EXPECT_EQ(Json("{\"a\":1}\n{\"a\":18446744073709551615}\n"), "{ a: decimal(38, 0) }");
  EXPECT_EQ(Json("{\"a\":1}\n{\"a\":null}\n"), "{ a: int? }");
  EXPECT_EQ(Json("{\"a\":1}\n{\"b\":2}\n"), "{ a: int?, b: int? }");
  EXPECT_EQ(Json("{\"a\":null}\n"), "{ a: json? }");
  EXPECT_EQ(Json("{\"a\":1}\n{\"a\":\"x\"}\n"), "{ a: json }");
  EXPECT_EQ(Json("{\"a\":\"2024-03-01\"}\n{\"a\":\"x\"}\n"), "{ a: string }");
  EXPECT_EQ(Json("{\"g\":{\"lat\":1.5,\"n\":null},\"t\":[\"x\",\"y\"]}"),
            "{ g: { lat: float, n: json? }, t: [string] }");
  EXPECT_EQ(Json("{\"g\":{\"a\":1}}\n{\"g\":{}}"), "{ g: { a: int? } }");
  EXPECT_EQ(Json("{\"t\":[]}"), "{ t: [json] }");
  EXPECT_EQ(Json("{\"t\":[1,null]}"), "{ t: [int?] }");
  EXPECT_EQ(Json("{\"a b\":1,\"\\u00e4\":2}"), "{ `a b`: int, `\xc3\xa4`: int }");
  EXPECT_EQ(Json("{\"a\":1,\"a\":\"x\"}"), "{ a: int }");
}

TEST(SampleJson, SaysWhyThereIsNone) {
  EXPECT_EQ(Json(""), "error: it is empty");
  EXPECT_EQ(Json("\n \n"), "error: it has no records");
  EXPECT_EQ(Json("hello\nworld\n"),
            "error: none of its first 2 lines is a record of format `json`");
  EXPECT_NE(Json("[{\"a\":1}]").find("one JSON array"), std::string::npos);
  EXPECT_EQ(Json("oops\n{\"a\":1}\n"), "{ a: int }");
}

TEST(SampleJson, StopsAtAThousandRecordsAndAtACut) {
  std::string text;
  for (int i = 0; i < kSampleRecords; ++i) text += "{\"a\":1}\n";
  EXPECT_EQ(Json(text + "{\"a\":\"x\"}\n"), "{ a: int }");
  SchemaSampler sampler({"json", {}});
  sampler.Add("{\"a\":1}\n{\"a\":", false);
  std::string error;
  EXPECT_EQ(sampler.Finish(&error).ToText(), "{ a: int }");
}

TEST(SampleCsv, Types) {
  EXPECT_EQ(Csv("a,b,c,d,e,f\n1,2.5,x,true,2024-03-01,007\n"),
            "{ a: int, b: float, c: string, d: bool, e: timestamp, f: string }");
  EXPECT_EQ(Csv("a,b\n1,\n2,x\n"), "{ a: int, b: string? }");
  EXPECT_EQ(Csv("a,b\n1,\"\"\n"), "{ a: int, b: string }");
  EXPECT_EQ(Csv("a\n1\nx\n"), "{ a: string }");
  EXPECT_EQ(Csv("a,b\n,1\n,2\n"), "{ a: string?, b: int }");
  EXPECT_EQ(Csv("\xef\xbb\xbf\"first name\",b\r\n\"x, y\",2\r\n"),
            "{ `first name`: string, b: int }");
  EXPECT_EQ(Csv("a,a\n1,2\n"), "error: its header has two columns `a`");
  EXPECT_EQ(Csv("a,b\n"), "{ a: string?, b: string? }");
  EXPECT_EQ(Csv(""), "error: it is empty");
}

TEST(SampleCsv, Arguments) {
  EXPECT_EQ(Sample({"csv", {{"header", "false"}}}, "1,x\n"), "{ c1: int, c2: string }");
  EXPECT_EQ(Sample({"csv", {{"separator", "\";\""}}}, "a;b\n1;x\n"), "{ a: int, b: string }");
}

}  // namespace
}  // namespace flow::runtime
