// Tumbling windows by the clocks of a time zone (docs/semantics.md 41): starts are local multiples
// of the size, so a day may last 23 or 25 hours, and an hour that the clocks repeat is two windows.

#include <cstdint>

#include "runtime/abi.h"
#include "stdlib/native/time_zone.h"

namespace {

constexpr int64_t kDay = 24LL * 3600 * 1000000000;

int64_t FloorTo(int64_t value, int64_t size) {
  int64_t rest = value % size;
  return value - (rest < 0 ? rest + size : rest);
}

// The start of the window that holds `time`.
bool StartOf(FlowTask* task, const FlowString& zone, int64_t size, int64_t offset, int64_t time,
             int64_t* start, int64_t* local_start) {
  int64_t local = 0;
  if (!flow::stdlib::LocalTime(task, time, zone, &local)) return false;
  // Whole weeks begin on Monday; the epoch was a Thursday.
  int64_t base = offset + (size % (7 * kDay) == 0 ? 4 * kDay : 0);
  *local_start = FloorTo(local - base, size) + base;
  return flow::stdlib::UtcTime(task, *local_start, time, zone, start);
}

}  // namespace

extern "C" bool flow_window_local(FlowTask* task, const char* zone_data, int64_t zone_size,
                                  int64_t size, int64_t offset, int64_t time,
                                  int64_t* bounds) noexcept {
  FlowString zone = {zone_data, zone_size};
  int64_t start = 0;
  int64_t local_start = 0;
  if (!StartOf(task, zone, size, offset, time, &start, &local_start)) return false;
  // One size later stands in the next window, unless the clocks were set back in between.
  int64_t later = 0;
  int64_t local_later = 0;
  int64_t end = 0;
  if (__builtin_add_overflow(start, size, &later)) return false;
  if (!StartOf(task, zone, size, offset, later, &end, &local_later)) return false;
  if (end <= start && !flow::stdlib::UtcTime(task, local_start + size, later + kDay, zone, &end))
    return false;
  bounds[0] = start;
  bounds[1] = end;
  return true;
}
