#include "interp/window_bounds.h"

#include <algorithm>
#include <cstring>

#include "runtime/memory.h"

// runtime/zones/window_zone.cpp: time zones are data, read once for all.
extern "C" bool flow_window_local(FlowTask* task, const char* zone_data, int64_t zone_size,
                                  int64_t size, int64_t offset, int64_t time,
                                  int64_t* bounds) noexcept;
extern "C" bool flow_windows_local(FlowTask* task, const char* zone_data, int64_t zone_size,
                                   bool hops, int64_t size, int64_t step, int64_t offset,
                                   int64_t time, FlowArray* out) noexcept;

namespace flow::interp {
namespace {

constexpr int64_t kDay = int64_t{86400} * 1000000000;
constexpr int64_t kWeek = 7 * kDay;

// 1970 began on a Thursday; whole weeks begin on Monday.
__int128 Base(const WindowShape& shape) {
  return static_cast<__int128>(shape.offset) + (shape.size % kWeek == 0 ? 4 * kDay : 0);
}

__int128 FloorTo(__int128 time, __int128 base, int64_t size) {
  __int128 since = time - base;
  __int128 index = since / size - (since % size < 0 ? 1 : 0);
  return base + index * size;
}

bool WindowsInUtc(const WindowShape& shape, int64_t time, std::vector<WindowBounds>* out) {
  bool fits = true;
  auto add = [&](__int128 start, __int128 end) {
    fits = fits && start >= INT64_MIN && end <= INT64_MAX;
    if (fits) out->push_back({static_cast<int64_t>(start), static_cast<int64_t>(end)});
  };
  if (shape.kind == WindowKind::kHop) {
    // The first window that still holds the time, and those that begin up to it.
    __int128 last = FloorTo(time, Base(shape), shape.step);
    for (__int128 start = last - shape.size + shape.step; start <= last; start += shape.step) {
      add(start, start + shape.size);
    }
    return fits;
  }
  __int128 start = FloorTo(time, Base(shape), shape.size);
  if (shape.kind == WindowKind::kTumble) {
    add(start, start + shape.size);
    return fits;
  }
  for (int64_t length = shape.step; length <= shape.size; length += shape.step) {
    if (start + length > time) add(start, start + length);
  }
  return fits && start + shape.size <= INT64_MAX;
}

struct Clocks {
  explicit Clocks(const WindowShape& window) : shape(window) {}
  const WindowShape& shape;
  runtime::Arena arena;
  FlowTask task{};

  bool Window(int64_t size, int64_t time, WindowBounds* out) {
    task.arena = arena.get();
    int64_t offset = shape.offset;
    // Steps count from where windows begin.
    if (shape.size % kWeek == 0 && size % kWeek != 0) offset += 4 * kDay;
    int64_t bounds[2] = {};
    bool good = flow_window_local(&task, shape.zone.data(), static_cast<int64_t>(shape.zone.size()),
                                  size, offset, time, bounds);
    *out = {bounds[0], bounds[1]};
    return good;
  }
};

// One shorter than a day is so many steps long.
bool HopsOfSteps(Clocks& clocks, int64_t time, std::vector<WindowBounds>* out) {
  const WindowShape& shape = clocks.shape;
  WindowBounds step;
  if (!clocks.Window(shape.step, time, &step)) return false;
  for (int64_t back = 0; back < shape.size / shape.step; ++back) {
    WindowBounds last = step;
    for (int64_t i = 1; i < shape.size / shape.step; ++i) {
      if (!clocks.Window(shape.step, last.end, &last)) return false;
    }
    out->push_back({step.start, last.end});
    if (!clocks.Window(shape.step, step.start - 1, &step)) return false;
  }
  std::reverse(out->begin(), out->end());
  return true;
}

bool WindowsByClocks(const WindowShape& shape, int64_t time, std::vector<WindowBounds>* out) {
  Clocks clocks(shape);
  WindowBounds whole;
  if (shape.kind == WindowKind::kHop) {
    if (shape.size < kDay || shape.step >= kDay) return HopsOfSteps(clocks, time, out);
    // Days that begin at every step: up to when the clocks show the start again.
    clocks.task.arena = clocks.arena.get();
    FlowArray list{};
    if (!flow_windows_local(&clocks.task, shape.zone.data(),
                            static_cast<int64_t>(shape.zone.size()), true, shape.size, shape.step,
                            shape.offset, time, &list)) {
      return false;
    }
    const auto* bounds = static_cast<const int64_t*>(list.data);
    for (int64_t i = 0; i < list.count; ++i) out->push_back({bounds[2 * i], bounds[2 * i + 1]});
    return true;
  }
  if (!clocks.Window(shape.size, time, &whole)) return false;
  if (shape.kind == WindowKind::kTumble) {
    out->push_back(whole);
    return true;
  }
  WindowBounds step{0, whole.start};
  while (step.end < whole.end) {
    if (!clocks.Window(shape.step, step.end, &step)) return false;
    if (step.end > time) out->push_back({whole.start, std::min(step.end, whole.end)});
  }
  return true;
}

}  // namespace

bool WindowsOf(const WindowShape& shape, int64_t time, std::vector<WindowBounds>* out) {
  return shape.zone.empty() ? WindowsInUtc(shape, time, out) : WindowsByClocks(shape, time, out);
}

}  // namespace flow::interp
