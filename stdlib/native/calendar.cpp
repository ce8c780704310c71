// Parts of a timestamp, in UTC or in a time zone.

#include "runtime/inline/functions.h"
#include "runtime/zones/time_zone.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;

// The same part of the local time of a zone: the kernel in UTC, given what the clocks there show.
#define FLOW_DEFINE_ZONED(part)                                                              \
  extern "C" bool flow_fn_##part##_zone(FlowTask* task, int64_t* out, const int64_t* t,      \
                                        const FlowString* zone) noexcept {                   \
    int64_t local;                                                                           \
    return runtime::LocalTime(task, *t, *zone, &local) && flow_fn_##part(task, out, &local); \
  }
FLOW_DEFINE_ZONED(year)
FLOW_DEFINE_ZONED(quarter)
FLOW_DEFINE_ZONED(month)
FLOW_DEFINE_ZONED(week)
FLOW_DEFINE_ZONED(day)
FLOW_DEFINE_ZONED(day_of_year)
FLOW_DEFINE_ZONED(weekday)
FLOW_DEFINE_ZONED(hour)
FLOW_DEFINE_ZONED(minute)
FLOW_DEFINE_ZONED(second)
#undef FLOW_DEFINE_ZONED

namespace flow::stdlib {
namespace {

#define FLOW_PART_OVERLOADS(part)                                                                 \
  {                                                                                               \
    {.signature = #part "(t: timestamp) -> int", FLOW_KERNEL(flow_fn_##part)}, {                  \
      .signature = #part "(t: timestamp, tz: string) -> int", FLOW_KERNEL(flow_fn_##part##_zone), \
      .faults = true                                                                              \
    }                                                                                             \
  }
const FunctionOverload kYearOverloads[] = FLOW_PART_OVERLOADS(year);
const FunctionOverload kQuarterOverloads[] = FLOW_PART_OVERLOADS(quarter);
const FunctionOverload kMonthOverloads[] = FLOW_PART_OVERLOADS(month);
const FunctionOverload kWeekOverloads[] = FLOW_PART_OVERLOADS(week);
const FunctionOverload kDayOverloads[] = FLOW_PART_OVERLOADS(day);
const FunctionOverload kDayOfYearOverloads[] = FLOW_PART_OVERLOADS(day_of_year);
const FunctionOverload kWeekdayOverloads[] = FLOW_PART_OVERLOADS(weekday);
const FunctionOverload kHourOverloads[] = FLOW_PART_OVERLOADS(hour);
const FunctionOverload kMinuteOverloads[] = FLOW_PART_OVERLOADS(minute);
const FunctionOverload kSecondOverloads[] = FLOW_PART_OVERLOADS(second);
#undef FLOW_PART_OVERLOADS

const FunctionExample kYearExamples[] = {
    {"year(@2024-02-29)", "2024"},
    {R"(year(@2023-12-31T23:30:00Z, "Europe/Madrid"))", "2024"},
};
const FunctionExample kQuarterExamples[] = {{"quarter(@2024-02-29)", "1"}};
const FunctionExample kMonthExamples[] = {{"month(@2024-02-29)", "2"}};
const FunctionExample kWeekExamples[] = {{"week(@2021-01-03)", "53"}, {"week(@2024-12-30)", "1"}};
const FunctionExample kDayExamples[] = {{"day(@2024-02-29)", "29"}, {"day(@1969-12-31)", "31"}};
const FunctionExample kDayOfYearExamples[] = {{"day_of_year(@2024-12-31)", "366"}};
const FunctionExample kWeekdayExamples[] = {{"weekday(@2024-02-29)", "4"}};
const FunctionExample kHourExamples[] = {
    {"hour(@2024-01-31T23:59:30Z)", "23"},
    {R"(hour(@2024-07-01T12:00:00Z, "America/New_York"))", "8"},
};
const FunctionExample kMinuteExamples[] = {{"minute(@2024-01-31T23:59:30Z)", "59"}};
const FunctionExample kSecondExamples[] = {{"second(@2024-01-31T23:59:30Z)", "30"}};

}  // namespace

const FunctionDef kDay = {"day", "day of the month, 1 to 31", kDayOverloads, kDayExamples};
const FunctionDef kDayOfYear = {"day_of_year", "day of the year, 1 to 366", kDayOfYearOverloads,
                                kDayOfYearExamples};
const FunctionDef kHour = {"hour", "hour of the day, 0 to 23", kHourOverloads, kHourExamples};
const FunctionDef kMinute = {"minute", "minute of the hour, 0 to 59", kMinuteOverloads,
                             kMinuteExamples};
const FunctionDef kMonth = {"month", "month of the year, 1 to 12", kMonthOverloads, kMonthExamples};
const FunctionDef kQuarter = {"quarter", "quarter of the year, 1 to 4", kQuarterOverloads,
                              kQuarterExamples};
const FunctionDef kSecond = {"second", "second of the minute, 0 to 59", kSecondOverloads,
                             kSecondExamples};
const FunctionDef kWeek = {"week", "week of the year by ISO 8601, 1 to 53", kWeekOverloads,
                           kWeekExamples};
const FunctionDef kWeekday = {"weekday", "day of the week, Monday 1 to Sunday 7", kWeekdayOverloads,
                              kWeekdayExamples};
const FunctionDef kYear = {"year", "year", kYearOverloads, kYearExamples};

}  // namespace flow::stdlib
