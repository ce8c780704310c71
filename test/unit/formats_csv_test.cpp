// CSV records and cells.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/unit/formats_support.h"

namespace flow::runtime {
namespace {

// The cells of the first record, joined with `|`; quoted ones in angle brackets, unescaped.
std::string Split(std::string_view text, char separator = ',', size_t columns = 8) {
  TestTask task;
  Padded input(text);
  std::vector<FlowSpan> spans(columns + 1);
  std::vector<int32_t> map;
  for (size_t i = 0; i < columns; ++i) map.push_back(static_cast<int32_t>(i));
  int64_t cells = 0;
  uint64_t flags = 0;
  const char* newline =
      flow_csv_record(input.begin(), input.end(), separator, map.data(),
                      static_cast<int64_t>(columns), spans.data() + 1, &cells, &flags);
  if (cells < 0) return "bad";
  std::string out;
  for (int64_t i = 0; i < cells && i < static_cast<int64_t>(columns); ++i) {
    const FlowSpan& span = spans[static_cast<size_t>(i) + 1];
    FlowString cell = {};
    EXPECT_TRUE(flow_csv_string(task.get(), span.begin, span.size, span.flags, &cell));
    std::string one(cell.data, static_cast<size_t>(cell.size));
    if (i > 0) out += '|';
    out += (span.flags & kFlowQuoted) != 0 ? "<" + one + ">" : one;
  }
  return out + " @" + std::to_string(newline - input.begin());
}

TEST(CsvRecord, Splits) {
  EXPECT_EQ(Split("a,b,c"), "a|b|c @5");
  EXPECT_EQ(Split("a,b,c\nd"), "a|b|c @5");
  EXPECT_EQ(Split("a,b,c\r\nd"), "a|b|c @6");
  EXPECT_EQ(Split(",,\n"), "|| @2");
  EXPECT_EQ(Split("a;b,c", ';'), "a|b,c @5");
  EXPECT_EQ(Split("a\tb", '\t'), "a|b @3");
  EXPECT_EQ(Split("\"a,b\",c\n"), "<a,b>|c @7");
  EXPECT_EQ(Split("\"a\"\"b\",\"\"\n"), "<a\"b>|<> @9");
  EXPECT_EQ(Split("\"two\nlines\",x\nnext"), "<two\nlines>|x @13");
  EXPECT_EQ(Split("x,\"y\"\r\n"), "x|<y> @6");
  EXPECT_EQ(Split("x,\"y\""), "x|<y> @5");
  EXPECT_EQ(Split("a\"b,c"), "a\"b|c @5");
  EXPECT_EQ(Split("a,b,c", ',', 2), "a|b @5");
  std::string longer(100, 'x');
  EXPECT_EQ(Split(longer + "," + longer + "\n"), longer + "|" + longer + " @201");
}

TEST(CsvRecord, QuotesMustEnd) {
  EXPECT_EQ(Split("\"a,b\n"), "bad");
  EXPECT_EQ(Split("\"a\"b,c\n"), "bad");
  EXPECT_EQ(Split("x,\""), "bad");
}

TEST(CsvCell, EmptyIsNoneAndQuotedEmptyIsText) {
  TestTask task;
  EXPECT_EQ(task.Csv("string?", ""), "null");
  EXPECT_EQ(task.Csv("string?", "", kFlowQuoted), "\"\"");
  EXPECT_EQ(task.Csv("int?", ""), "null");
  EXPECT_EQ(task.Csv("int?", "x"), "bad");
  EXPECT_EQ(task.Csv("{ a: int }", "{\"a\":1}"), "{\"a\":1}");
  EXPECT_EQ(task.Csv("[int]", "[1,2]"), "[1,2]");
  EXPECT_EQ(task.Csv("string", "\xff"), "bad");
  EXPECT_EQ(task.Csv("timestamp", "2024-03-01 10:00:00"), "\"2024-03-01T10:00:00.000Z\"");
  EXPECT_EQ(task.Csv("\"a\" | \"b\"", "b"), "\"b\"");
}

std::string Cell(TestTask& task, const std::string& type, std::string_view json) {
  Buffer buffer;
  flow_csv_append_value(buffer.get(), task.Descriptor(type), task.Value(type, json), ',');
  return std::string(buffer.data() == nullptr ? "" : buffer.data(),
                     static_cast<size_t>(buffer.size()));
}

TEST(CsvWrite, QuotesWhereNeeded) {
  TestTask task;
  EXPECT_EQ(Cell(task, "string", "\"plain\""), "plain");
  EXPECT_EQ(Cell(task, "string", "\"\""), "\"\"");
  EXPECT_EQ(Cell(task, "string", "\"a,b\""), "\"a,b\"");
  EXPECT_EQ(Cell(task, "string", "\"say \\\"hi\\\"\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(Cell(task, "string", "\"two\\nlines\""), "\"two\nlines\"");
  EXPECT_EQ(Cell(task, "string?", "null"), "");
  EXPECT_EQ(Cell(task, "float", "2"), "2.0");
  EXPECT_EQ(Cell(task, "float", "\"NaN\""), "NaN");
  EXPECT_EQ(Cell(task, "timestamp", "\"2024-03-01\""), "2024-03-01T00:00:00.000Z");
  EXPECT_EQ(Cell(task, "{ a: int }", "{\"a\":1}"), "\"{\"\"a\"\":1}\"");
  EXPECT_EQ(Cell(task, "[int]", "[1]"), "[1]");
}

}  // namespace
}  // namespace flow::runtime
