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

using flow::stdlib::LocalTime;
using flow::stdlib::UtcTime;

// Local starts are `base` plus multiples of `size`.
struct Clock {
  FlowTask* task;
  FlowString zone;
  int64_t size;
  int64_t base;

  int64_t Floor(int64_t local) const { return FloorTo(local - base, size) + base; }
  // How far local time is ahead of UTC at `time`.
  bool Ahead(int64_t time, int64_t* ahead) const {
    int64_t local = 0;
    if (!LocalTime(task, time, zone, &local)) return false;
    *ahead = local - time;
    return true;
  }
  // The instant in (before, after] from which on the clocks differ from `before`.
  bool Change(int64_t before, int64_t after, int64_t* change) const {
    int64_t old = 0;
    if (!Ahead(before, &old)) return false;
    while (after - before > 1) {
      int64_t middle = before + (after - before) / 2;
      int64_t ahead = 0;
      if (!Ahead(middle, &ahead)) return false;
      (ahead == old ? before : after) = middle;
    }
    *change = after;
    return true;
  }
};

// Windows shorter than a day: the clocks change once in one at the most. A start that they skip is
// where they jump; a start that they show twice is two.
bool ShortWindow(const Clock& clock, int64_t time, int64_t* bounds) {
  int64_t now = 0;
  if (!clock.Ahead(time, &now)) return false;
  int64_t start = clock.Floor(time + now) - now;
  int64_t ahead = 0;
  int64_t change = 0;
  if (!clock.Ahead(start, &ahead)) return false;
  bounds[0] = start;
  if (ahead != now) {
    if (!clock.Change(start, time, &change)) return false;
    bool skipped = clock.Floor(change + now) >= change + ahead;
    bounds[0] = skipped ? change : clock.Floor(change - 1 + ahead) - ahead;
  }
  int64_t end = 0;
  if (__builtin_add_overflow(start, clock.size, &end)) return false;
  if (!clock.Ahead(end, &ahead)) return false;
  bounds[1] = end;
  if (ahead != now) {
    if (!clock.Change(time, end, &change)) return false;
    bool forward = ahead > now;
    int64_t last = clock.Floor(change + ahead);
    if (forward ? last >= change + now : last == change + ahead) {
      bounds[1] = change;
    } else {
      bounds[1] = last + clock.size - ahead;
    }
  }
  return true;
}

// The start of the window of whole days that holds `time`.
bool StartOfDays(const Clock& clock, int64_t time, int64_t* start, int64_t* local_start) {
  int64_t local = 0;
  if (!LocalTime(clock.task, time, clock.zone, &local)) return false;
  *local_start = clock.Floor(local);
  return UtcTime(clock.task, *local_start, time, clock.zone, start);
}

bool LongWindow(const Clock& clock, int64_t time, int64_t* bounds) {
  int64_t start = 0;
  int64_t local_start = 0;
  if (!StartOfDays(clock, time, &start, &local_start)) return false;
  // One size later stands in the next window, unless the clocks were set back in between.
  int64_t later = 0;
  int64_t local_later = 0;
  int64_t end = 0;
  if (__builtin_add_overflow(start, clock.size, &later)) return false;
  if (!StartOfDays(clock, later, &end, &local_later)) return false;
  if (end <= start &&
      !UtcTime(clock.task, local_start + clock.size, later + kDay, clock.zone, &end)) {
    return false;
  }
  bounds[0] = start;
  bounds[1] = end;
  return true;
}

}  // namespace

extern "C" bool flow_window_local(FlowTask* task, const char* zone_data, int64_t zone_size,
                                  int64_t size, int64_t offset, int64_t time,
                                  int64_t* bounds) noexcept {
  // Whole weeks begin on Monday; the epoch was a Thursday.
  Clock clock = {task, {zone_data, zone_size}, size, offset};
  if (size % (7 * kDay) == 0) clock.base += 4 * kDay;
  return size < kDay ? ShortWindow(clock, time, bounds) : LongWindow(clock, time, bounds);
}
