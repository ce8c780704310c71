// top and dedup over rows that are rewritten, or whose results are sent before they are final: each
// group keeps its rows in rank order, and what stands among the first N is held against what was
// sent. Rows that only come are kept up to the N-th; of those that may go again all are.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/check.h"
#include "runtime/operator.h"
#include "runtime/operators/changes.h"
#include "runtime/operators/emit_clock.h"
#include "runtime/operators/sort_key.h"
#include "runtime/value.h"

namespace flow::runtime {
namespace {

struct Placed {
  HeldRow row;
  int64_t place = 0;   // of its partition in row order
  int64_t number = 0;  // as they came
};

// Rank order; between equal ones row order decides, in tables the order of the columns.
struct Before {
  std::vector<ResolvedKey> by;
  std::vector<ResolvedKey> then;
  const FlowType* columns = nullptr;  // of a table
  bool last = false;                  // of equal ones the last comes first

  int Compare(const Placed& a, const Placed& b) const {
    int order = CompareRank(by, a.row.get(), b.row.get());
    if (order != 0) return order;
    order = CompareRank(then, a.row.get(), b.row.get());
    if (order == 0 && columns != nullptr) {
      order = flow_value_compare(columns, a.row.get(), b.row.get());
    } else if (order == 0) {
      order = a.place != b.place ? (a.place < b.place ? -1 : 1)
                                 : (a.number < b.number ? -1 : a.number > b.number);
    }
    return last ? -order : order;
  }
  bool operator()(const Placed& a, const Placed& b) const { return Compare(a, b) < 0; }
};
using Rows = std::multiset<Placed, Before>;

struct Group {
  explicit Group(HeldRow row, const Before& before) : shown(std::move(row)), rows(before) {}
  HeldRow shown;  // a row that has the key
  Rows rows;
  std::vector<HeldRow> sent;
  bool touched = false;
};

struct Window {
  std::unordered_map<uint64_t, std::vector<std::unique_ptr<Group>>> by_hash;
  std::vector<Group*> touched;
  bool passed = false;  // W has reached its end
};

class TableTop final : public Operator {
 public:
  TableTop(const TableTopPlan& plan, OperatorContext context)
      : plan_(plan),
        context_(std::move(context)),
        row_type_(context_.program->FindType(plan.input.row_type_symbol)),
        result_(context_.program->FindType(plan.result_type_symbol)),
        sent_(context_.program->FindType(plan.emit.sent_type_symbol)),
        per_(Resolve(*context_.program, plan.per)),
        identity_(Resolve(*context_.program, plan.identity)),
        count_(plan.count == kNoConst ? 1
                                      : static_cast<size_t>(std::max<int64_t>(
                                            context_.program->Int(plan.count).value_or(0), 0))),
        table_(plan.input.change_offset >= 0),
        late_for_(context_.program->Int(plan.emit.late).value_or(0)) {
    before_.by = Resolve(*context_.program, plan.by);
    before_.then = Resolve(*context_.program, plan.then);
    before_.last = plan.last;
    if (table_) before_.columns = context_.program->FindType(plan.columns_type_symbol);
    if (plan.emit.updating()) changes_.emplace(plan.emit, result_, context_);
    if (plan.emit.kind == EmitKind::kEvery) {
      clock_.Start(context_.program->Int(plan.emit.every).value_or(1));
    }
    scratch_.resize(static_cast<size_t>(sent_->size));
  }

