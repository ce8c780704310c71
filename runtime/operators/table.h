#pragma once
// Bases of the operators that keep rows where rows are rewritten or results are: what they keep of
// each window, which of it has changed since it was sent, and when it is sent (semantics.md 46 to
// 48).

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

// WindowT: what is kept of one window, or of the whole stream; it has `bool passed`, whether W has
// reached the end of the window.
template <class WindowT>
class TableWindows : public Operator {
 public:
  void OnWatermark(int64_t watermark) final {
    if (!windowed_) return;
    for (auto& [end, window] : windows_) {
      if (end > watermark) break;
      if (!emit_.updating() || window.passed) continue;
      window.passed = true;
      if (late_for_ > 0) SendTouched(window, false);
    }
    while (!windows_.empty() && LastOf(windows_.begin()->first) <= watermark) CloseFirst();
  }
  void OnClock(int64_t now) final {
    if (!clock_.Strikes(now)) return;
    for (auto& [end, window] : windows_) SendTouched(window, false);
  }
  int64_t NextClock() const final { return clock_.next(); }
  void OnEnd() override {
    while (!windows_.empty()) CloseFirst();
  }

 protected:
  TableWindows(const EmitPlan& emit, bool windowed, OperatorContext context)
      : context_(std::move(context)),
        emit_(emit),
        windowed_(windowed),
        late_for_(context_.program->Int(emit.late).value_or(0)) {
    if (emit.kind == EmitKind::kEvery) {
      clock_.Start(context_.program->Int(emit.every).value_or(1));
    }
  }

  // Sends what has changed; `final`: the window closes.
  virtual void SendTouched(WindowT& window, bool final) = 0;
  virtual void Close(WindowT& window) = 0;

  // The window that ends at `end`, made of `parts` if it is new; null when it is over, and the row
  // late.
  template <class... PartsT>
  WindowT* WindowAt(int64_t end, const Batch& batch, PartsT&&... parts) {
    if (windowed_ && LastOf(end) <= batch.watermark) return nullptr;
    return &windows_.try_emplace(end, std::forward<PartsT>(parts)...).first->second;
  }
  // Behind a batch: what is sent at once.
  void SendAtOnce() {
    if (!emit_.updating()) return;
    for (auto& [end, window] : windows_) {
      if (emit_.kind == EmitKind::kChange || window.passed) SendTouched(window, false);
    }
  }
  // `count` rows or groups are kept.
  Backlog BacklogOf(int64_t count) const {
    Backlog out;
    out.count = count;
    if (windowed_ && !windows_.empty()) out.watermark = windows_.begin()->first;
    return out;
  }

  OperatorContext context_;
  const EmitPlan& emit_;
  bool windowed_;
  std::map<int64_t, WindowT> windows_;  // by window_end; INT64_MAX when not windowed

 private:
  // When W has reached it, no row can come any more.
  int64_t LastOf(int64_t end) const {
    return end > INT64_MAX - late_for_ ? INT64_MAX : end + late_for_;
  }
  void CloseFirst() {
    auto node = windows_.extract(windows_.begin());
    Close(node.mapped());
  }

  int64_t late_for_;
  EmitClock clock_;
};

// The groups of one window.
template <class GroupT>
struct TableGroups {
  std::unordered_map<uint64_t, std::vector<std::unique_ptr<GroupT>>> by_hash;
  std::vector<GroupT*> touched;
  bool passed = false;
};

// Rows of one input in groups by key. GroupT: made of a row that has the key; it has `HeldRow
// shown`, that row, and `bool touched`.
template <class GroupT>
class TableOperator : public TableWindows<TableGroups<GroupT>> {
 protected:
  using Groups = TableGroups<GroupT>;
  using Windows = TableWindows<Groups>;
  using Windows::context_;
  using Windows::emit_;
  using Windows::windows_;

  TableOperator(const PortPlan& input, const EmitPlan& emit, int64_t window_end_offset,
                const std::vector<SortKey>& key, const std::string& result_type_symbol,
                OperatorContext context)
      : Windows(emit, window_end_offset >= 0, std::move(context)),
        row_type_(context_.program->FindType(input.row_type_symbol)),
        result_(context_.program->FindType(result_type_symbol)),
        sent_(context_.program->FindType(emit.sent_type_symbol)),
        key_(Resolve(*context_.program, key)),
        window_end_offset_(window_end_offset) {
    if (emit.updating()) changes_.emplace(emit, result_, context_);
  }

  // The groups of the row's window; null when that is over and the row late.
  Groups* WindowOf(const void* row, const Batch& batch) {
    return this->WindowAt(window_end_offset_ < 0 ? INT64_MAX : WindowEndOf(row, window_end_offset_),
                          batch);
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
  static std::vector<GroupT*> AllOf(Groups& groups) {
    std::vector<GroupT*> all;
    for (auto& [hash, list] : groups.by_hash) {
      for (auto& group : list) all.push_back(group.get());
    }
    return all;
  }

  const FlowType* row_type_;  // of the collected row
  const FlowType* result_;    // of the columns of a result
  const FlowType* sent_;
  std::vector<ResolvedKey> key_;
  std::optional<ChangeSender> changes_;  // none: results are sent once

 private:
  int64_t window_end_offset_;
};

}  // namespace flow::runtime
