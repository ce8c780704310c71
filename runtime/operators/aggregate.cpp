// aggregate: merges partial groups of workers or units, closes windows, sends results. Groups leave
// in the order of window_end, then key, whatever order they came in; groups that are sent before
// they are final (`emit on change`, `emit every`, `on late update`) remember what was sent.

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include "runtime/inline/table.h"
#include "runtime/operator.h"
#include "runtime/operators/changes.h"
#include "runtime/operators/emit_clock.h"
#include "runtime/operators/groups.h"

namespace flow::runtime {
namespace {

class AggregateOperator final : public Operator {
 public:
  AggregateOperator(const AggregatePlan& plan, OperatorContext context)
      : plan_(plan), context_(std::move(context)), groups_(plan_, context_) {
    row_type_ = context_.program->FindType(plan.row_type_symbol);
    updating_ = plan.emit.updating();
    late_for_ = context_.program->Int(plan.emit.late).value_or(0);
    if (!updating_) return;
    changes_.emplace(plan.emit, row_type_, context_);
    row_type_ = context_.program->FindType(plan.emit.sent_type_symbol);
    sent_offset_ = (int64_t{plan.entry_size} + 15) / 16 * 16;
    if (plan.emit.kind == EmitKind::kEvery) {
      clock_.Start(context_.program->Int(plan.emit.every).value_or(1));
    }
  }
  ~AggregateOperator() override {
    for (auto& [end, window] : windows_) Forget(window);
  }

  // Aggregates take groups, never rows.
  void OnBatch(const FlowRows&, const Batch&) override {}

  void OnTable(FlowTable* partial, const Batch& batch) override {
    Window* window = nullptr;
    int64_t window_end = 0;
    for (int64_t i = 0; i < partial->count; ++i) {
      const char* from = static_cast<const char*>(partial->entries[i]);
      int64_t end = INT64_MAX;
      if (plan_.windowed) {
        std::memcpy(&end, from + plan_.key_offset + 8, 8);
        if (LastOf(end) <= batch.watermark) continue;
      }
      if (window == nullptr || end != window_end) {
        window = &PartOf(Find(end), batch.rank);
        window_end = end;
      }
      void* entry = groups_.Merge(window->table, from);
      if (updating_) Touch(*window, entry);
    }
    if (!updating_) return;
    for (auto& [end, each] : windows_) {
      // What comes behind the end of its window is sent at once.
      if (plan_.emit.kind == EmitKind::kChange || each.passed) SendTouched(each);
    }
  }

  bool Adopt(FlowTable* table) override {
    if (plan_.windowed || updating_ || !windows_.empty()) return false;
    Find(INT64_MAX).table = table;
    return true;
  }

  void OnWatermark(int64_t watermark) override {
    if (!plan_.windowed) return;
    for (auto& [end, window] : windows_) {
      if (end > watermark) break;
      if (!updating_ || window.passed) continue;
      window.passed = true;
      if (late_for_ > 0) SendTouched(window);
    }
    while (!windows_.empty() && LastOf(windows_.begin()->first) <= watermark) Close();
  }

  void OnClock(int64_t now) override {
    if (!clock_.Strikes(now)) return;
    for (auto& [end, window] : windows_) SendTouched(window);
  }
  int64_t NextClock() const override { return clock_.next(); }

  Backlog backlog() const override {
    Backlog out;
    out.groups = true;
    for (const auto& [end, window] : windows_) {
      out.count += window.table->count;
      for (const auto& [rank, part] : window.parts) out.count += part.table->count;
    }
    if (!plan_.windowed || windows_.empty()) return out;
    const auto& [end, window] = *windows_.begin();
    out.watermark = end;
    std::memcpy(&out.since, groups_.KeyOf(window.table->entries[0]), 8);
    return out;
  }

  void OnEnd() override {
    if (plan_.always_one_row) {
      Window& window = Find(INT64_MAX);
      FlowTable* table = window.table;
      if (table->count == 0) {
        void* entry = flow_table_insert(table, 0, flow_table_begin(table, 0));
        groups_.Init(table->arena, entry);
        if (updating_) Touch(window, entry);
      }
    }
    while (!windows_.empty()) Close();
  }

