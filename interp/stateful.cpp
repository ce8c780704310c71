#include "interp/stateful.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/memory.h"

// stdlib/native/window_zone.cpp: time zones are data, read once for all.
extern "C" bool flow_window_local(FlowTask* task, const char* zone_data, int64_t zone_size,
                                  int64_t size, int64_t offset, int64_t time,
                                  int64_t* bounds) noexcept;

namespace flow::interp {
namespace {

constexpr int64_t kDay = int64_t{86400} * 1000000000;

int CompareColumn(const Type& row, const char* name, const Row& a, const Row& b) {
  int index = row.FieldIndex(name);
  if (index < 0) return 0;
  auto i = static_cast<size_t>(index);
  return Compare(row.fields()[i].type, a.value.items[i], b.value.items[i]);
}

}  // namespace

int RankOrder::CompareGroups(const KeptRow& a, const KeptRow& b) const {
  if (windowed) {
    int order = CompareColumn(row, "window_end", a.row, b.row);
    if (order == 0) order = CompareColumn(row, "window_start", a.row, b.row);
    if (order != 0) return order;
  }
  return a.per.there() ? Compare(per, a.per, b.per) : 0;
}

bool RankOrder::SameGroup(const KeptRow& a, const KeptRow& b) const {
  return CompareGroups(a, b) == 0;
}

int RankOrder::CompareKeys(const KeptRow& a, const KeptRow& b) const {
  for (size_t i = 0; i < by.fields().size(); ++i) {
    const Type& type = by.fields()[i].type;
    const Value& x = a.by.items[i];
    const Value& y = b.by.items[i];
    int order = Compare(type, x, y);
    bool both = x.there() && y.there();
    if (order != 0) return descending[i] && both ? -order : order;
  }
  return 0;
}

void RankOrder::Sort(std::vector<KeptRow>* rows) const {
  std::sort(rows->begin(), rows->end(), [&](const KeptRow& a, const KeptRow& b) {
    int order = CompareGroups(a, b);
    if (order == 0) order = CompareKeys(a, b);
    if (order != 0) return order < 0;
    if (a.row.event_time != b.row.event_time) return a.row.event_time < b.row.event_time;
    return a.number < b.number;
  });
}

void NormalizeKey(const Type& type, Value* key) {
  if (!key->there()) return;
  if (type.is_optional()) return NormalizeKey(type.inner(), key);
  if (type.is(TypeKind::kFloat)) {
    if (std::isnan(key->real)) key->real = __builtin_nan("");
    if (key->real == 0) key->real = 0.0;
  }
  for (size_t i = 0; i < key->items.size(); ++i) {
    NormalizeKey(type.is(TypeKind::kStruct) ? type.fields()[i].type : type.inner(), &key->items[i]);
  }
}

bool WindowOf(int64_t time, int64_t size, int64_t offset, const std::string& zone, int64_t* start,
              int64_t* end) {
  if (!zone.empty()) {
    runtime::Arena arena;
    FlowTask task;
    std::memset(&task, 0, sizeof task);
    task.arena = arena.get();
    int64_t bounds[2] = {};
    bool good = flow_window_local(&task, zone.data(), static_cast<int64_t>(zone.size()), size,
                                  offset, time, bounds);
    *start = bounds[0];
    *end = bounds[1];
    return good;
  }
  // 1970 began on a Thursday; whole weeks begin on Monday.
  __int128 base = offset;
  if (size % (7 * kDay) == 0) base += 4 * kDay;
  __int128 since = static_cast<__int128>(time) - base;
  __int128 index = since / size - (since % size < 0 ? 1 : 0);
  __int128 first = base + index * size;
  *start = static_cast<int64_t>(first);
  *end = static_cast<int64_t>(first + size);
  return first >= INT64_MIN && first + size <= INT64_MAX;
}

}  // namespace flow::interp
