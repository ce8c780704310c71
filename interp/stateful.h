#pragma once
// Operators that look at all rows: everything is kept, and sorted, grouped and folded at the end.

#include <functional>
#include <map>
#include <vector>

#include "interp/aggregates.h"
#include "interp/row.h"

namespace flow::interp {

struct KeyOrder {
  Type type;
  bool operator()(const Value& a, const Value& b) const { return Compare(type, a, b) < 0; }
};

// Rows of an aggregate: for each key the samples of each call.
struct Groups {
  explicit Groups(Type key) : groups(KeyOrder{std::move(key)}) {}
  std::map<Value, std::vector<std::vector<Sample>>, KeyOrder> groups;
};

// A row kept for top or order by, with its sort keys.
struct KeptRow {
  Row row;
  Value by;           // a struct
  Value per;          // a struct; empty when there is none
  size_t number = 0;  // as they came
};

// The order in which `top` and `order by` send rows: window by window, then by the keys, none last
// in both directions, ties by row order: event time, then as they came (semantics.md 26, 62, 64).
struct RankOrder {
  Type row;
  Type by;
  Type per;
  std::vector<bool> descending;
  bool windowed = false;
  bool table = false;  // of equal rows the order of their columns decides

  bool SameGroup(const KeptRow& a, const KeptRow& b) const;
  int CompareKeys(const KeptRow& a, const KeptRow& b) const;
  void Sort(std::vector<KeptRow>* rows) const;

 private:
  int CompareGroups(const KeptRow& a, const KeptRow& b) const;
};

// A key as it is sent: 0.0 or the one NaN for floats (semantics.md 6).
void NormalizeKey(const Type& type, Value* key);

}  // namespace flow::interp
