// top N by e [per k] [with ties]: the N first rows by rank, of the whole stream or of each window.
// Kept rows are copies. A group is a list in rank order, cut back to N whenever it has doubled, so
// a row costs a comparison with the last that can still matter, and rarely more.

#include <algorithm>
#include <map>
#include <unordered_map>

#include "runtime/operator.h"
#include "runtime/operators/sort_key.h"

namespace flow::runtime {
namespace {

constexpr int64_t kGarbageBytes = 1 << 20;  // of replaced rows, before an arena is cleaned up

class TopOperator final : public Operator {
 public:
  TopOperator(const TopPlan& plan, OperatorContext context) : context_(std::move(context)) {
    const Program& program = *context_.program;
    type_ = program.FindType(plan.row_type_symbol);
    by_ = {Resolve(program, plan.by)};
    order_ = Resolve(program, plan.then);
    order_.insert(order_.begin(), by_[0]);
    per_ = Resolve(program, plan.per);
    ties_ = plan.ties;
    rank_offset_ = plan.rank_offset;
    window_end_offset_ = plan.window_end_offset;
    count_ = static_cast<size_t>(std::max<int64_t>(program.Int(plan.count).value_or(0), 0));
  }

  void OnBatch(const FlowRows& rows, const Batch& batch) override {
    for (int64_t i = 0; i < rows.count; ++i) {
      const void* row = rows.rows[i];
      int64_t end = INT64_MAX;
      if (window_end_offset_ >= 0) {
        end = WindowEndOf(row, window_end_offset_);
        if (end <= batch.watermark) continue;
      }
      Window& window = windows_.try_emplace(end, context_.budget).first->second;
      Keep(window, row, batch.rank);
    }
  }
  void OnWatermark(int64_t watermark) override {
    if (window_end_offset_ < 0) return;
    while (!windows_.empty() && windows_.begin()->first <= watermark) Close();
  }
  Backlog backlog() const override {
    Backlog out;
    for (const auto& [end, window] : windows_) {
      for (const Group& group : window.groups) out.count += static_cast<int64_t>(group.rows.size());
    }
    if (!windows_.empty()) out.watermark = windows_.begin()->first;
    return out;
  }
  void OnEnd() override {
    while (!windows_.empty()) Close();
  }
  bool done() const override { return count_ == 0; }

  // The N best rows of a unit are enough, when there is one group and one window.
  void ReduceUnit(FlowRows* rows) const override {
    if (!per_.empty() || window_end_offset_ >= 0 || ties_ || count_ == 0) return;
    size_t size = static_cast<size_t>(rows->count);
    if (size <= count_ * 2) return;
    std::vector<size_t> order(size);
    for (size_t i = 0; i < size; ++i) order[i] = i;
    auto before = [&](size_t a, size_t b) {
      int rank = CompareRank(order_, rows->rows[a], rows->rows[b]);
      return rank != 0 ? rank < 0 : a < b;
    };
    std::nth_element(order.begin(), order.begin() + static_cast<int64_t>(count_) - 1, order.end(),
                     before);
    order.resize(count_);
    std::sort(order.begin(), order.end());
    for (size_t i = 0; i < count_; ++i) rows->rows[i] = rows->rows[order[i]];
    rows->count = static_cast<int64_t>(count_);
  }

 private:
  // Rows in the order of their coming; `worst` ranks last of the N that are sure to stay.
  struct Group {
    std::vector<PlacedRow> rows;
    PlacedRow worst{};
    size_t next_cut = 0;  // rows at which it is cut back
  };
  struct Window {
    explicit Window(MemoryBudget* budget) : arena(budget) {}
    Arena arena;
    int64_t used_after_cleaning = 0;
    std::vector<Group> groups;
    std::unordered_map<uint64_t, std::vector<size_t>> by_hash;
  };

