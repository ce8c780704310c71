// Event patterns (semantics.md 66), as the rule says them: for each row of a key all beginnings of
// a match are tried, from each row that may be the first, with every number of rows in each step.
// The row is the last of a match or not; of those that end with it, the rule's first is sent.

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "interp/interpreter.h"

namespace flow::interp {
namespace {

using Rows = std::vector<const Row*>;
// The rows of each step that takes rows, by their places among those of the key.
using Taken = std::vector<std::vector<size_t>>;

// Evaluates a condition over the row at hand and the struct of the earlier steps; nothing when it
// rejects the row.
using Condition = std::function<std::optional<bool>(FnId, const Row&, const Value&, Rejection*)>;

class Pattern {
 public:
  Pattern(const ir::Match& op, Condition condition) : condition_(std::move(condition)) {
    std::vector<const ir::MatchStep*> without;
    for (const ir::MatchStep& step : op.steps) {
      if (step.link == MatchLink::kWithout) {
        without.push_back(&step);
      } else {
        steps_.push_back({&step, std::exchange(without, {})});
      }
    }
  }

  // What the last of `rows` means to beginnings whose first row is number `start`: the best match
  // that ends with it, if any. Why a condition rejected it is in rejection().
  std::optional<Taken> EndsWith(const Rows& rows, size_t start) {
    rows_ = &rows;
    best_.reset();
    Taken none(steps_.size());
    for (size_t j = 0; j < steps_.size(); ++j) {
      if (Fits(none, j, start)) {
        Taken taken = none;
        taken[j].push_back(start);
        Continue(taken, j);
      }
      if (steps_[j].step->least > 0) break;
    }
    return best_;
  }

  const std::optional<Rejection>& rejection() const { return rejection_; }
  void ForgetRejection() {
    rejection_.reset();
    rejected_at_ = {};
  }

  // The columns of the first `count` steps.
  std::vector<Value> Columns(const Rows& rows, const Taken& taken, size_t count) const {
    std::vector<Value> out;
    for (size_t i = 0; i < count; ++i) {
      std::vector<Value> values;
      for (size_t row : taken[i]) values.push_back(rows[row]->value);
      if (steps_[i].step->most != 1) {
        out.push_back(Value::Items(std::move(values)));
      } else {
        out.push_back(values.empty() ? Value::None() : values[0]);
      }
    }
    return out;
  }
  size_t size() const { return steps_.size(); }

 private:
  struct Step {
    const ir::MatchStep* step;
    std::vector<const ir::MatchStep*> without;  // between the step before and this one
  };

  // Goes on from a beginning that took its last row in step `i`. More rows in the earlier steps are
  // tried first, so the first match that is found is the best.
  void Continue(const Taken& taken, size_t i) {
    const ir::MatchStep& step = *steps_[i].step;
    auto count = static_cast<int64_t>(taken[i].size());
    size_t last = taken[i].back();
    if (last + 1 == rows_->size()) {
      bool complete = i + 1 == steps_.size() && count >= step.least;
      if (complete && !best_) best_ = taken;
      return;
    }
    if (step.most < 0 || count < step.most) Follow(taken, i, i, last);
    if (count < step.least) return;
    for (size_t j = i + 1; j < steps_.size(); ++j) {
      Follow(taken, i, j, last);
      if (steps_[j].step->least > 0) break;
    }
  }

  // The next row of step `j` behind `last`, a row of step `i`: the first that fits, before which no
  // row came that must not; after `next`, the very next one.
  void Follow(const Taken& taken, size_t i, size_t j, size_t last) {
    bool next = i != j && steps_[j].step->link == MatchLink::kNext;
    for (size_t row = last + 1; row < rows_->size(); ++row) {
      if (Fits(taken, j, row)) {
        Taken more = taken;
        more[j].push_back(row);
        return Continue(more, j);
      }
      if (next || Excluded(taken, i, j, row)) return;
    }
  }

