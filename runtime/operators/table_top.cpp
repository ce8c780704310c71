// top and dedup over rows that are rewritten, or whose results are sent before they are final: each
// group keeps its rows in rank order, and what stands among the first N is held against what was
// sent. Rows that only come are kept up to the N-th; of those that may go again all are.

#include <algorithm>
#include <set>

#include "base/check.h"
#include "runtime/operators/table.h"
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
  explicit Group(HeldRow row) : shown(std::move(row)) {}
  HeldRow shown;  // a row that has the key
  std::optional<Rows> rows;
  std::vector<HeldRow> sent;
  bool touched = false;
};

class TableTop final : public TableOperator<Group> {
 public:
  TableTop(const TableTopPlan& plan, OperatorContext context)
      : TableOperator(plan.input, plan.emit, plan.window_end_offset, plan.per,
                      plan.result_type_symbol, std::move(context)),
        plan_(plan),
        identity_(Resolve(*context_.program, plan.identity)),
        count_(plan.count == kNoConst ? 1
                                      : static_cast<size_t>(std::max<int64_t>(
                                            context_.program->Int(plan.count).value_or(0), 0))),
        table_(plan.input.change_offset >= 0) {
    before_.by = Resolve(*context_.program, plan.by);
    before_.then = Resolve(*context_.program, plan.then);
    before_.last = plan.last;
    if (table_) before_.columns = context_.program->FindType(plan.columns_type_symbol);
    scratch_.resize(static_cast<size_t>(sent_->size));
  }

  void OnBatch(const FlowRows& rows, const Batch& batch) override {
    for (int64_t i = 0; i < rows.count && !context_.stopped() && count_ > 0; ++i) {
      const void* row = rows.rows[i];
      int64_t change = table_ ? WindowEndOf(row, plan_.input.change_offset) : 1;
      Groups* window = WindowOf(row, batch);
      if (window == nullptr) continue;
      Placed placed{HeldRow(context_.budget, row_type_, row), batch.rank, arrived_++};
      Group& group = Find(*window, placed.row);
      if (!group.rows) group.rows.emplace(before_);
      if (change > 0) {
        Add(group, std::move(placed));
      } else {
        auto found = group.rows->find(placed);
        FLOW_CHECK(found != group.rows->end(), "a row is taken back that is not there");
        group.rows->erase(found);
      }
      Touch(*window, group);
    }
    SendAtOnce();
  }
  bool done() const override { return count_ == 0; }
  Backlog backlog() const override {
    int64_t rows = 0;
    for (const auto& [end, window] : windows_) {
      for (const auto& [hash, list] : window.by_hash) {
        for (const auto& group : list) rows += static_cast<int64_t>(group->rows->size());
      }
    }
    return BacklogOf(rows);
  }

 private:
  void Add(Group& group, Placed row) {
    Rows& rows = *group.rows;
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
    for (const Placed& placed : *group.rows) {
      bool tied = plan_.ties && previous != nullptr &&
                  CompareRank(before_.by, previous->row.get(), placed.row.get()) == 0;
      if (at >= count_ && !tied) return;
      ++at;
      if (!tied) rank = static_cast<int64_t>(at);
      previous = &placed;
      take(placed, rank);
    }
  }

  void SendTouched(Groups& window, bool final) override {
    std::vector<Group*> empty;
    for (Group* group : window.touched) {
      if (context_.stopped()) return;
      SendGroup(*group, final);
      group->touched = false;
      if (group->rows->empty()) empty.push_back(group);
    }
    changes_->Flush();
    window.touched.clear();
    for (Group* group : empty) Forget(window, group);
  }

  void SendGroup(Group& group, bool final) {
    std::vector<HeldRow> now;
    ForEachRanked(group, [&](const Placed& placed, int64_t rank) {
      std::memset(scratch_.data(), 0, scratch_.size());
      std::memcpy(scratch_.data(), placed.row.get(), static_cast<size_t>(result_->size));
      if (plan_.rank_offset >= 0) std::memcpy(scratch_.data() + plan_.rank_offset, &rank, 8);
      if (emit_.final_offset >= 0) scratch_[static_cast<size_t>(emit_.final_offset)] = final;
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

  void Close(Groups& window) override {
    if (changes_) {
      // Rows that say whether they are final are all sent once more.
      if (emit_.final_offset >= 0) window.touched = AllOf(window);
      return SendTouched(window, true);
    }
    std::vector<Group*> groups = AllOf(window);
    std::erase_if(groups, [](const Group* group) { return group->rows->empty(); });
    std::sort(groups.begin(), groups.end(), [this](const Group* a, const Group* b) {
      return CompareRank(key_, a->shown.get(), b->shown.get()) < 0;
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
  std::vector<ResolvedKey> identity_;
  size_t count_;
  bool table_;
  Before before_;
  std::vector<char> scratch_;
  int64_t arrived_ = 0;
};

}  // namespace

std::unique_ptr<Operator> MakeTableTop(const TableTopPlan& plan, OperatorContext context) {
  return std::make_unique<TableTop>(plan, std::move(context));
}

}  // namespace flow::runtime
