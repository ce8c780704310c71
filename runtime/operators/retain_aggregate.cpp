// aggregate .. retain D: rows are folded in row order; a group whose next row is D or more after
// its last one starts anew, and its state goes from memory when W has passed that point. With it
// goes, where nobody will ask for it, the row it was sent as (semantics.md 40).

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "runtime/operators/changes.h"
#include "runtime/operators/emit_clock.h"
#include "runtime/operators/sort_key.h"
#include "runtime/operators/timed.h"
#include "runtime/value.h"

namespace flow::runtime {
namespace {

constexpr int64_t kGarbageBytes = 1 << 20;  // of states that are gone, before they are cleaned up

class RetainAggregate final : public TimedOperator {
 public:
  RetainAggregate(const TableAggregatePlan& plan, OperatorContext own)
      : TimedOperator({&plan.input}, std::move(own)),
        plan_(plan),
        result_(context().program->FindType(plan.result_type_symbol)),
        sent_(context().program->FindType(plan.emit.sent_type_symbol)),
        key_(Resolve(*context().program, plan.key)),
        retain_(context().program->Int(plan.retain.after).value_or(INT64_MAX)),
        states_(context().budget) {
    const SymbolResolver& symbols = *context().program->symbols;
    init_ = reinterpret_cast<FlowEntryInitFn>(symbols.Find(plan.init_symbol));
    update_ = reinterpret_cast<FlowMergeFn>(symbols.Find(plan.update_symbol));
    merge_ = reinterpret_cast<FlowMergeFn>(symbols.Find(plan.merge_symbol));
    final_ = reinterpret_cast<FlowFinalFn>(symbols.Find(plan.final_symbol));
    if (plan.emit.updating()) changes_.emplace(plan.emit, result_, context());
    if (plan.emit.kind == EmitKind::kEvery) {
      clock_.Start(context().program->Int(plan.emit.every).value_or(1));
    }
  }

  void OnClock(int64_t now) override {
    if (clock_.Strikes(now)) SendTouched();
  }
  int64_t NextClock() const override { return clock_.next(); }
  Backlog backlog() const override {
    Backlog out = TimedOperator::backlog();
    for (const auto& [hash, list] : groups_) out.count += static_cast<int64_t>(list.size());
    return out;
  }

 protected:
  void Take(int, int64_t time, HeldRow row) override {
    Group& group = Find(row);
    if (group.state != nullptr && time >= EndOf(group.last)) init_(states_.get(), group.state);
    if (group.state == nullptr) group.state = NewState();
    update_(states_.get(), group.state, row.get());
    group.shown = std::move(row);
    group.last = time;
    if (!changes_) return;
    ++group.waiting;
    ages_.push_back({time, &group});
    if (group.touched) return;
    group.touched = true;
    touched_.push_back(&group);
  }

  void Pass(int64_t watermark) override {
    while (!ages_.empty() && EndOf(ages_.front().time) <= watermark && !context().stopped()) {
      Group* group = ages_.front().group;
      ages_.pop_front();
      if (--group->waiting > 0) continue;
      if (group->touched) SendTouched();
      if (plan_.retain.forgets) {
        Forget(group);
      } else {
        group->state = nullptr;
      }
    }
    CleanUp();
  }
  void Flush() override {
    TimedOperator::Flush();
    if (plan_.emit.kind == EmitKind::kChange) SendTouched();
  }
  void AtEnd() override {
    if (changes_) return SendTouched();
    std::vector<Group*> all;
    for (auto& [hash, list] : groups_) {
      for (auto& group : list) all.push_back(group.get());
    }
    std::sort(all.begin(), all.end(), [this](const Group* a, const Group* b) {
      return CompareRank(key_, a->shown.get(), b->shown.get()) < 0;
    });
    for (Group* group : all) SendOne(*group);
  }

