// timestamp, format_time: between moments and text.

#include "runtime/inline/functions.h"
#include "runtime/zones/time_zone.h"
#include "stdlib/kernel.h"
#include "stdlib/native/time_pattern.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::CopyText;
using flow::stdlib::FailConversion;
using flow::stdlib::View;

namespace {

constexpr FlowType kTimestampType = stdlib::PlainType(TypeKind::kTimestamp, 8, 8);

}  // namespace

extern "C" {

bool flow_fn_timestamp_string(FlowTask* task, int64_t* out, const FlowString* text) noexcept {
  return (text->size > 0 && flow_parse_timestamp(text->data, text->size, out)) ||
         FailConversion(task, View(*text), "a timestamp");
}

bool flow_fn_timestamp_json(FlowTask* task, int64_t* out, const FlowString* json) noexcept {
  return stdlib::ReadJson(task, kTimestampType, *json, out) ||
         FailConversion(task, View(*json), "a timestamp");
}

bool flow_fn_timestamp_pattern(FlowTask* task, int64_t* out, const FlowString* text,
                               const FlowString* pattern) noexcept {
  stdlib::ParsedTime time;
  return stdlib::ParseTime(task, View(*text), View(*pattern), &time) &&
         (flow_make_timestamp(time.seconds, time.nanos, out) ||
          FailConversion(task, View(*text), "a timestamp"));
}

// Local time of a zone, unless the text has a zone of its own.
bool flow_fn_timestamp_pattern_zone(FlowTask* task, int64_t* out, const FlowString* text,
                                    const FlowString* pattern, const FlowString* zone) noexcept {
  stdlib::ParsedTime time;
  int64_t local;
  if (!stdlib::ParseTime(task, View(*text), View(*pattern), &time)) return false;
  if (!flow_make_timestamp(time.seconds, time.nanos, &local)) {
    return FailConversion(task, View(*text), "a timestamp");
  }
  *out = local;
  // Of two moments the first: the hint is the time as the clocks showed it a day before.
  return time.has_zone || runtime::UtcTime(task, local, local - kFlowNanosPerDay, *zone, out);
}

bool flow_fn_format_time(FlowTask* task, FlowString* out, const int64_t* t,
                         const FlowString* pattern) noexcept {
  return stdlib::FormatTime(task, *t, 0, View(*pattern), out);
}

bool flow_fn_format_time_zone(FlowTask* task, FlowString* out, const int64_t* t,
                              const FlowString* pattern, const FlowString* zone) noexcept {
  int64_t offset;
  return runtime::ZoneOffset(task, *t, *zone, &offset) &&
         stdlib::FormatTime(task, *t, offset, View(*pattern), out);
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kTimestampOverloads[] = {
    {.signature = "timestamp(x: timestamp) -> timestamp!", FLOW_KERNEL(flow_fn_identity_int)},
    {.signature = "timestamp(text: string) -> timestamp!", FLOW_KERNEL(flow_fn_timestamp_string)},
    {.signature = "timestamp(text: string, pattern: string) -> timestamp!",
     FLOW_KERNEL(flow_fn_timestamp_pattern)},
    {.signature = "timestamp(text: string, pattern: string, tz: string) -> timestamp!",
     FLOW_KERNEL(flow_fn_timestamp_pattern_zone)},
    {.signature = "timestamp(x: json) -> timestamp!", FLOW_KERNEL(flow_fn_timestamp_json)},
};
const FunctionExample kTimestampExamples[] = {
    {R"(timestamp("2024-01-31T10:00:00+02:00")!)", "@2024-01-31T08:00:00Z"},
    {R"(timestamp("2001/01/10 18:20", "%Y/%m/%d %H:%M")!)", "@2001-01-10T18:20:00Z"},
    {R"(timestamp("10/Oct/2000:13:55:36 -0700", "%d/%b/%Y:%H:%M:%S %z")!)",
     "@2000-10-10T20:55:36Z"},
    {R"(timestamp("2024-07-01 09:00", "%F %H:%M", "Europe/Madrid")!)", "@2024-07-01T07:00:00Z"},
    {R"(try timestamp("2023-02-29"))", "none"},
};
const FunctionOverload kFormatOverloads[] = {
    {.signature = "format_time(t: timestamp, pattern: string) -> string",
     FLOW_KERNEL(flow_fn_format_time),
     .faults = true},
    {.signature = "format_time(t: timestamp, pattern: string, tz: string) -> string",
     FLOW_KERNEL(flow_fn_format_time_zone),
     .faults = true},
};
const FunctionExample kFormatExamples[] = {
    {R"(format_time(@2024-01-31T10:05:00Z, "%d.%m.%Y %H:%M"))", R"("31.01.2024 10:05")"},
    {R"(format_time(@2024-07-01T22:30:00Z, "%a %e %b, %I %p", "Europe/Madrid"))",
     R"("Tue  2 Jul, 12 AM")"},
};

}  // namespace

const FunctionDef kFormatTime = {"format_time", "a time as text by a pattern as of strftime",
                                 kFormatOverloads, kFormatExamples};
const FunctionDef kTimestamp = {
    "timestamp", "timestamp from RFC 3339 text, or from text by a pattern as of strptime",
    kTimestampOverloads, kTimestampExamples};

}  // namespace flow::stdlib