  Group& Find(Window& window, const void* row) {
    if (per_.empty()) {
      if (window.groups.empty()) window.groups.emplace_back();
      return window.groups.front();
    }
    std::vector<size_t>& found = window.by_hash[HashKey(per_, row)];
    for (size_t index : found) {
      if (SameKey(per_, window.groups[index].rows.front().row, row)) return window.groups[index];
    }
    found.push_back(window.groups.size());
    return window.groups.emplace_back();
  }

  void Keep(Window& window, const void* row, int64_t place) {
    if (count_ == 0) return;
    Group& group = Find(window, row);
    if (group.worst.row != nullptr) {
      // With ties a row equal by its key alone stays; without, the later of two goes.
      int rank = CompareRank(ties_ ? by_ : order_, row, group.worst.row);
      if (rank > 0 || (rank == 0 && !ties_ && place >= group.worst.place)) return;
    }
    void* copy = window.arena.Allocate(type_->size, type_->align);
    flow_value_copy(window.arena.get(), type_, copy, row);
    group.rows.push_back({copy, place});
    if (group.rows.size() >= std::max(group.next_cut, count_)) Cut(group);
    int64_t used = window.arena.allocated_bytes();
    if (used > window.used_after_cleaning * 4 + kGarbageBytes) Clean(window);
  }

  // Sorts a group by rank, ties by their coming, and drops what cannot be among the N.
  void Cut(Group& group) const {
    SortByRank(order_, &group.rows);
    if (group.rows.size() < count_) return;
    group.worst = group.rows[count_ - 1];
    size_t kept = count_;
    while (ties_ && kept < group.rows.size() &&
           CompareRank(by_, group.rows[kept].row, group.worst.row) == 0) {
      ++kept;
    }
    group.rows.resize(kept);
    group.next_cut = kept * 2 + 16;
  }

  void Clean(Window& window) const {
    Arena arena(context_.budget);
    for (Group& group : window.groups) {
      Cut(group);
      for (PlacedRow& row : group.rows) {
        void* copy = arena.Allocate(type_->size, type_->align);
        flow_value_copy(arena.get(), type_, copy, row.row);
        row.row = copy;
      }
      group.worst = group.rows.size() >= count_ ? group.rows[count_ - 1] : PlacedRow{};
    }
    window.arena = std::move(arena);
    window.used_after_cleaning = window.arena.allocated_bytes();
  }

  void Close() {
    auto node = windows_.extract(windows_.begin());
    std::vector<Group>& groups = node.mapped().groups;
    std::sort(groups.begin(), groups.end(), [this](const Group& a, const Group& b) {
      return CompareRank(per_, a.rows.front().row, b.rows.front().row) < 0;
    });
    std::vector<const void*> out;
    for (Group& group : groups) {
      Cut(group);
      Number(group);
      for (const PlacedRow& row : group.rows) out.push_back(row.row);
    }
    EmitAll(context_, out.data(), static_cast<int64_t>(out.size()));
  }

  // rank(): 1, 2, 3; with ties 1, 1, 3.
  void Number(Group& group) const {
    if (rank_offset_ < 0) return;
    int64_t rank = 0;
    for (size_t i = 0; i < group.rows.size(); ++i) {
      bool tied = ties_ && i > 0 && CompareRank(by_, group.rows[i - 1].row, group.rows[i].row) == 0;
      if (!tied) rank = static_cast<int64_t>(i) + 1;
      std::memcpy(static_cast<char*>(group.rows[i].row) + rank_offset_, &rank, 8);
    }
  }

  OperatorContext context_;
  const FlowType* type_ = nullptr;
  std::vector<ResolvedKey> by_;     // one
  std::vector<ResolvedKey> order_;  // it, and what decides between equal ones
  std::vector<ResolvedKey> per_;
  size_t count_ = 0;
  bool ties_ = false;
  int64_t rank_offset_ = -1;
  int64_t window_end_offset_ = -1;
  std::map<int64_t, Window> windows_;  // by window_end
};

}  // namespace

std::unique_ptr<Operator> MakeTop(const TopPlan& plan, OperatorContext context) {
  return std::make_unique<TopOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
