#include <gtest/gtest.h>

#include <array>
#include <climits>

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "base/source.h"
#include "base/text.h"

namespace flow {
namespace {

TEST(Text, DurationsAreWrittenAsTheLanguageReadsThem) {
  EXPECT_EQ(DurationText(0), "0s");
  EXPECT_EQ(DurationText(5'400'000'000'000), "1h30m");
  EXPECT_EQ(DurationText(-1'500'000'000), "-1s500ms");
  EXPECT_EQ(DurationText(LLONG_MIN), "-106751d23h47m16s854ms775us808ns");
}

TEST(Text, TimestampsAreIsoInUtc) {
  EXPECT_EQ(TimestampText(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(TimestampText(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(TimestampText(1'706'695'200'500'000'000), "2024-01-31T10:00:00.5Z");
  EXPECT_EQ(TimestampText(951'782'400'000'000'000), "2000-02-29T00:00:00Z");
  EXPECT_EQ(TimestampText(LLONG_MAX), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(TimestampText(LLONG_MIN), "1677-09-21T00:12:43.145224192Z");
}

TEST(Text, NearestIsOneEditPerThreeLetters) {
  constexpr std::array<std::string_view, 4> kNames = {"where", "select", "amount", "user"};
  EXPECT_EQ(Nearest("wehre", kNames), "where");
  EXPECT_EQ(Nearest("AMOUNT", kNames), "amount");
  EXPECT_EQ(Nearest("usr", kNames), "user");
  EXPECT_EQ(Nearest("x", kNames), "");
  EXPECT_EQ(Nearest("something", kNames), "");
}

TEST(Source, LinesAndColumnsCountFromOneInCodePoints) {
  SourceFile file(0, "x", "ab\r\n\xC3\xA9x\n");
  EXPECT_EQ(file.Locate(0).line, 1u);
  EXPECT_EQ(file.LineText(1), "ab");
  EXPECT_EQ(file.Locate(6).line, 2u);
  EXPECT_EQ(file.Locate(6).column, 2u);
  EXPECT_EQ(file.LineText(3), "");
}

TEST(Diagnostics, AreRenderedWithCaretsRowAndFixes) {
  Sources sources;
  sources.Add("q.flow", "from a\n|> select user\n|> where\tamount > 1\n");
  Diagnostics diagnostics;
  diagnostics.Emit({0, 31, 37}, Diag::UnknownColumn, "the row has no column `amount` here")
      .Here("not in this row")
      .Label({0, 10, 16}, "`amount` was left behind by this select")
      .Row("{ user: string }")
      .Fix("add `amount` to the select,\nor move this `where` above it")
      .Fix("leave it out");
  EXPECT_EQ(RenderText(diagnostics, sources, false),
            "error[E0201]: the row has no column `amount` here\n"
            "  --> q.flow:3:10\n"
            " 3 | |> where amount > 1\n"
            "   |          ^^^^^^ not in this row\n"
            " 2 | |> select user\n"
            "   |    ------ `amount` was left behind by this select\n"
            "   = row here: { user: string }\n"
            "   = fix: add `amount` to the select,\n"
            "          or move this `where` above it\n"
            "   = or:  leave it out\n");
  EXPECT_EQ(RenderJson(diagnostics, sources),
            "{\"severity\":\"error\",\"code\":\"E0201\",\"message\":\"the row has no column "
            "`amount` here\",\"file\":\"q.flow\",\"line\":3,\"column\":10,\"end_line\":3,"
            "\"end_column\":16,\"begin\":31,\"end\":37,\"here\":\"not in this row\",\"row\":\"{ "
            "user: string }\",\"labels\":[{\"file\":\"q.flow\",\"line\":2,\"column\":4,"
            "\"end_line\":2,\"end_column\":10,\"begin\":10,\"end\":16,\"text\":\"`amount` was left "
            "behind by this select\"}],\"notes\":[],\"fixes\":[{\"safe\":false,\"text\":\"add "
            "`amount` to the select,\\nor move this `where` above it\"},{\"safe\":false,\"text\":"
            "\"leave it out\"}]}\n");
}

TEST(Diagnostics, OneCauseIsCountedOnceAndKeptInBounds) {
  Sources sources;
  sources.Add("q.flow", std::string(1000, 'x'));
  Diagnostics diagnostics;
  for (uint32_t i = 0; i < 150; ++i) {
    diagnostics.Emit({0, i, i + 1}, Diag::UnexpectedToken, "no").Here("here");
  }
  for (uint32_t i = 0; i < 50; ++i) {
    diagnostics.Emit({0, i, i + 1}, Diag::UnexpectedToken, "no").Here("again");
  }
  diagnostics.Emit({0, 0, 1}, Diag::Unused, "unused");
  EXPECT_EQ(diagnostics.error_count(), 150u);
  EXPECT_EQ(diagnostics.warning_count(), 1u);
  EXPECT_EQ(diagnostics.all().size(), Diagnostics::kMaxKept);
  EXPECT_NE(RenderText(diagnostics, sources, true).find(".. and 51 more"), std::string::npos);
}

TEST(Bytes, ReadAndShown) {
  int64_t bytes = 0;
  EXPECT_TRUE(ReadBytes("4096", &bytes));
  EXPECT_EQ(bytes, 4096);
  EXPECT_TRUE(ReadBytes("64KiB", &bytes));
  EXPECT_EQ(bytes, 65536);
  EXPECT_TRUE(ReadBytes("1.5MB", &bytes));
  EXPECT_EQ(bytes, 1500000);
  for (const char* wrong : {"", "MB", "1.", "1XB", "-1", "1 MB", "0.3B", "99999999999999TiB"}) {
    EXPECT_FALSE(ReadBytes(wrong, &bytes)) << wrong;
  }
  EXPECT_EQ(BytesText(65536), "64 KiB");
  EXPECT_EQ(BytesText(1000), "1000 bytes");
}

TEST(Diagnostics, SafeFixesAreAppliedOnceEach) {
  Sources sources;
  const SourceFile& file = sources.Add("q.flow", "a <> b && c");
  Diagnostics diagnostics;
  diagnostics.Emit({0, 7, 9}, Diag::SqlHabit, "m").Fix("", Edit{{0, 7, 9}, "and"}, Safety::Safe);
  diagnostics.Emit({0, 2, 4}, Diag::SqlHabit, "m")
      .Fix("", Edit{{0, 2, 4}, "!="}, Safety::Safe)
      .Fix("", Edit{{0, 2, 4}, "=="}, Safety::Safe);
  diagnostics.Emit({0, 3, 5}, Diag::BadLiteral, "m").Fix("", Edit{{0, 3, 5}, "?"}, Safety::Safe);
  diagnostics.Emit({0, 0, 1}, Diag::BadLiteral, "m").Fix("", Edit{{0, 0, 1}, "?"}, Safety::Unsure);
  EXPECT_EQ(ApplySafeFixes(diagnostics, file), "a != b and c");
}

}  // namespace
}  // namespace flow
