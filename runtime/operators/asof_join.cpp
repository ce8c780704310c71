// asof join: each left row with the newest right row of its key that is not after it; among equal
// times the last in row order (semantics.md 51).

#include <deque>

#include "runtime/operators/join_rows.h"
#include "runtime/operators/timed.h"

namespace flow::runtime {
namespace {

class AsofJoin final : public TimedOperator {
 public:
  AsofJoin(const AsofPlan& plan, OperatorContext context)
      : TimedOperator({&plan.left, &plan.right}, std::move(context)),
        keep_left_(plan.keep_left),
        within_(this->context().program->Int(plan.within).value_or(-1)),
        keys_(*this->context().program, plan.left_key, plan.right_key),
        states_(keys_),
        rows_(plan.row, plan.condition_symbol, this->context()) {}

  Backlog backlog() const override {
    Backlog out = TimedOperator::backlog();
    out.count += std::ssize(lefts_);
    states_.ForEach([&](const std::deque<Right>& rights) { out.count += std::ssize(rights); });
    return out;
  }

 protected:
  void Take(int port, int64_t time, HeldRow row) override {
    // Right rows of the same time that stand behind a left row still count for it.
    if (!lefts_.empty() && lefts_time_ < time) Resolve();
    if (port == 0) {
      lefts_time_ = time;
      lefts_.push_back(std::move(row));
      return;
    }
    Evict(time);
    if (keys_.HasNone(1, row.get())) return;
    Entry& entry = states_.FindOrAdd(1, row);
    std::deque<Right>& rights = entry.state;
    // Without a condition nothing before it can be the newest any more.
    if (!rows_.has_condition()) rights.clear();
    rights.push_back({time, number_, std::move(row)});
    if (within_ >= 0) expiring_.push_back({time, number_, &entry});
    ++number_;
  }
  void Pass(int64_t watermark) override {
    if (!lefts_.empty() && (lefts_time_ < watermark || watermark == INT64_MAX)) Resolve();
    if (watermark != INT64_MAX) Evict(watermark);
  }
  void Flush() override {
    TimedOperator::Flush();
    rows_.Flush();
  }

 private:
  struct Right {
    int64_t time;
    int64_t number;
    HeldRow row;
  };
  using Entry = JoinStates<std::deque<Right>>::Entry;
  struct Expiring {
    int64_t time;
    int64_t number;
    Entry* entry;
  };

  void Resolve() {
    for (const HeldRow& left : lefts_) {
      if (context().stopped()) break;
      const HeldRow* found = Newest(left);
      if (found != nullptr || keep_left_) rows_.Add(&left, found, lefts_time_);
    }
    lefts_.clear();
    rows_.End();
  }

  const HeldRow* Newest(const HeldRow& left) {
    if (keys_.HasNone(0, left.get())) return nullptr;
    Entry* entry = states_.Find(0, left.get());
    if (entry == nullptr) return nullptr;
    for (auto right = entry->state.rbegin(); right != entry->state.rend(); ++right) {
      if (TooOld(right->time, lefts_time_)) return nullptr;
      if (rows_.Fits(left.get(), right->row.get(), lefts_time_)) return &right->row;
    }
    return nullptr;
  }

  bool TooOld(int64_t right, int64_t time) const {
    int64_t age;
    return within_ >= 0 && (__builtin_sub_overflow(time, right, &age) || age > within_);
  }
  // Drops what is too old for any row at `time` or later.
  void Evict(int64_t time) {
    while (!expiring_.empty() && TooOld(expiring_.front().time, time)) {
      Expiring old = expiring_.front();
      expiring_.pop_front();
      std::deque<Right>& rights = old.entry->state;
      if (!rights.empty() && rights.front().number == old.number) rights.pop_front();
      if (rights.empty()) states_.Erase(old.entry);
    }
  }

  bool keep_left_;
  int64_t within_;
  JoinKeys keys_;
  JoinStates<std::deque<Right>> states_;
  JoinRows rows_;
  int64_t number_ = 0;
  int64_t lefts_time_ = 0;
  std::vector<HeldRow> lefts_;  // of one time, waiting for right rows of that time
  std::deque<Expiring> expiring_;
};

}  // namespace

std::unique_ptr<Operator> MakeAsofJoin(const AsofPlan& plan, OperatorContext context) {
  return std::make_unique<AsofJoin>(plan, std::move(context));
}

}  // namespace flow::runtime
