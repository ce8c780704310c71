// Joins of rows that are rewritten, or whose results are sent before they are final: without bound
// in time, or within the same window. Both sides are kept by key, each row with the number of its
// matches, so that a change of either side gives the changes of the result (semantics.md 57).

#include <algorithm>

#include "base/check.h"
#include "runtime/operators/join_rows.h"
#include "runtime/operators/net_changes.h"
#include "runtime/operators/table.h"
#include "runtime/value.h"

namespace flow::runtime {
namespace {

// Event time of results: they have none, or that of their window.
constexpr int64_t kUntimed = INT64_MIN;

struct State;
using Entry = JoinStates<State>::Entry;

struct Kept {
  HeldRow row;
  int64_t matches = 0;
  Entry* entry = nullptr;  // of its key; null: a key with none in it
  Kept* previous = nullptr;
  Kept* next = nullptr;
};

// The rows of one key on one side.
class Side {
 public:
  Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;
  ~Side() {
    while (first_ != nullptr) delete std::exchange(first_, first_->next);
  }
  Kept* first() const { return first_; }
  void Add(std::unique_ptr<Kept> kept) {
    kept->previous = last_;
    Kept* added = kept.release();
    (last_ == nullptr ? first_ : last_->next) = added;
    last_ = added;
  }
  std::unique_ptr<Kept> Remove(Kept* kept) {
    (kept->previous == nullptr ? first_ : kept->previous->next) = kept->next;
    (kept->next == nullptr ? last_ : kept->next->previous) = kept->previous;
    return std::unique_ptr<Kept>(kept);
  }

 private:
  Kept* first_ = nullptr;
  Kept* last_ = nullptr;
};

struct State {
  Side sides[2];
  bool empty() const { return sides[0].first() == nullptr && sides[1].first() == nullptr; }
};

struct Window {
  Window(const JoinKeys& keys, const FlowType* left, const FlowType* right)
      : states(keys), held{NetChanges(left), NetChanges(right)} {}
  JoinStates<State> states;
  std::unordered_multimap<uint64_t, Kept*> by_row[2];  // of sides whose rows may go again
  NetChanges held[2];                                  // what has come since results were sent
  Side nones[2];  // rows with a key with none in it, where they are sent once more in the end
  int64_t rows = 0;
  bool passed = false;
};

class TableJoin final : public TableWindows<Window> {
 public:
  TableJoin(const TableJoinPlan& plan, OperatorContext context)
      : TableWindows(plan.emit, !plan.window_end_offsets.empty(), std::move(context)),
        plan_(plan),
        kind_(plan.kind),
        keys_(*context_.program, plan.left_key, plan.right_key),
        rows_(plan.row, plan.condition_symbol, context_) {
    const PortPlan* ports[] = {&plan.left, &plan.right};
    const std::string* columns[] = {&plan.left_columns_symbol, &plan.right_columns_symbol};
    for (int port : {0, 1}) {
      types_[port] = context_.program->FindType(ports[port]->row_type_symbol);
      columns_[port] = context_.program->FindType(*columns[port]);
      change_offsets_[port] = ports[port]->change_offset;
    }
  }

  void OnBatch(const FlowRows& rows, const Batch& batch) override {
    int port = batch.port;
    for (int64_t i = 0; i < rows.count && !context_.stopped(); ++i) {
      const void* row = rows.rows[i];
      int64_t change = ChangeOf(port, row);
      int64_t end = windowed_ ? ReadInt64(row, plan_.window_end_offsets[SizeOf(port)]) : INT64_MAX;
      Window* window = WindowAt(end, batch, keys_, OfTable(0), OfTable(1));
      if (window == nullptr) continue;
      HeldRow held(context_.budget, types_[port], row);
      RowChange what;
      (change > 0 ? what.now : what.old) = std::move(held);
      if (change == kFlowOld && i + 1 < rows.count) {
        const void* next = rows.rows[i + 1];
        if (ChangeOf(port, next) == kFlowNew) {
          what.now = HeldRow(context_.budget, types_[port], next);
          ++i;
        }
      }
      bool at_once = emit_.updating() && (emit_.kind == EmitKind::kChange || window->passed);
      if (at_once) {
        Apply(*window, port, std::move(what));
      } else {
        window->held[port].Add(std::move(what));
      }
    }
    rows_.End();
    rows_.Flush();
  }
  Backlog backlog() const override {
    int64_t rows = 0;
    for (const auto& [end, window] : windows_) {
      rows += window.rows + window.held[0].size() + window.held[1].size();
    }
    return BacklogOf(rows);
  }

