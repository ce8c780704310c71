#include "runtime/operators/net_changes.h"

#include "runtime/value.h"

namespace flow::runtime {

RowChange* NetChanges::Extract(Index* index, HeldRow RowChange::* row, const HeldRow& wanted) {
  auto [at, end] = index->equal_range(flow_value_hash(columns_, wanted.get()));
  for (; at != end; ++at) {
    RowChange& change = changes_[at->second];
    if (!flow_value_equal(columns_, (change.*row).get(), wanted.get())) continue;
    index->erase(at);
    return &change;
  }
  return nullptr;
}

void NetChanges::Put(Index* index, const HeldRow& row, const RowChange& change) {
  index->emplace(flow_value_hash(columns_, row.get()),
                 static_cast<size_t>(&change - changes_.data()));
}

void NetChanges::Add(RowChange change) {
  if (columns_ == nullptr) {
    changes_.push_back(std::move(change));
    return;
  }
  if (change.old) {
    if (RowChange* before = Extract(&came_, &RowChange::now, change.old)) {
      before->now = std::move(change.now);
      bool same = before->old && before->now &&
                  flow_value_equal(columns_, before->old.get(), before->now.get());
      if (same) *before = {};
      if (before->now) {
        Put(&came_, before->now, *before);
      } else if (before->old) {
        Put(&gone_, before->old, *before);
      }
      return;
    }
  } else if (RowChange* before = Extract(&gone_, &RowChange::old, change.now)) {
    *before = {};
    return;
  }
  changes_.push_back(std::move(change));
  const RowChange& added = changes_.back();
  if (added.now) {
    Put(&came_, added.now, added);
  } else {
    Put(&gone_, added.old, added);
  }
}

std::vector<RowChange> NetChanges::Take() {
  std::vector<RowChange> out;
  for (RowChange& change : changes_) {
    if (change.old || change.now) out.push_back(std::move(change));
  }
  changes_.clear();
  came_.clear();
  gone_.clear();
  return out;
}

}  // namespace flow::runtime
