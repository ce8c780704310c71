// aggregate over rows that are rewritten: each group keeps its current rows in a balanced tree (a
// treap: R. Seidel and C. Aragon, "Randomized search trees", Algorithmica 16, 1996) whose nodes
// hold the folded state of the rows below them. A row that comes or goes makes the states on its
// way to the root stale; they are folded anew when the group is sent. So no state ever needs a row
// taken out of it, a change costs O(log n) merges, and several changes between two results share
// them. Rows stand in the order of their columns, so that results do not depend on the way there.

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "runtime/operators/table.h"
#include "runtime/value.h"

namespace flow::runtime {
namespace {

constexpr int64_t kGarbageBytes = 1 << 20;  // of states that are gone, before they are cleaned up

struct Node {
  HeldRow row;
  uint64_t priority = 0;
  std::unique_ptr<Node> left;
  std::unique_ptr<Node> right;
  void* state = nullptr;  // of all rows of the subtree
  bool fresh = false;     // it is up to date
};
using Tree = std::unique_ptr<Node>;

struct Group {
  Group() = default;
  explicit Group(HeldRow row) : shown(std::move(row)) {}
  HeldRow shown;  // a row that has the key; none: the group of all rows, before the first
  Tree rows;
  HeldRow sent;
  bool touched = false;
};

class TableAggregate final : public TableOperator<Group> {
 public:
  TableAggregate(const TableAggregatePlan& plan, OperatorContext context)
      : TableOperator(plan.input, plan.emit, plan.window_end_offset, plan.key,
                      plan.result_type_symbol, std::move(context)),
        plan_(plan),
        columns_(context_.program->FindType(plan.columns_type_symbol)),
        states_(context_.budget) {
    const SymbolResolver& symbols = *context_.program->symbols;
    init_ = reinterpret_cast<FlowEntryInitFn>(symbols.Find(plan.init_symbol));
    update_ = reinterpret_cast<FlowMergeFn>(symbols.Find(plan.update_symbol));
    merge_ = reinterpret_cast<FlowMergeFn>(symbols.Find(plan.merge_symbol));
    final_ = reinterpret_cast<FlowFinalFn>(symbols.Find(plan.final_symbol));
  }

  void OnBatch(const FlowRows& rows, const Batch& batch) override {
    for (int64_t i = 0; i < rows.count && !context_.stopped(); ++i) {
      const void* row = rows.rows[i];
      int64_t change = WindowEndOf(row, plan_.input.change_offset);
      Groups* groups = WindowOf(row, batch);
      if (groups == nullptr) continue;
      HeldRow held(context_.budget, row_type_, row);
      Group& group = Find(*groups, held);
      if (change > 0) {
        Insert(group.rows, std::make_unique<Node>(Node{std::move(held), Random(), {}, {}}));
        ++kept_;
      } else {
        FLOW_CHECK(Erase(group.rows, row), "a row is taken back that is not there");
        --kept_;
      }
      Touch(*groups, group);
    }
    SendAtOnce();
  }

  void OnEnd() override {
    if (plan_.always_one_row) {
      Groups& groups = windows_[INT64_MAX];
      if (groups.by_hash.empty()) {
        groups.by_hash[0].push_back(std::make_unique<Group>());
        groups.touched.push_back(groups.by_hash[0].back().get());
      }
    }
    TableOperator::OnEnd();
  }
  Backlog backlog() const override { return BacklogOf(kept_); }

 private:
  // xorshift64 (G. Marsaglia, 2003): trees get their shape from it, results do not.
  uint64_t Random() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_;
  }

  int Compare(const void* a, const void* b) const { return flow_value_compare(columns_, a, b); }

  void Insert(Tree& at, Tree added) {
    if (at == nullptr) {
      at = std::move(added);
      return;
    }
    at->fresh = false;
    bool before = Compare(added->row.get(), at->row.get()) < 0;
    Tree& child = before ? at->left : at->right;
    Insert(child, std::move(added));
    if (child->priority <= at->priority) return;
    // The child goes up, its inner subtree goes over.
    Tree up = std::move(child);
    Tree& inner = before ? up->right : up->left;
    child = std::move(inner);
    up->fresh = false;
    inner = std::move(at);
    at = std::move(up);
  }
  bool Erase(Tree& at, const void* row) {
    if (at == nullptr) return false;
    int order = Compare(row, at->row.get());
    if (order == 0) {
      if (at->state != nullptr) unused_.push_back(at->state);
      at = Joined(std::move(at->left), std::move(at->right));
      return true;
    }
    at->fresh = false;
    return Erase(order < 0 ? at->left : at->right, row);
  }
  // All rows of `a` stand before those of `b`.
  static Tree Joined(Tree a, Tree b) {
    if (a == nullptr) return b;
    if (b == nullptr) return a;
    bool a_stays = a->priority > b->priority;
    Tree& top = a_stays ? a : b;
    top->fresh = false;
    if (a_stays) {
      a->right = Joined(std::move(a->right), std::move(b));
    } else {
      b->left = Joined(std::move(a), std::move(b->left));
    }
    return std::move(top);
  }

  void* Fresh(Node& node) {
    if (node.fresh) return node.state;
    FlowArena* arena = states_.get();
    if (node.state == nullptr) node.state = NewState();
    init_(arena, node.state);
    if (node.left != nullptr) merge_(arena, node.state, Fresh(*node.left));
    update_(arena, node.state, node.row.get());
    if (node.right != nullptr) merge_(arena, node.state, Fresh(*node.right));
    node.fresh = true;
    return node.state;
  }
  void* NewState() {
    if (unused_.empty()) return states_.Allocate(std::max<int64_t>(plan_.entry_size, 1), 16);
    void* state = unused_.back();
    unused_.pop_back();
    return state;
  }

