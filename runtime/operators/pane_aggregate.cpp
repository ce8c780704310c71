// aggregate over windows that overlap. A row is folded into one pane, and a window is put together
// from its panes when it closes, so that the work per row does not grow with the windows it is in.
//
// Panes of hopping windows are the steps between their starts; of the windows that have a pane, a
// row enters those that end behind P (semantics.md 28). So a pane is known by its start and by the
// first end behind P, and waits until the window of that end closes; then it joins the panes that
// the windows from there on have. Of cumulating windows the start that counts is that of the whole.
//
// The panes of a window are merged one after another where a result depends on the order of rows,
// where states grow with the rows, and where windows cumulate, which have one; else they are kept
// as stacks.

#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "runtime/inline/panes.h"
#include "runtime/operators/groups.h"
#include "runtime/operators/pane_stacks.h"

namespace flow::runtime {
namespace {

struct Bounds {
  int64_t start;
  int64_t end;
};
constexpr Bounds kNoBounds{0, 0};

class PaneAggregate final : public Operator {
 public:
  PaneAggregate(const AggregatePlan& plan, OperatorContext context)
      : plan_(plan),
        context_(std::move(context)),
        groups_(plan_, context_),
        size_(context_.program->Int(plan.panes.size).value_or(1)),
        step_(context_.program->Int(plan.panes.step).value_or(1)) {
    if (plan.panes.stacks) {
      stacks_ = std::make_unique<PaneStacks>(groups_, context_.budget, plan.entry_size);
    }
  }

  // Aggregates take groups, never rows.
  void OnBatch(const FlowRows&, const Batch&) override {}

  void OnTable(FlowTable* partial, const Batch& batch) override {
    int64_t rank = plan_.ordered ? batch.rank : 0;
    FlowTable* pane = nullptr;
    Bounds of_pane = kNoBounds;
    for (int64_t i = 0; i < partial->count; ++i) {
      void* entry = partial->entries[i];
      Bounds bounds = BoundsOf(entry);
      if (bounds.start + size_ <= batch.watermark) continue;
      // Of the group the pane is taken away, so that it is the same in all of them.
      uint64_t hash;
      std::memcpy(&hash, entry, 8);
      hash -= flow_pane_hash(bounds.start, bounds.end);
      std::memcpy(entry, &hash, 8);
      SetBounds(entry, kNoBounds);
      if (bounds.end <= batch.watermark) {
        bounds.end = flow_pane_open(bounds.end, step_, batch.watermark);
      }
      if (pane == nullptr || bounds.start != of_pane.start || bounds.end != of_pane.end) {
        pane = TableOf(&waiting_[bounds.end], {bounds.start, rank});
        of_pane = bounds;
      }
      groups_.Merge(pane, static_cast<const char*>(entry));
    }
  }

  void OnWatermark(int64_t watermark) override {
    for (int64_t end = NextEnd(); end <= watermark && end != INT64_MAX; end = NextEnd()) Close(end);
  }
  void OnEnd() override { OnWatermark(INT64_MAX); }

  Backlog backlog() const override {
    Backlog out;
    out.groups = true;
    for (const auto& [end, panes] : waiting_) out.count += CountOf(panes);
    out.count += stacks_ ? stacks_->count() : CountOf(open_);
    if (NextEnd() == INT64_MAX) return out;
    out.watermark = NextEnd();
    out.since = StartOf(out.watermark);
    return out;
  }

 private:
  // By start, then place of the partition, which counts where the order of rows does.
  using Panes = std::map<std::pair<int64_t, int64_t>, std::unique_ptr<OwnTable>>;

  FlowTable* TableOf(Panes* panes, std::pair<int64_t, int64_t> key) {
    std::unique_ptr<OwnTable>& pane = (*panes)[key];
    if (pane == nullptr) {
      int64_t entry_size = stacks_ ? stacks_->entry_size() : plan_.entry_size;
      pane = std::make_unique<OwnTable>(context_.budget, entry_size);
    }
    return &pane->table;
  }
  static int64_t CountOf(const Panes& panes) {
    int64_t count = 0;
    for (const auto& [key, pane] : panes) count += pane->table.count;
    return count;
  }

  Bounds BoundsOf(const void* entry) const {
    Bounds bounds;
    std::memcpy(&bounds, groups_.KeyOf(entry), sizeof bounds);
    return bounds;
  }
  void SetBounds(void* entry, const Bounds& bounds) const {
    std::memcpy(groups_.KeyOf(entry), &bounds, sizeof bounds);
  }

  // INT64_MAX: there is none. All ends are whole steps apart, and open panes have those of each.
  int64_t NextEnd() const {
    bool open = stacks_ ? !stacks_->empty() : !open_.empty();
    if (open) return closed_ + step_;
    return waiting_.empty() ? INT64_MAX : waiting_.begin()->first;
  }

  // Of the window that closes next. Panes of cumulating windows begin where these do.
  int64_t StartOf(int64_t end) const {
    if (plan_.panes.hops) return end - size_;
    const Panes& panes = open_.empty() ? waiting_.begin()->second : open_;
    return panes.begin()->first.first;
  }

  void Close(int64_t end) {
    while (!waiting_.empty() && waiting_.begin()->first <= end) {
      auto node = waiting_.extract(waiting_.begin());
      Open(&node.mapped());
    }
    closed_ = end;
    if (stacks_) {
      Send(stacks_->Keys(), end);
    } else {
      SendMerged(end);
    }
    // Those whose last window this was.
    int64_t start = end - size_ + 1;
    if (stacks_) {
      stacks_->Drop(start);
    } else {
      while (!open_.empty() && open_.begin()->first.first < start) open_.erase(open_.begin());
    }
  }

  // Of one pane and partition, what opens later came later.
  void Open(Panes* panes) {
    if (stacks_) {
      for (auto& [key, pane] : *panes) stacks_->Add(key.first, std::move(pane));
      return;
    }
    open_.merge(*panes);
    for (const auto& [key, pane] : *panes) groups_.MergeAll(TableOf(&open_, key), pane->table);
  }

  void SendMerged(int64_t end) {
    if (open_.size() == 1) return Send(EntriesOf(open_.begin()->second->table), end);
    OwnTable whole(context_.budget, plan_.entry_size);
    for (const auto& [key, pane] : open_) groups_.MergeAll(&whole.table, pane->table);
    Send(EntriesOf(whole.table), end);
  }
  void Send(const std::vector<void*>& entries, int64_t end) {
    int64_t start = StartOf(end);
    groups_.Send(entries, [&](FlowTask* task, void* entry, void* row) {
      void* whole = stacks_ ? stacks_->Whole(entry) : entry;
      SetBounds(whole, {start, end});
      bool good = groups_.Finish(task, whole, row);
      SetBounds(whole, kNoBounds);
      return good;
    });
  }

  const AggregatePlan& plan_;
  OperatorContext context_;
  Groups groups_;
  int64_t size_;
  int64_t step_;
  std::map<int64_t, Panes> waiting_;  // by the first end they are for
  // Those that the window which closes next has: one of the two.
  Panes open_;
  std::unique_ptr<PaneStacks> stacks_;
  int64_t closed_ = INT64_MIN;  // the end of the window that closed last
};

}  // namespace

std::unique_ptr<Operator> MakePaneAggregate(const AggregatePlan& plan, OperatorContext context) {
  return std::make_unique<PaneAggregate>(plan, std::move(context));
}

}  // namespace flow::runtime
