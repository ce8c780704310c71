#pragma once
// Changes of a table that are held back: what they come to in all. A row that came and went again
// is nothing, and what a row became in several steps is one update.

#include <unordered_map>
#include <vector>

#include "runtime/operators/held_row.h"

namespace flow::runtime {

// What became of a row; either may be missing.
struct RowChange {
  HeldRow old;
  HeldRow now;
};

class NetChanges {
 public:
  // `columns`: of the rows, which begin with them. Null: no row goes again.
  explicit NetChanges(const FlowType* columns) : columns_(columns) {}

  void Add(RowChange change);
  // In the order of the first change of each. Leaves nothing behind.
  std::vector<RowChange> Take();
  int64_t size() const { return static_cast<int64_t>(changes_.size()); }

 private:
  // Places in changes_ by the hash of a row there.
  using Index = std::unordered_multimap<uint64_t, size_t>;

  // The change whose `row` equals this one, which leaves the index.
  RowChange* Extract(Index* index, HeldRow RowChange::* row, const HeldRow& wanted);
  void Put(Index* index, const HeldRow& row, const RowChange& change);

  const FlowType* columns_;
  std::vector<RowChange> changes_;
  Index came_;  // by `now`
  Index gone_;  // by `old`, of those with no `now`
};

}  // namespace flow::runtime