  // Null when the group has no rows and none is asked for.
  void* StateOf(Group& group) {
    if (group.rows == nullptr) {
      if (!plan_.always_one_row) return nullptr;
      void* state = NewState();
      unused_.push_back(state);
      init_(states_.get(), state);
      return state;
    }
    void* state = Fresh(*group.rows);
    for (const MovePlan& move : plan_.key_moves) {
      std::memcpy(static_cast<char*>(state) + move.to,
                  static_cast<const char*>(group.shown.get()) + move.from, move.size);
    }
    return state;
  }

  // The row of a group, in `memory`; false when it has none.
  bool ResultOf(Group& group, FlowTask* task, char* memory) {
    void* state = StateOf(group);
    return state != nullptr && final_(task, state, memory);
  }

  void SendTouched(Groups& groups, bool final) override {
    Arena memory(context_.budget);
    std::vector<Group*> empty;
    for (Group* group : groups.touched) {
      if (context_.stopped()) return;
      memory.Reset();
      auto* row =
          static_cast<char*>(memory.Allocate(sent_->size, std::max<int64_t>(sent_->align, 1)));
      std::memset(row, 0, static_cast<size_t>(sent_->size));
      FlowTask* task = context_.begin_task();
      bool there = ResultOf(*group, task, row);
      if (plan_.emit.final_offset >= 0) row[plan_.emit.final_offset] = final ? 1 : 0;
      changes_->Replace(&group->sent, there ? row : nullptr);
      context_.end_task();
      group->touched = false;
      if (group->rows == nullptr && !group->sent && group->shown) empty.push_back(group);
    }
    changes_->Flush();
    groups.touched.clear();
    for (Group* group : empty) Forget(groups, group);
    CleanUp();
  }
  void Close(Groups& groups) override {
    std::vector<Group*> all = AllOf(groups);
    std::sort(all.begin(), all.end(), [&](const Group* a, const Group* b) {
      if (!a->shown || !b->shown) return false;
      for (const ResolvedKey& key : key_) {
        const char* x = static_cast<const char*>(a->shown.get()) + key.offset;
        const char* y = static_cast<const char*>(b->shown.get()) + key.offset;
        if (int order = flow_value_compare(key.type, x, y); order != 0) return order < 0;
      }
      return false;
    });
    if (changes_) {
      // Rows that say whether they are final are all sent once more.
      if (plan_.emit.final_offset >= 0) groups.touched = std::move(all);
      SendTouched(groups, true);
    } else {
      SendOnce(all);
    }
    for (auto& [hash, list] : groups.by_hash) {
      for (auto& group : list) Discard(std::move(group->rows));
    }
    CleanUp();
  }
  void SendOnce(const std::vector<Group*>& groups) {
    std::vector<const void*> rows;
    Arena memory(context_.budget);
    for (size_t next = 0; next < groups.size() && !context_.stopped();) {
      rows.clear();
      memory.Reset();
      size_t stop = std::min(groups.size(), next + static_cast<size_t>(context_.batch_rows));
      FlowTask* task = context_.begin_task();
      for (; next < stop; ++next) {
        void* row = memory.Allocate(sent_->size, std::max<int64_t>(sent_->align, 1));
        if (ResultOf(*groups[next], task, static_cast<char*>(row))) rows.push_back(row);
      }
      context_.emit(rows.data(), static_cast<int64_t>(rows.size()));
      context_.end_task();
    }
  }
  void Discard(Tree tree) {
    if (tree == nullptr) return;
    --kept_;
    if (tree->state != nullptr) unused_.push_back(tree->state);
    Discard(std::move(tree->left));
    Discard(std::move(tree->right));
  }

  // States that own memory leave some behind when they are folded anew: once that is most of it,
  // all are dropped, and folded when they are next asked for.
  void CleanUp() {
    if (states_.allocated_bytes() <= used_after_cleaning_ * 4 + kGarbageBytes) return;
    unused_.clear();
    states_ = Arena(context_.budget);
    for (auto& [end, groups] : windows_) {
      for (auto& [hash, list] : groups.by_hash) {
        for (auto& group : list) Drop(group->rows.get());
      }
    }
    for (auto& [end, groups] : windows_) {
      for (auto& [hash, list] : groups.by_hash) {
        for (auto& group : list) {
          if (group->rows != nullptr) Fresh(*group->rows);
        }
      }
    }
    used_after_cleaning_ = states_.allocated_bytes();
  }
  static void Drop(Node* node) {
    if (node == nullptr) return;
    node->state = nullptr;
    node->fresh = false;
    Drop(node->left.get());
    Drop(node->right.get());
  }

  const TableAggregatePlan& plan_;
  const FlowType* columns_;  // of the beginning of a row, by which rows are told apart
  FlowEntryInitFn init_ = nullptr;
  FlowMergeFn update_ = nullptr;  // with a collected row
  FlowMergeFn merge_ = nullptr;
  FlowFinalFn final_ = nullptr;
  Arena states_;
  std::vector<void*> unused_;  // states of rows that are gone
  int64_t used_after_cleaning_ = 0;
  int64_t kept_ = 0;
  uint64_t random_ = 0x2545f4914f6cdd1d;
};

}  // namespace

std::unique_ptr<Operator> MakeTableAggregate(const TableAggregatePlan& plan,
                                             OperatorContext context) {
  return std::make_unique<TableAggregate>(plan, std::move(context));
}

}  // namespace flow::runtime