 private:
  static size_t SizeOf(int port) { return static_cast<size_t>(port); }
  int64_t ChangeOf(int port, const void* row) const {
    return change_offsets_[port] < 0 ? kFlowInsert : ReadInt64(row, change_offsets_[port]);
  }
  const FlowType* OfTable(int port) const {
    return change_offsets_[port] < 0 ? nullptr : columns_[port];
  }

  void SendTouched(Window& window, bool) override {
    for (int port : {0, 1}) {
      for (RowChange& change : window.held[port].Take()) {
        if (context_.stopped()) return;
        Apply(window, port, std::move(change));
      }
    }
    rows_.End();
    rows_.Flush();
  }

  // What is left at the end is joined once.
  void Close(Window& window) override {
    if (emit_.updating()) {
      SendTouched(window, true);
      if (emit_.final_offset >= 0) SendFinal(window);
      return;
    }
    std::vector<HeldRow> held[2];
    std::vector<JoinedRow> sides[2];
    for (int port : {0, 1}) {
      for (RowChange& change : window.held[port].Take()) {
        FLOW_CHECK(!change.old, "a row is taken back that is not there");
        JoinedRow row;
        held[port].push_back(std::move(change.now));
        row.row = held[port].back().get();
        sides[port].push_back(row);
      }
      // Rows of a table stand in the order of their columns.
      std::sort(sides[port].begin(), sides[port].end(),
                [&](const JoinedRow& a, const JoinedRow& b) {
                  return flow_value_compare(columns_[port], a.row, b.row) < 0;
                });
    }
    JoinOnce(kind_, keys_, sides[0], sides[1], context_, &rows_);
  }

  // Rows that say whether they are final are all sent once more.
  void SendFinal(Window& window) {
    rows_.SayFinal();
    window.states.ForEach([&](State& state) {
      SendFinal(state.sides);
      for (Kept* left = state.sides[0].first(); Pairs() && left != nullptr; left = left->next) {
        for (Kept* right = state.sides[1].first(); right != nullptr; right = right->next) {
          if (context_.stopped()) return;
          const HeldRow* l = &left->row;
          const HeldRow* r = &right->row;
          if (Fits(0, *left, *right)) Send(l, r, l, r);
        }
      }
    });
    SendFinal(window.nones);
    rows_.End();
    rows_.Flush();
  }
  void SendFinal(const Side (&sides)[2]) {
    for (int port : {0, 1}) {
      for (Kept* kept = sides[port].first(); kept != nullptr; kept = kept->next) {
        if (Stands(port, kept->matches)) Alone(port, &kept->row, &kept->row);
      }
    }
  }

  // Whether a row with so many matches is a row of the result by itself.
  bool Stands(int port, int64_t matches) const {
    if (port == 1) return kind_ == JoinKind::kFull && matches == 0;
    if (kind_ == JoinKind::kInner) return false;
    return kind_ == JoinKind::kSemi ? matches > 0 : matches == 0;
  }
  bool Pairs() const { return kind_ != JoinKind::kSemi && kind_ != JoinKind::kAnti; }

  void Apply(Window& window, int port, RowChange change) {
    bool same = change.old && change.now &&
                flow_value_equal(columns_[port], change.old.get(), change.now.get());
    if (same) return;
    std::unique_ptr<Kept> was = change.old ? TakeOut(window, port, change.old) : nullptr;
    std::unique_ptr<Kept> is;
    if (change.now) {
      is = std::make_unique<Kept>();
      is->row = std::move(change.now);
      bool none = keys_.HasNone(port, is->row.get());
      if (!none) is->entry = &window.states.FindOrAdd(port, is->row);
    }
    if (was != nullptr && is != nullptr && was->entry == is->entry) {
      Match(port, was.get(), is.get());
    } else {
      Match(port, was.get(), nullptr);
      Match(port, nullptr, is.get());
    }
    bool stood = was != nullptr && Stands(port, was->matches);
    bool stands = is != nullptr && Stands(port, is->matches);
    Alone(port, stood ? &was->row : nullptr, stands ? &is->row : nullptr);
    if (was != nullptr) Drop(window, was->entry, is == nullptr ? nullptr : is->entry);
    if (is != nullptr && (is->entry != nullptr || KeepsNones())) PutIn(window, port, std::move(is));
  }

