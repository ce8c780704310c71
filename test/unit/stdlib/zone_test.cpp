// Time zones and calendar against Python's (make_zone_cases.py); patterns of times there and back.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>

#include "runtime/inline/functions.h"
#include "runtime/memory.h"
#include "runtime/zones/time_zone.h"
#include "runtime/zones/zone_file.h"
#include "stdlib/native/time_pattern.h"

namespace flow {
namespace {

class ZoneTest : public testing::Test {
 protected:
  ZoneTest() { task_.arena = arena_.get(); }
  std::string_view detail() const {
    return {task_.detail.data, static_cast<size_t>(task_.detail.size)};
  }

  runtime::Arena arena_;
  FlowTask task_{};
};

FlowString Text(std::string_view text) { return {text.data(), static_cast<int64_t>(text.size())}; }

struct ZoneCase {
  const char* zone;
  int64_t second;
  int64_t offset;
};
struct DayCase {
  int64_t second;
  int64_t parts[9];
};

const ZoneCase kZones[] = {
#define ZONE(name, second, offset) {name, second, offset},
#define DAY(...)
#include "test/unit/stdlib/zone_cases.txt"
#undef ZONE
#undef DAY
};
const DayCase kDays[] = {
#define ZONE(...)
#define DAY(second, ...) {second, {__VA_ARGS__}},
#include "test/unit/stdlib/zone_cases.txt"
#undef ZONE
#undef DAY
};

TEST_F(ZoneTest, OffsetsAgreeWithPython) {
  for (const ZoneCase& c : kZones) {
    int64_t offset = 0;
    ASSERT_TRUE(runtime::ZoneOffset(&task_, c.second * kFlowNanosPerSecond, Text(c.zone), &offset))
        << detail();
    EXPECT_EQ(offset, c.offset) << c.zone << " at " << c.second;
  }
}

TEST_F(ZoneTest, LocalTimeGoesThereAndBack) {
  for (const ZoneCase& c : kZones) {
    int64_t t = c.second * kFlowNanosPerSecond;
    int64_t local = 0;
    int64_t back = 0;
    ASSERT_TRUE(runtime::LocalTime(&task_, t, Text(c.zone), &local));
    ASSERT_TRUE(runtime::UtcTime(&task_, local, t, Text(c.zone), &back));
    EXPECT_EQ(back, t) << c.zone << " at " << c.second;
  }
}

TEST_F(ZoneTest, WhatIsNoZoneFails) {
  int64_t offset = 0;
  for (const char* name : {"", "Mars/Base", "../etc/passwd", "/etc/passwd", "Europe", "+25", "é"}) {
    EXPECT_FALSE(runtime::ZoneOffset(&task_, 0, Text(name), &offset)) << name;
    EXPECT_TRUE(detail().starts_with("no time zone")) << detail();
  }
  ASSERT_TRUE(runtime::ZoneOffset(&task_, 0, Text("-05:30"), &offset));
  EXPECT_EQ(offset, -19800);
}

TEST_F(ZoneTest, AnHourThatIsSkippedBeginsWhereTheClocksJump) {
  int64_t local = 0;
  int64_t out = 0;
  FlowString zone = Text("Europe/Madrid");
  ASSERT_TRUE(flow_parse_timestamp("2024-03-31T02:30:00Z", 20, &local));
  ASSERT_TRUE(runtime::UtcTime(&task_, local, local + kFlowNanosPerDay, zone, &out));
  EXPECT_EQ(out / kFlowNanosPerSecond, 1711846800);  // 01:00 UTC
}

TEST_F(ZoneTest, DamagedFilesAreReadOrRefused) {
  std::stringstream content;
  content << std::ifstream("/usr/share/zoneinfo/Europe/Madrid").rdbuf();
  const std::string whole = content.str();
  ASSERT_GT(whole.size(), 100u);
  std::mt19937_64 random(1);
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string file = whole.substr(0, i % 3 == 0 ? random() % whole.size() : whole.size());
    for (size_t n = random() % 4; n > 0 && !file.empty(); --n) {
      // Headers and the rule at the end are where damage matters.
      size_t at = random() % 2 != 0 ? file.size() - 1 - random() % std::min<size_t>(30, file.size())
                                    : random() % std::min<size_t>(44, file.size());
      file[at] = static_cast<char>(random());
    }
    runtime::Zone zone;
    if (!runtime::ParseZone(file, &zone)) continue;
    ++read;
    for (int64_t second : {INT64_MIN / kFlowNanosPerSecond, int64_t{0}, int64_t{4102444800},
                           INT64_MAX / kFlowNanosPerSecond}) {
      zone.OffsetAt(second);
    }
  }
  EXPECT_GT(read, 100);
}

TEST_F(ZoneTest, CalendarAgreesWithPython) {
  using Part = bool (*)(FlowTask*, int64_t*, const int64_t*);
  const Part parts[] = {flow_fn_year,    flow_fn_month,  flow_fn_day,
                        flow_fn_hour,    flow_fn_minute, flow_fn_second,
                        flow_fn_weekday, flow_fn_week,   flow_fn_day_of_year};
  for (const DayCase& c : kDays) {
    int64_t t = c.second * kFlowNanosPerSecond;
    for (size_t i = 0; i < std::size(parts); ++i) {
      int64_t part = 0;
      ASSERT_TRUE(parts[i](&task_, &part, &t));
      EXPECT_EQ(part, c.parts[i]) << "part " << i << " at " << c.second;
    }
  }
}

TEST_F(ZoneTest, PatternsGoThereAndBack) {
  for (const char* pattern : {"%Y-%m-%d %H:%M:%S", "%F %T", "%a, %d %b %Y %I:%M:%S %p", "%s",
                              "%Y/%j %R:%S", "%A %e %B %Y, %H%M%S%z"}) {
    for (const DayCase& c : kDays) {
      FlowString text;
      stdlib::ParsedTime parsed;
      ASSERT_TRUE(stdlib::FormatTime(&task_, c.second * kFlowNanosPerSecond, 0, pattern, &text));
      std::string_view view(text.data, static_cast<size_t>(text.size));
      ASSERT_TRUE(stdlib::ParseTime(&task_, view, pattern, &parsed)) << view << ": " << detail();
      EXPECT_EQ(parsed.seconds, c.second) << view;
    }
  }
}

TEST_F(ZoneTest, WhatIsNoTimeFails) {
  stdlib::ParsedTime parsed;
  EXPECT_FALSE(stdlib::ParseTime(&task_, "2023-02-29", "%Y-%m-%d", &parsed));
  EXPECT_EQ(detail(), "\"2023-02-29\" is not a time like %Y-%m-%d");
  EXPECT_FALSE(stdlib::ParseTime(&task_, "2023-02-28 ", "%Y-%m-%d", &parsed));
  EXPECT_FALSE(stdlib::ParseTime(&task_, "24:00", "%H:%M", &parsed));
  EXPECT_FALSE(stdlib::ParseTime(&task_, "13 PM", "%I %p", &parsed));
  EXPECT_FALSE(stdlib::ParseTime(&task_, "x", "%Q", &parsed));
  EXPECT_EQ(detail(), "no time pattern: %Q");
}

}  // namespace
}  // namespace flow