 private:
  struct Window {
    Window(MemoryBudget* budget, int64_t entry_size) : own(budget, entry_size) {}
    OwnTable own;
    FlowTable* table = &own.table;  // or an adopted one
    std::vector<void*> touched;     // entries that have changed since they were sent
    bool passed = false;            // W has reached its end
    // Where the order of rows counts: of the partition of the groups in `table`, and of others, in
    // row order. They are merged when the window closes, as if one had been read after the other.
    int64_t rank = -1;
    std::map<int64_t, Window> parts;
  };
  // Behind the entry of a group whose rows are rewritten.
  struct Sent {
    HeldRow row;
    bool touched;
  };

  Window& Find(int64_t end) {
    int64_t size = updating_ ? sent_offset_ + int64_t{sizeof(Sent)} : plan_.entry_size;
    return windows_.try_emplace(end, context_.budget, size).first->second;
  }
  Window& PartOf(Window& window, int64_t rank) {
    if (!plan_.ordered || updating_) return window;
    if (window.rank < 0) window.rank = rank;
    if (window.rank == rank) return window;
    return window.parts.try_emplace(rank, context_.budget, plan_.entry_size).first->second;
  }
  // The part that all others were merged into, in row order.
  Window& MergeParts(Window& window) {
    std::vector<Window*> parts;
    for (auto& [rank, part] : window.parts) {
      if (rank > window.rank && (parts.empty() || parts.back()->rank < window.rank)) {
        parts.push_back(&window);
      }
      part.rank = rank;
      parts.push_back(&part);
    }
    if (parts.empty() || parts.back()->rank < window.rank) parts.push_back(&window);
    for (size_t i = 1; i < parts.size(); ++i) {
      groups_.MergeAll(parts[0]->table, *parts[i]->table);
    }
    return *parts[0];
  }
  // When W has reached it, no row can come any more.
  int64_t LastOf(int64_t end) const {
    return end > INT64_MAX - late_for_ ? INT64_MAX : end + late_for_;
  }
  // New entries are zero, which is a Sent of no row.
  Sent& SentOf(void* entry) const {
    return *reinterpret_cast<Sent*>(static_cast<char*>(entry) + sent_offset_);
  }
  void Touch(Window& window, void* entry) const {
    Sent& sent = SentOf(entry);
    if (sent.touched) return;
    sent.touched = true;
    window.touched.push_back(entry);
  }
  void Forget(Window& window) const {
    if (!updating_) return;
    for (int64_t i = 0; i < window.table->count; ++i) SentOf(window.table->entries[i]).~Sent();
  }

  void SendTouched(Window& window) {
    SendEntries(window.touched, false);
    window.touched.clear();
  }
  void SendEntries(const std::vector<void*>& entries, bool final) {
    Arena arena(context_.budget);
    int64_t align = std::max<int64_t>(row_type_->align, 1);
    for (void* entry : entries) {
      if (context_.stopped()) return;
      arena.Reset();
      char* row = static_cast<char*>(arena.Allocate(row_type_->size, align));
      FlowTask* task = context_.begin_task();
      bool good = groups_.Finish(task, entry, row);
      if (plan_.emit.final_offset >= 0) row[plan_.emit.final_offset] = final ? 1 : 0;
      Sent& sent = SentOf(entry);
      sent.touched = false;
      changes_->Replace(&sent.row, good ? row : nullptr);
      context_.end_task();
    }
    changes_->Flush();
  }

  void Close() {
    auto node = windows_.extract(windows_.begin());
    if (updating_) {
      // Rows that say whether they are final are all sent once more.
      FlowTable* entries = node.mapped().table;
      if (plan_.emit.final_offset < 0) {
        SendTouched(node.mapped());
      } else {
        std::vector<void*> all(entries->entries, entries->entries + entries->count);
        SendEntries(all, true);
      }
      Forget(node.mapped());
      return;
    }
    const FlowTable& table = *MergeParts(node.mapped()).table;
    groups_.Send(EntriesOf(table), [this](FlowTask* task, void* entry, void* row) {
      return groups_.Finish(task, entry, row);
    });
  }

  const AggregatePlan& plan_;
  OperatorContext context_;
  Groups groups_;
  const FlowType* row_type_ = nullptr;
  bool updating_ = false;
  int64_t late_for_ = 0;
  int64_t sent_offset_ = 0;
  std::optional<ChangeSender> changes_;
  EmitClock clock_;
  std::map<int64_t, Window> windows_;  // by window_end; INT64_MAX when not windowed
};

}  // namespace

std::unique_ptr<Operator> MakeAggregate(const AggregatePlan& plan, OperatorContext context) {
  if (plan.panes.in_use()) return MakePaneAggregate(plan, std::move(context));
  return std::make_unique<AggregateOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