  void OnBatch(const FlowRows& rows, const Batch& batch) override {
    int64_t late = 0;
    for (int64_t i = 0; i < rows.count && !context_.stopped() && count_ > 0; ++i) {
      const void* row = rows.rows[i];
      int64_t change = table_ ? WindowEndOf(row, plan_.input.change_offset) : 1;
      int64_t end = INT64_MAX;
      if (plan_.window_end_offset >= 0) {
        end = WindowEndOf(row, plan_.window_end_offset);
        if (LastOf(end) <= batch.watermark) {
          late += change > 0;
          continue;
        }
      }
      Window& window = windows_[end];
      Placed placed{HeldRow(context_.budget, row_type_, row), batch.rank, arrived_++};
      Group& group = Find(window, placed.row);
      if (change > 0) {
        Add(group, std::move(placed));
      } else {
        auto found = group.rows.find(placed);
        FLOW_CHECK(found != group.rows.end(), "a row is taken back that is not there");
        group.rows.erase(found);
      }
      if (group.touched) continue;
      group.touched = true;
      window.touched.push_back(&group);
    }
    if (late > 0) context_.count_late(late);
    if (!changes_) return;
    for (auto& [end, window] : windows_) {
      if (plan_.emit.kind == EmitKind::kChange || window.passed) SendTouched(window);
    }
  }
  void OnWatermark(int64_t watermark) override {
    if (plan_.window_end_offset < 0) return;
    for (auto& [end, window] : windows_) {
      if (end > watermark) break;
      if (!changes_ || window.passed) continue;
      window.passed = true;
      if (late_for_ > 0) SendTouched(window);
    }
    while (!windows_.empty() && LastOf(windows_.begin()->first) <= watermark) Close();
  }
  // Rows of the whole stream are sent without a time of their own.
  void OnClock(int64_t now) override {
    if (!clock_.Strikes(now)) return;
    for (auto& [end, window] : windows_) SendTouched(window);
  }
  int64_t NextClock() const override { return clock_.next(); }
  void OnEnd() override {
    while (!windows_.empty()) Close();
  }
  bool done() const override { return count_ == 0; }
  Backlog backlog() const override {
    Backlog out;
    for (const auto& [end, window] : windows_) {
      for (const auto& [hash, list] : window.by_hash) {
        for (const auto& group : list) out.count += static_cast<int64_t>(group->rows.size());
      }
    }
    if (plan_.window_end_offset >= 0 && !windows_.empty()) out.watermark = windows_.begin()->first;
    return out;
  }

 private:
  int64_t LastOf(int64_t end) const {
    return end > INT64_MAX - late_for_ ? INT64_MAX : end + late_for_;
  }
  Group& Find(Window& window, const HeldRow& row) {
    std::vector<std::unique_ptr<Group>>& list = window.by_hash[HashKey(per_, row.get())];
    for (const std::unique_ptr<Group>& group : list) {
      if (SameKey(per_, group->shown.get(), row.get())) return *group;
    }
    list.push_back(std::make_unique<Group>(row, before_));
    return *list.back();
  }

  void Add(Group& group, Placed row) {
    Rows& rows = group.rows;
    rows.insert(std::move(row));
    if (table_ || rows.size() <= count_) return;
    auto last = std::prev(rows.end());
    if (!plan_.ties) {
      rows.erase(last);
      return;
    }
    // With ties all that are equal to the N-th by rank stay; what stands behind them goes.
    auto nth = rows.begin();
    std::advance(nth, static_cast<std::ptrdiff_t>(count_ - 1));
    while (CompareRank(before_.by, nth->row.get(), std::prev(rows.end())->row.get()) != 0) {
      rows.erase(std::prev(rows.end()));
    }
  }

  // Hands the first N rows, with their ranks, to `take`.
  template <class TakeT>
  void ForEachRanked(Group& group, TakeT take) {
    size_t at = 0;
    int64_t rank = 0;
    const Placed* previous = nullptr;
    for (const Placed& placed : group.rows) {
      bool tied = plan_.ties && previous != nullptr &&
                  CompareRank(before_.by, previous->row.get(), placed.row.get()) == 0;
      if (at >= count_ && !tied) return;
      ++at;
      if (!tied) rank = static_cast<int64_t>(at);
      previous = &placed;
      take(placed, rank);
    }
  }

  void SendTouched(Window& window) {
    std::vector<Group*> empty;
    for (Group* group : window.touched) {
      if (context_.stopped()) return;
      SendGroup(*group);
      group->touched = false;
      if (group->rows.empty()) empty.push_back(group);
    }
    changes_->Flush();
    window.touched.clear();
    for (Group* group : empty) {
      auto found = window.by_hash.find(HashKey(per_, group->shown.get()));
      auto& list = found->second;
      list.erase(std::find_if(list.begin(), list.end(),
                              [&](const auto& other) { return other.get() == group; }));
      if (list.empty()) window.by_hash.erase(found);
    }
  }

