// Windows by the clocks of a time zone (docs/semantics.md 41): starts are local multiples of the
// size or step, so a day may last 23 or 25 hours, and an hour that the clocks repeat is two
// windows.

#include <cstdint>
#include <utility>

#include "runtime/abi.h"
#include "runtime/inline/memory.h"
#include "runtime/zones/time_zone.h"

namespace {

constexpr int64_t kDay = 24LL * 3600 * 1000000000;

int64_t FloorTo(int64_t value, int64_t size) {
  int64_t rest = value % size;
  return value - (rest < 0 ? rest + size : rest);
}

using flow::runtime::LocalTime;
using flow::runtime::UtcTime;

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

bool WindowAt(const Clock& clock, int64_t time, int64_t* bounds) {
  return clock.size < kDay ? ShortWindow(clock, time, bounds) : LongWindow(clock, time, bounds);
}

// More windows than the clocks can make of the steps of one, in case they repeat a day.
int64_t MostWindows(int64_t steps) { return 2 * steps + 2; }

struct Windows {
  int64_t* bounds;
  int64_t count = 0;
  void Add(int64_t start, int64_t end) {
    bounds[2 * count] = start;
    bounds[2 * count + 1] = end;
    ++count;
  }
};

// A window begins with every step. One shorter than a day is so many steps long; one of whole days
// ends when the clocks show its start again.
bool Hopping(const Clock& days, const Clock& clock, int64_t time, Windows* out) {
  int64_t steps = days.size / clock.size;
  bool by_steps = days.size < kDay || clock.size >= kDay;
  int64_t step[2];
  if (!WindowAt(clock, time, step)) return false;
  // Ends of the steps from that of `time` on, as far as a window may reach.
  int64_t* ends = out->bounds + 2 * MostWindows(steps);
  int64_t at[2] = {step[0], step[1]};
  for (int64_t i = 0; by_steps && i < steps; ++i) {
    ends[i] = at[1];
    if (i + 1 < steps && !WindowAt(clock, at[1], at)) return false;
  }
  // Backwards over the starts, the last first.
  for (int64_t i = 0; i < MostWindows(steps); ++i) {
    int64_t end = 0;
    if (by_steps) {
      if (i == steps) break;
      end = ends[steps - 1 - i];
    } else {
      int64_t ahead = 0;
      if (!clock.Ahead(step[0], &ahead)) return false;
      int64_t local = step[0] + ahead + days.size;
      if (!UtcTime(clock.task, local, step[0] + days.size, clock.zone, &end)) return false;
      if (end <= time) break;
    }
    out->Add(step[0], end);
    if (!WindowAt(clock, step[0] - 1, step)) return false;
  }
  for (int64_t i = 0, j = out->count - 1; i < j; ++i, --j) {
    for (int64_t k : {0, 1}) std::swap(out->bounds[2 * i + k], out->bounds[2 * j + k]);
  }
  return true;
}

// All begin with the whole window; each step ends one.
bool Growing(const Clock& days, const Clock& clock, int64_t time, Windows* out) {
  int64_t whole[2];
  int64_t step[2];
  if (!WindowAt(days, time, whole) || !WindowAt(clock, time, step)) return false;
  for (int64_t i = 0; i < MostWindows(days.size / clock.size); ++i) {
    out->Add(whole[0], step[1] < whole[1] ? step[1] : whole[1]);
    if (step[1] >= whole[1]) return true;
    if (!WindowAt(clock, step[1], step)) return false;
  }
  return true;
}

// Whole weeks begin on Monday; the epoch was a Thursday.
int64_t Base(int64_t size, int64_t offset) {
  return size % (7 * kDay) == 0 ? offset + 4 * kDay : offset;
}

}  // namespace

extern "C" bool flow_window_local(FlowTask* task, const char* zone_data, int64_t zone_size,
                                  int64_t size, int64_t offset, int64_t time,
                                  int64_t* bounds) noexcept {
  return WindowAt({task, {zone_data, zone_size}, size, Base(size, offset)}, time, bounds);
}

// All windows that hold `time`, start and end of each, by their ends; in the task's arena.
extern "C" bool flow_windows_local(FlowTask* task, const char* zone_data, int64_t zone_size,
                                   bool hops, int64_t size, int64_t step, int64_t offset,
                                   int64_t time, FlowArray* out) noexcept {
  Clock days = {task, {zone_data, zone_size}, size, Base(size, offset)};
  Clock clock = {task, days.zone, step, days.base};
  int64_t steps = size / step;
  Windows windows{static_cast<int64_t*>(
      flow_arena_alloc(task->arena, (2 * MostWindows(steps) + steps) * 8, 8))};
  bool good = hops ? Hopping(days, clock, time, &windows) : Growing(days, clock, time, &windows);
  *out = {windows.bounds, windows.count};
  return good;
}
