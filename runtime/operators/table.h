#pragma once
// Base of the operators that keep the rows of groups, where rows are rewritten or results are: the
// groups of each window by key, which of them have changed since they were sent, and when they are
// sent (semantics.md 46 to 48).

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "runtime/operator.h"
#include "runtime/operators/changes.h"
#include "runtime/operators/emit_clock.h"
#include "runtime/operators/held_row.h"
#include "runtime/operators/sort_key.h"

namespace flow::runtime {

// GroupT: made of a row that has the key; it has `HeldRow shown`, that row, and `bool touched`.
template <class GroupT>
class TableOperator : public Operator {
 public:
  void OnWatermark(int64_t watermark) final {
    if (window_end_offset_ < 0) return;
    for (auto& [end, groups] : windows_) {
      if (end > watermark) break;
      if (!changes_ || groups.passed) continue;
      groups.passed = true;
      if (late_for_ > 0) SendTouched(groups, false);
    }
    while (!windows_.empty() && LastOf(windows_.begin()->first) <= watermark) CloseFirst();
  }
  void OnClock(int64_t now) final {
    if (!clock_.Strikes(now)) return;
    for (auto& [end, groups] : windows_) SendTouched(groups, false);
  }
  int64_t NextClock() const final { return clock_.next(); }
  void OnEnd() override {
    while (!windows_.empty()) CloseFirst();
  }

 protected:
  // Groups of one window, or of the whole stream.
  struct Groups {
    std::unordered_map<uint64_t, std::vector<std::unique_ptr<GroupT>>> by_hash;
    std::vector<GroupT*> touched;
    bool passed = false;  // W has reached the end of the window
  };

  TableOperator(const PortPlan& input, const EmitPlan& emit, int64_t window_end_offset,
                const std::vector<SortKey>& key, const std::string& result_type_symbol,
                OperatorContext context)
      : context_(std::move(context)),
        emit_(emit),
        row_type_(context_.program->FindType(input.row_type_symbol)),
        result_(context_.program->FindType(result_type_symbol)),
        sent_(context_.program->FindType(emit.sent_type_symbol)),
        key_(Resolve(*context_.program, key)),
        window_end_offset_(window_end_offset),
        late_for_(context_.program->Int(emit.late).value_or(0)) {
    if (emit.updating()) changes_.emplace(emit, result_, context_);
    if (emit.kind == EmitKind::kEvery) {
      clock_.Start(context_.program->Int(emit.every).value_or(1));
    }
  }

  // Sends what has changed; `final`: the window closes.
  virtual void SendTouched(Groups& groups, bool final) = 0;
  virtual void Close(Groups& groups) = 0;

  // The groups of the row's window; null when that is over and the row late.
  Groups* WindowOf(const void* row, const Batch& batch) {
    int64_t end = INT64_MAX;
    if (window_end_offset_ >= 0) {
      end = WindowEndOf(row, window_end_offset_);
      if (LastOf(end) <= batch.watermark) return nullptr;
    }
    return &windows_[end];
  }
  GroupT& Find(Groups& groups, const HeldRow& row) {
    std::vector<std::unique_ptr<GroupT>>& list = groups.by_hash[HashKey(key_, row.get())];
    for (const std::unique_ptr<GroupT>& group : list) {
      if (SameKey(key_, group->shown.get(), row.get())) return *group;
    }
    list.push_back(std::make_unique<GroupT>(row));
    return *list.back();
  }
  void Forget(Groups& groups, GroupT* group) {
    auto found = groups.by_hash.find(HashKey(key_, group->shown.get()));
    auto& list = found->second;
    list.erase(std::find_if(list.begin(), list.end(),
                            [&](const auto& other) { return other.get() == group; }));
    if (list.empty()) groups.by_hash.erase(found);
  }
  static void Touch(Groups& groups, GroupT& group) {
    if (group.touched) return;
    group.touched = true;
    groups.touched.push_back(&group);
  }
  // Behind a batch: what is sent at once.
  void SendAtOnce() {
    if (!changes_) return;
    for (auto& [end, groups] : windows_) {
      if (emit_.kind == EmitKind::kChange || groups.passed) SendTouched(groups, false);
    }
  }
  static std::vector<GroupT*> AllOf(Groups& groups) {
    std::vector<GroupT*> all;
    for (auto& [hash, list] : groups.by_hash) {
      for (auto& group : list) all.push_back(group.get());
    }
    return all;
  }
  // `count` rows or groups are kept.
  Backlog BacklogOf(int64_t count) const {
    Backlog out;
    out.count = count;
    if (window_end_offset_ >= 0 && !windows_.empty()) out.watermark = windows_.begin()->first;
    return out;
  }

  OperatorContext context_;
  const EmitPlan& emit_;
  const FlowType* row_type_;  // of the collected row
  const FlowType* result_;    // of the columns of a result
  const FlowType* sent_;
  std::vector<ResolvedKey> key_;
  std::optional<ChangeSender> changes_;  // none: results are sent once
  std::map<int64_t, Groups> windows_;    // by window_end; INT64_MAX when not windowed

 private:
  // When W has reached it, no row can come any more.
  int64_t LastOf(int64_t end) const {
    return end > INT64_MAX - late_for_ ? INT64_MAX : end + late_for_;
  }
  void CloseFirst() {
    auto node = windows_.extract(windows_.begin());
    Close(node.mapped());
  }

  int64_t window_end_offset_;
  int64_t late_for_;
  EmitClock clock_;
};

}  // namespace flow::runtime