  void SendGroup(Group& group) {
    std::vector<HeldRow> now;
    ForEachRanked(group, [&](const Placed& placed, int64_t rank) {
      std::memset(scratch_.data(), 0, scratch_.size());
      std::memcpy(scratch_.data(), placed.row.get(), static_cast<size_t>(result_->size));
      if (plan_.rank_offset >= 0) std::memcpy(scratch_.data() + plan_.rank_offset, &rank, 8);
      now.emplace_back(context_.budget, sent_, scratch_.data());
    });
    if (plan_.by_place) {
      group.sent.resize(std::max(now.size(), group.sent.size()));
      for (size_t i = 0; i < group.sent.size(); ++i) {
        changes_->Replace(&group.sent[i], i < now.size() ? now[i].get() : nullptr);
      }
      group.sent.resize(now.size());
      return;
    }
    SendDifference(group, std::move(now));
  }

  // Rows that went, rows that came, and rows that changed under their key.
  void SendDifference(Group& group, std::vector<HeldRow> now) {
    auto order = [&](const HeldRow& a, const HeldRow& b) {
      if (int by_key = CompareRank(identity_, a.get(), b.get()); by_key != 0) return by_key < 0;
      return flow_value_compare(result_, a.get(), b.get()) < 0;
    };
    std::sort(now.begin(), now.end(), order);
    std::vector<HeldRow>& sent = group.sent;  // is sorted
    std::vector<HeldRow> kept;
    std::vector<HeldRow> come;
    size_t s = 0;
    for (HeldRow& row : now) {
      while (s < sent.size() && Stands(sent[s], row) < 0) changes_->Replace(&sent[s++], nullptr);
      if (s < sent.size() && Stands(sent[s], row) == 0) {
        changes_->Replace(&sent[s], row.get());  // nothing, where it is the same
        kept.push_back(std::move(sent[s++]));
      } else {
        come.push_back(std::move(row));
      }
    }
    while (s < sent.size()) changes_->Replace(&sent[s++], nullptr);
    for (HeldRow& row : come) {
      kept.emplace_back();
      changes_->Replace(&kept.back(), row.get());
    }
    std::sort(kept.begin(), kept.end(), order);
    sent = std::move(kept);
  }
  // Of two rows: whether one stands for the other, by their key or as a whole.
  int Stands(const HeldRow& a, const HeldRow& b) const {
    if (!identity_.empty()) return CompareRank(identity_, a.get(), b.get());
    return flow_value_compare(result_, a.get(), b.get());
  }

  void Close() {
    auto node = windows_.extract(windows_.begin());
    Window& window = node.mapped();
    if (changes_) return SendTouched(window);
    std::vector<Group*> groups;
    for (auto& [hash, list] : window.by_hash) {
      for (auto& group : list) {
        if (!group->rows.empty()) groups.push_back(group.get());
      }
    }
    std::sort(groups.begin(), groups.end(), [this](const Group* a, const Group* b) {
      return CompareRank(per_, a->shown.get(), b->shown.get()) < 0;
    });
    std::vector<const void*> out;
    for (Group* group : groups) {
      ForEachRanked(*group, [&](const Placed& placed, int64_t rank) {
        HeldRow row = placed.row;
        auto* memory = static_cast<char*>(row.mutable_row());
        if (plan_.rank_offset >= 0) std::memcpy(memory + plan_.rank_offset, &rank, 8);
        out.push_back(row.get());
      });
    }
    EmitAll(context_, out.data(), static_cast<int64_t>(out.size()));
  }

  const TableTopPlan& plan_;
  OperatorContext context_;
  const FlowType* row_type_;  // of the collected row
  const FlowType* result_;    // of the columns it begins with
  const FlowType* sent_;
  std::vector<ResolvedKey> per_;
  std::vector<ResolvedKey> identity_;
  size_t count_;
  bool table_;
  int64_t late_for_;
  Before before_;
  std::optional<ChangeSender> changes_;
  EmitClock clock_;
  std::vector<char> scratch_;
  int64_t arrived_ = 0;
  std::map<int64_t, Window> windows_;  // by window_end; INT64_MAX when not windowed
};

}  // namespace

std::unique_ptr<Operator> MakeTableTop(const TableTopPlan& plan, OperatorContext context) {
  return std::make_unique<TableTop>(plan, std::move(context));
}

}  // namespace flow::runtime