  bool KeepsNones() const { return emit_.final_offset >= 0; }
  static Side& SideOf(Window& window, int port, const Kept& kept) {
    return kept.entry == nullptr ? window.nones[port] : kept.entry->state.sides[port];
  }
  // Of a row without a key nothing may be kept: it is made anew.
  std::unique_ptr<Kept> TakeOut(Window& window, int port, HeldRow& row) {
    if (!KeepsNones() && keys_.HasNone(port, row.get())) {
      auto out = std::make_unique<Kept>();
      out->row = std::move(row);
      return out;
    }
    auto [at, end] = window.by_row[port].equal_range(flow_value_hash(columns_[port], row.get()));
    while (at != end && !flow_value_equal(columns_[port], at->second->row.get(), row.get())) ++at;
    FLOW_CHECK(at != end, "a row is taken back that is not there");
    Kept* kept = at->second;
    window.by_row[port].erase(at);
    --window.rows;
    return SideOf(window, port, *kept).Remove(kept);
  }
  void PutIn(Window& window, int port, std::unique_ptr<Kept> kept) {
    if (OfTable(port) != nullptr) {
      window.by_row[port].emplace(flow_value_hash(columns_[port], kept->row.get()), kept.get());
    }
    ++window.rows;
    Side& side = SideOf(window, port, *kept);
    side.Add(std::move(kept));
  }
  static void Drop(Window& window, Entry* entry, const Entry* needed) {
    if (entry != nullptr && entry != needed && entry->state.empty()) window.states.Erase(entry);
  }

  // What becomes of the pairs of a row, which changes from `was` to `is`, with the other side.
  void Match(int port, const Kept* was, Kept* is) {
    const Kept* one = was != nullptr ? was : is;
    if (one == nullptr || one->entry == nullptr) return;
    Kept* other = one->entry->state.sides[1 - port].first();
    for (; other != nullptr && !context_.stopped(); other = other->next) {
      bool before = was != nullptr && Fits(port, *was, *other);
      bool after = is != nullptr && Fits(port, *is, *other);
      if (after) ++is->matches;
      bool stood = Stands(1 - port, other->matches);
      other->matches += int64_t{after} - int64_t{before};
      bool stands = Stands(1 - port, other->matches);
      const HeldRow* row = &other->row;
      if (stood && !stands) Alone(1 - port, row, nullptr);
      if (Pairs()) {
        const HeldRow* old = before ? &was->row : nullptr;
        const HeldRow* now = after ? &is->row : nullptr;
        if (port == 0) {
          Send(old, old == nullptr ? nullptr : row, now, now == nullptr ? nullptr : row);
        } else {
          Send(old == nullptr ? nullptr : row, old, now == nullptr ? nullptr : row, now);
        }
      }
      if (!stood && stands) Alone(1 - port, nullptr, row);
    }
  }
  bool Fits(int port, const Kept& own, const Kept& other) {
    const Kept& left = port == 0 ? own : other;
    const Kept& right = port == 0 ? other : own;
    return rows_.Fits(left.row.get(), right.row.get(), kUntimed);
  }
  void Alone(int port, const HeldRow* old, const HeldRow* now) {
    if (port == 0) {
      Send(old, nullptr, now, nullptr);
    } else {
      Send(nullptr, old, nullptr, now);
    }
  }
  // Replaces a row of the result by another; either may be missing.
  void Send(const HeldRow* old_left, const HeldRow* old_right, const HeldRow* left,
            const HeldRow* right) {
    bool old = old_left != nullptr || old_right != nullptr;
    bool now = left != nullptr || right != nullptr;
    bool update = old && now && !plan_.bag;
    if (old) rows_.Add(old_left, old_right, kUntimed, {}, update ? kFlowOld : kFlowDelete);
    if (now) rows_.Add(left, right, kUntimed, {}, update ? kFlowNew : kFlowInsert);
  }

  const TableJoinPlan& plan_;
  JoinKind kind_;
  const FlowType* types_[2];    // of collected rows
  const FlowType* columns_[2];  // which they begin with
  int64_t change_offsets_[2];
  JoinKeys keys_;
  JoinRows rows_;
};

}  // namespace

std::unique_ptr<Operator> MakeTableJoin(const TableJoinPlan& plan, OperatorContext context) {
  return std::make_unique<TableJoin>(plan, std::move(context));
}

}  // namespace flow::runtime
