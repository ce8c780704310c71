// from_seconds … from_nanos, to_seconds … to_nanos: timestamps as numbers since 1970; durations in
// a unit.

#include "runtime/inline/functions.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;

extern "C" {

// Seconds with a fraction, to the nearest nanosecond.
bool flow_fn_from_seconds_float(FlowTask*, int64_t* out, const double* seconds) noexcept {
  FlowInt128 nanos;
  if (!flow_decimal_from_float(&nanos, *seconds, 38, 9)) return false;
  *out = static_cast<int64_t>(nanos);
  return *out == nanos && *out != INT64_MIN && *out != INT64_MAX;
}

bool flow_fn_seconds_of(FlowTask*, double* out, const int64_t* duration) noexcept {
  *out = static_cast<double>(*duration) / 1e9;
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kFromSecondsOverloads[] = {
    {.signature = "from_seconds(n: int) -> timestamp",
     FLOW_KERNEL(flow_fn_from_seconds),
     .faults = true},
    {.signature = "from_seconds(n: float) -> timestamp",
     FLOW_KERNEL(flow_fn_from_seconds_float),
     .faults = true},
};
const FunctionOverload kFromMillisOverloads[] = {
    {.signature = "from_millis(n: int) -> timestamp",
     FLOW_KERNEL(flow_fn_from_millis),
     .faults = true},
};
const FunctionOverload kFromMicrosOverloads[] = {
    {.signature = "from_micros(n: int) -> timestamp",
     FLOW_KERNEL(flow_fn_from_micros),
     .faults = true},
};
const FunctionOverload kFromNanosOverloads[] = {
    {.signature = "from_nanos(n: int) -> timestamp",
     FLOW_KERNEL(flow_fn_from_nanos),
     .faults = true},
};
const FunctionOverload kToSecondsOverloads[] = {
    {.signature = "to_seconds(t: timestamp) -> int", FLOW_KERNEL(flow_fn_to_seconds)},
    {.signature = "to_seconds(d: duration) -> float", FLOW_KERNEL(flow_fn_seconds_of)},
};
const FunctionOverload kToMillisOverloads[] = {
    {.signature = "to_millis(t: timestamp) -> int", FLOW_KERNEL(flow_fn_to_millis)},
    {.signature = "to_millis(d: duration) -> int", FLOW_KERNEL(flow_fn_to_millis)},
};
const FunctionOverload kToMicrosOverloads[] = {
    {.signature = "to_micros(t: timestamp) -> int", FLOW_KERNEL(flow_fn_to_micros)},
    {.signature = "to_micros(d: duration) -> int", FLOW_KERNEL(flow_fn_to_micros)},
};
const FunctionOverload kToNanosOverloads[] = {
    {.signature = "to_nanos(t: timestamp) -> int", FLOW_KERNEL(flow_fn_identity_int)},
    {.signature = "to_nanos(d: duration) -> int", FLOW_KERNEL(flow_fn_identity_int)},
};
const FunctionExample kFromSecondsExamples[] = {
    {"from_seconds(1706745600)", "@2024-02-01"},
    {"from_seconds(0.25)", "@1970-01-01T00:00:00.25Z"},
};
const FunctionExample kFromMillisExamples[] = {
    {"from_millis(1500)", "@1970-01-01T00:00:01.5Z"},
};
const FunctionExample kFromMicrosExamples[] = {{"from_micros(0)", "@1970-01-01"}};
const FunctionExample kFromNanosExamples[] = {
    {"from_nanos(1)", "@1970-01-01T00:00:00.000000001Z"},
};
const FunctionExample kToSecondsExamples[] = {
    {"to_seconds(@2024-02-01)", "1706745600"},
    {"to_seconds(1500ms)", "1.5"},
};
const FunctionExample kToMillisExamples[] = {{"to_millis(@1970-01-01T00:00:01.5Z)", "1500"}};
const FunctionExample kToMicrosExamples[] = {{"to_micros(2ms)", "2000"}};
const FunctionExample kToNanosExamples[] = {{"to_nanos(2us)", "2000"}};

}  // namespace

const FunctionDef kFromMicros = {"from_micros", "timestamp from microseconds since 1970",
                                 kFromMicrosOverloads, kFromMicrosExamples};
const FunctionDef kFromMillis = {"from_millis", "timestamp from milliseconds since 1970",
                                 kFromMillisOverloads, kFromMillisExamples};
const FunctionDef kFromNanos = {"from_nanos", "timestamp from nanoseconds since 1970",
                                kFromNanosOverloads, kFromNanosExamples};
const FunctionDef kFromSeconds = {"from_seconds", "timestamp from seconds since 1970",
                                  kFromSecondsOverloads, kFromSecondsExamples};
const FunctionDef kToMicros = {"to_micros", "microseconds since 1970, or of a duration",
                               kToMicrosOverloads, kToMicrosExamples};
const FunctionDef kToMillis = {"to_millis", "milliseconds since 1970, or of a duration",
                               kToMillisOverloads, kToMillisExamples};
const FunctionDef kToNanos = {"to_nanos", "nanoseconds since 1970, or of a duration",
                              kToNanosOverloads, kToNanosExamples};
const FunctionDef kToSeconds = {"to_seconds", "whole seconds since 1970, or seconds of a duration",
                                kToSecondsOverloads, kToSecondsExamples};

}  // namespace flow::stdlib