 private:
  struct Group {
    uint64_t hash = 0;
    HeldRow shown;  // the last row
    void* state = nullptr;
    int64_t last = 0;     // its time
    int64_t waiting = 0;  // entries of `ages_`
    HeldRow sent;
    bool touched = false;
  };
  struct Age {
    int64_t time;
    Group* group;
  };

  int64_t EndOf(int64_t time) const {
    int64_t end;
    return __builtin_add_overflow(time, retain_, &end) ? INT64_MAX : end;
  }

  Group& Find(const HeldRow& row) {
    uint64_t hash = HashKey(key_, row.get());
    std::vector<std::unique_ptr<Group>>& list = groups_[hash];
    for (const std::unique_ptr<Group>& group : list) {
      if (SameKey(key_, group->shown.get(), row.get())) return *group;
    }
    list.push_back(std::make_unique<Group>());
    list.back()->hash = hash;
    return *list.back();
  }
  void Forget(Group* group) {
    auto found = groups_.find(group->hash);
    auto& list = found->second;
    list.erase(std::find_if(list.begin(), list.end(),
                            [&](const auto& other) { return other.get() == group; }));
    if (list.empty()) groups_.erase(found);
  }

  void* NewState() {
    void* state = states_.Allocate(std::max<int64_t>(plan_.entry_size, 1), 16);
    init_(states_.get(), state);
    return state;
  }
  bool ResultOf(Group& group, FlowTask* task, char* row) {
    for (const MovePlan& move : plan_.key_moves) {
      std::memcpy(static_cast<char*>(group.state) + move.to,
                  static_cast<const char*>(group.shown.get()) + move.from, move.size);
    }
    return final_(task, group.state, row);
  }

  void SendTouched() {
    if (!changes_) return;
    for (Group* group : touched_) {
      if (context().stopped()) return;
      group->touched = false;
      SendOne(*group);
    }
    touched_.clear();
    changes_->Flush();
  }
  void SendOne(Group& group) {
    Arena memory(context().budget);
    auto* row =
        static_cast<char*>(memory.Allocate(sent_->size, std::max<int64_t>(sent_->align, 1)));
    std::memset(row, 0, static_cast<size_t>(sent_->size));
    FlowTask* task = context().begin_task();
    bool there = ResultOf(group, task, row);
    if (changes_) {
      changes_->Replace(&group.sent, there ? row : nullptr);
    } else if (there) {
      const void* rows[] = {row};
      context().emit(rows, 1);
    }
    context().end_task();
  }

  // States that own memory leave some behind, and so do groups that are gone.
  void CleanUp() {
    if (states_.allocated_bytes() <= used_after_cleaning_ * 4 + kGarbageBytes) return;
    Arena old = std::move(states_);
    states_ = Arena(context().budget);
    for (auto& [hash, list] : groups_) {
      for (auto& group : list) {
        if (group->state == nullptr) continue;
        void* state = NewState();
        merge_(states_.get(), state, group->state);
        group->state = state;
      }
    }
    used_after_cleaning_ = states_.allocated_bytes();
  }

  const TableAggregatePlan& plan_;
  const FlowType* result_;
  const FlowType* sent_;
  std::vector<ResolvedKey> key_;
  int64_t retain_;
  FlowEntryInitFn init_ = nullptr;
  FlowMergeFn update_ = nullptr;  // with a collected row
  FlowMergeFn merge_ = nullptr;
  FlowFinalFn final_ = nullptr;
  std::optional<ChangeSender> changes_;
  EmitClock clock_;
  Arena states_;
  int64_t used_after_cleaning_ = 0;
  std::unordered_map<uint64_t, std::vector<std::unique_ptr<Group>>> groups_;  // by hash
  std::vector<Group*> touched_;
  std::deque<Age> ages_;  // of the rows of all groups, oldest first
};

}  // namespace

std::unique_ptr<Operator> MakeRetainAggregate(const TableAggregatePlan& plan,
                                              OperatorContext context) {
  return std::make_unique<RetainAggregate>(plan, std::move(context));
}

}  // namespace flow::runtime