  bool Fits(const Taken& taken, size_t j, size_t row) {
    return Ask(steps_[j].step->condition, taken, j, row, {j, 0});
  }
  bool Excluded(const Taken& taken, size_t i, size_t j, size_t row) {
    size_t number = 0;
    for (size_t between = 0; between <= j; ++between) {
      for (const ir::MatchStep* without : steps_[between].without) {
        ++number;
        bool asked = between > i;
        if (asked && Ask(without->condition, taken, between, row, {j, number})) return true;
      }
    }
    return false;
  }
  // Of several conditions that reject a row, the first in the pattern says why.
  bool Ask(FnId fn, const Taken& taken, size_t steps, size_t row, std::pair<size_t, size_t> place) {
    Rejection rejection;
    Value earlier = Value::Items(Columns(*rows_, taken, steps));
    std::optional<bool> answer = condition_(fn, *(*rows_)[row], earlier, &rejection);
    if (answer) return *answer;
    if (!rejection_ || place < rejected_at_) {
      rejection_ = std::move(rejection);
      rejected_at_ = place;
    }
    return false;
  }

  std::vector<Step> steps_;
  Condition condition_;
  const Rows* rows_ = nullptr;
  std::optional<Taken> best_;
  std::optional<Rejection> rejection_;
  std::pair<size_t, size_t> rejected_at_;
};

// The rows of one key so far, and where the search stands.
struct Found {
  Rows rows;
  size_t from = 0;  // the first row that may begin a match
};

}  // namespace

void Interpreter::Take(ValueId id, const ir::Match& op, Row& row) {
  if (row.watermark != kNoTime && row.event_time < row.watermark) return SendLate(id, row);
  KeptRow kept;
  if (!EnsureAll(&row) || !Evaluate(id, op.key, InputType(op), &row, &kept.per)) return;
  NormalizeKey(module_.functions[op.key].result, &kept.per);
  Keep(id, std::move(kept), row);
}

void Interpreter::Finish(ValueId id, const ir::Match& op) {
  int64_t within = Constant(op.within).whole;
  std::vector<KeptRow>& kept = kept_[id.index];
  std::sort(kept.begin(), kept.end(), [](const KeptRow& a, const KeptRow& b) {
    if (a.row.event_time != b.row.event_time) return a.row.event_time < b.row.event_time;
    return a.number < b.number;
  });
  Pattern pattern(op, [this](FnId fn, const Row& row, const Value& earlier, Rejection* why) {
    Value out;
    RowContext context{row.event_time, row.now};
    bool good = evaluator_.Call(fn, {&row.value, &earlier}, context, &out, why);
    return good ? std::optional(out.whole != 0) : std::nullopt;
  });
  std::map<Value, Found, KeyOrder> keys(KeyOrder{module_.functions[op.key].result});
  for (const KeptRow& next : kept) {
    if (stopped_) return;
    Found& found = keys[next.per];
    found.rows.push_back(&next.row);
    size_t last = found.rows.size() - 1;
    pattern.ForgetRejection();
    std::vector<std::pair<size_t, Taken>> matches;  // with their first rows
    for (size_t start = found.from; start <= last; ++start) {
      auto age = static_cast<__int128>(next.row.event_time) - found.rows[start]->event_time;
      if (age >= within) continue;
      if (auto match = pattern.EndsWith(found.rows, start)) matches.emplace_back(start, *match);
    }
    if (pattern.rejection()) {
      // As if it had never come.
      found.rows.pop_back();
      Reject(id, next.row, *pattern.rejection());
      continue;
    }
    for (const auto& [start, match] : matches) {
      Row out;
      out.value = next.per;
      for (Value& column : pattern.Columns(found.rows, match, pattern.size())) {
        out.value.items.push_back(std::move(column));
      }
      out.event_time = next.row.event_time;
      out.now = next.row.now;
      Send(id, out);
      found.from = op.overlapping ? start + 1 : last + 1;
      if (!op.overlapping || stopped_) break;
    }
  }
}

}  // namespace flow::interp
