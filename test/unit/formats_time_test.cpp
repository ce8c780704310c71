// Timestamps and durations as text (semantics.md 11, 69).

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "runtime/inline/time.h"
#include "test/unit/formats_support.h"

namespace flow::runtime {
namespace {

std::string Time(std::string_view text) {
  int64_t value = 0;
  int64_t slow = 0;
  int64_t size = static_cast<int64_t>(text.size());
  bool good = flow_parse_timestamp(text.data(), size, &value);
  EXPECT_EQ(good, flow_parse_timestamp_slow(text.data(), size, &slow)) << text;
  if (!good) return "bad";
  EXPECT_EQ(value, slow) << text;
  char room[kFlowTimestampRoom];
  return std::string(room, flow_write_timestamp(room, value));
}

TEST(Timestamp, TakesTheFormsOfRfc3339) {
  EXPECT_EQ(Time("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(Time("2024-03-01T00:00:00.000Z"), "2024-03-01T00:00:00.000Z");
  EXPECT_EQ(Time("2024-03-01T12:34:56.789Z"), "2024-03-01T12:34:56.789Z");
  EXPECT_EQ(Time("2024-03-01T12:34:56.7Z"), "2024-03-01T12:34:56.700Z");
  EXPECT_EQ(Time("2024-03-01T12:34:56.000001Z"), "2024-03-01T12:34:56.000001Z");
  EXPECT_EQ(Time("2024-03-01T12:34:56.123456789Z"), "2024-03-01T12:34:56.123456789Z");
  EXPECT_EQ(Time("2024-03-01t12:34:56z"), "2024-03-01T12:34:56.000Z");
  EXPECT_EQ(Time("2024-03-01 12:34:56"), "2024-03-01T12:34:56.000Z");
  EXPECT_EQ(Time("2024-03-01T01:00:00+02:30"), "2024-02-29T22:30:00.000Z");
  EXPECT_EQ(Time("2024-03-01T01:00:00-0100"), "2024-03-01T02:00:00.000Z");
  EXPECT_EQ(Time("2024-03-01"), "2024-03-01T00:00:00.000Z");
  EXPECT_EQ(Time("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000Z");
  EXPECT_EQ(Time("1969-12-31T23:59:59.999Z"), "1969-12-31T23:59:59.999Z");
}

TEST(Timestamp, EndsWhereInt64Does) {
  EXPECT_EQ(Time("1677-09-21T00:12:43.145224193Z"), "1677-09-21T00:12:43.145224193Z");
  EXPECT_EQ(Time("1677-09-21T00:12:43.145224192Z"), "bad");
  EXPECT_EQ(Time("2262-04-11T23:47:16.854775806Z"), "2262-04-11T23:47:16.854775806Z");
  EXPECT_EQ(Time("2262-04-11T23:47:16.854775807Z"), "bad");
  EXPECT_EQ(Time("9999-12-31T23:59:59Z"), "bad");
  EXPECT_EQ(Time("0001-01-01T00:00:00Z"), "bad");
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2024",
                           "2024-03",
                           "2024-3-1",
                           "2024-13-01",
                           "2024-00-01",
                           "2024-02-30",
                           "2023-02-29",
                           "1900-02-29",
                           "2024-03-01T",
                           "2024-03-01T12",
                           "2024-03-01T12:34",
                           "2024-03-01T24:00:00Z",
                           "2024-03-01T12:60:00Z",
                           "2024-03-01T12:34:61Z",
                           "2024-03-01T12:34:56.Z",
                           "2024-03-01T12:34:56.1234567891Z",
                           "2024-03-01T12:34:56+24:00",
                           "2024-03-01T12:34:56+1",
                           "2024-03-01T12:34:56Zx",
                           "2024/03/01T12:34:56Z",
                           "2024-03-01T12:34:5aZ",
                           "2o24-03-01T12:34:56Z",
                           "2024-03-01T12:34:56.78aZ",
                           "yesterday",
                           "1709251200"}) {
    EXPECT_EQ(Time(text), "bad") << text;
  }
  EXPECT_EQ(Time("2000-02-29"), "2000-02-29T00:00:00.000Z");
}

TEST(Timestamp, EveryMomentReadsBack) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200000; ++i) {
    int64_t value = static_cast<int64_t>(random());
    if (i % 3 == 1) value = value / 1000000000 * 1000000000;
    if (i % 3 == 2) value = value / 1000000 * 1000000;
    if (value == INT64_MIN || value == INT64_MAX) continue;
    char room[kFlowTimestampRoom];
    char* end = flow_write_timestamp(room, value);
    int64_t back = 0;
    ASSERT_TRUE(flow_parse_timestamp(room, end - room, &back)) << std::string(room, end);
    ASSERT_EQ(back, value);
  }
}

TEST(Epoch, NumbersWithAUnit) {
  int64_t value = 0;
  auto epoch = [&](std::string_view text, int64_t unit) {
    return flow_epoch_timestamp(text.data(), static_cast<int64_t>(text.size()), unit, &value);
  };
  ASSERT_TRUE(epoch("1709251200123", 1000000));
  EXPECT_EQ(value, 1709251200123000000);
  ASSERT_TRUE(epoch("1709251200.5", 1000000000));
  EXPECT_EQ(value, 1709251200500000000);
  ASSERT_TRUE(epoch("-1", 1));
  EXPECT_EQ(value, -1);
  EXPECT_FALSE(epoch("0.5", 1));
  EXPECT_FALSE(epoch("9223372036854775807", 1));
  EXPECT_FALSE(epoch("1e19", 1));
  EXPECT_FALSE(epoch("99999999999999", 1000000000));
}

std::string Duration(std::string_view text) {
  int64_t value = 0;
  if (!flow_parse_duration(text.data(), static_cast<int64_t>(text.size()), &value)) return "bad";
  char room[kFlowDurationRoom];
  return std::string(room, flow_write_duration(room, value));
}

TEST(Duration, PrintsAsALiteral) {
  EXPECT_EQ(Duration("1h30m"), "1h30m");
  EXPECT_EQ(Duration("90m"), "1h30m");
  EXPECT_EQ(Duration("0s"), "0s");
  EXPECT_EQ(Duration("1w"), "7d");
  EXPECT_EQ(Duration("-5ms"), "-5ms");
  EXPECT_EQ(Duration("1500us"), "1ms500us");
  EXPECT_EQ(Duration("9223372036854775807ns"), "106751d23h47m16s854ms775us807ns");
  EXPECT_EQ(Duration("-106751d23h47m16s854ms775us808ns"), "-106751d23h47m16s854ms775us808ns");
  EXPECT_EQ(Duration("9223372036854775808ns"), "bad");
  for (const char* text : {"", "5", "s", "1x", "1h-30m", "1.5h", "1 h", "99999999d"}) {
    EXPECT_EQ(Duration(text), "bad") << text;
  }
}

}  // namespace
}  // namespace flow::runtime
