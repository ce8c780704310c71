// bin: the greatest multiple of a size that is not above a value.

#include "runtime/inline/functions.h"
#include "runtime/zones/time_zone.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Fail;

extern "C" {

// Multiples on the clocks of the zone; a bin never begins after `t`.
bool flow_fn_bin_zone(FlowTask* task, int64_t* out, const int64_t* t, const int64_t* size,
                      const FlowString* zone) noexcept {
  if (*size <= 0 || (kFlowNanosPerDay % *size != 0 && *size % kFlowNanosPerDay != 0)) {
    return Fail(task, "with a time zone, the size must divide a day or be whole days");
  }
  int64_t local;
  int64_t start;
  return runtime::LocalTime(task, *t, *zone, &local) &&
         flow_fn_bin_timestamp(task, &start, &local, size) &&
         runtime::UtcTime(task, start, *t, *zone, out);
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kOverloads[] = {
    {.signature = "bin(t: timestamp, size: duration) -> timestamp",
     FLOW_KERNEL(flow_fn_bin_timestamp),
     .faults = true},
    {.signature = "bin(t: timestamp, size: duration, tz: string) -> timestamp",
     FLOW_KERNEL(flow_fn_bin_zone),
     .faults = true},
    {.signature = "bin(x: int, size: int) -> int", FLOW_KERNEL(flow_fn_bin_int), .faults = true},
    {.signature = "bin(x: float, size: float) -> float",
     FLOW_KERNEL(flow_fn_bin_float),
     .faults = true},
    {.signature = "bin(x: duration, size: duration) -> duration",
     FLOW_KERNEL(flow_fn_bin_int),
     .faults = true},
};
const FunctionExample kExamples[] = {
    {"bin(@2024-01-31T10:07:30Z, 5m)", "@2024-01-31T10:05:00Z"},
    {"bin(@2024-01-31, 1w)", "@2024-01-29"},
    {R"(bin(@2024-01-31T10:00:00Z, 1d, "Europe/Madrid"))", "@2024-01-30T23:00:00Z"},
    {"bin(-7, 5)", "-10"},
    {"bin(7.3, 0.5)", "7.0"},
    {"bin(95m, 1h)", "1h"},
};

}  // namespace

const FunctionDef kBin = {
    "bin", "the greatest multiple of a size not above a time or number; weeks begin on Monday",
    kOverloads, kExamples};

}  // namespace flow::stdlib
