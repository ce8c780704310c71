#include "interp/stateful.h"

#include <algorithm>
#include <cmath>

namespace flow::interp {
namespace {

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
    if (table) return Compare(row, a.row.value, b.row.value) < 0;
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

}  // namespace flow::interp
