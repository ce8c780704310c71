// Joins bounded in time (within, until) and joins of all rows. Rows come in the order of both
// inputs merged; a row is matched with what is kept of the other side and kept for what is still to
// come there, until its reach in time is over.

#include <queue>

#include "runtime/operators/join_rows.h"
#include "runtime/operators/timed.h"

namespace flow::runtime {
namespace {

int64_t Plus(int64_t a, int64_t b) {
  int64_t out;
  if (!__builtin_add_overflow(a, b, &out)) return out;
  return b > 0 ? INT64_MAX : INT64_MIN;
}

constexpr int kLeft = 0;
constexpr int kRight = 1;

class JoinOperator final : public TimedOperator {
 public:
  JoinOperator(const JoinPlan& plan, OperatorContext context)
      : TimedOperator({&plan.left, &plan.right}, std::move(context)),
        kind_(plan.kind),
        bound_(plan.bound),
        bounded_(plan.bounded),
        until_offset_(plan.until_offset),
        keys_(*this->context().program, plan.left_key, plan.right_key),
        states_(keys_),
        rows_(plan.row, plan.condition_symbol, this->context()) {
    const Program& program = *this->context().program;
    if (bound_ == JoinBound::kWithin) {
      before_ = program.Int(plan.before).value_or(0);
      after_ = program.Int(plan.after).value_or(0);
    }
  }
  ~JoinOperator() override {
    while (!expiring_.empty()) {
      delete expiring_.top();
      expiring_.pop();
    }
  }

  // Rows have the time of the greater of a match, those of other kinds their own (semantics.md 52);
  // in a span, they have its end, which is never behind. Without bound a match may have any time,
  // to the end of the input.
  int64_t WatermarkBelow(int64_t watermark) const override {
    if (bound_ == JoinBound::kNone && bounded_ && watermark != INT64_MAX) return INT64_MIN;
    bool behind = bound_ == JoinBound::kWithin && kind_ != JoinKind::kInner;
    if (!behind || watermark == INT64_MAX) return watermark;
    return Plus(watermark, -std::max(before_, after_));
  }

  // With those that wait for what may still match them.
  Backlog backlog() const override {
    Backlog out = TimedOperator::backlog();
    out.count += kept_;
    if (!expiring_.empty() && bound_ != JoinBound::kNone) {
      out.watermark = std::min(out.watermark, Plus(expiring_.top()->deadline, 1));
    }
    return out;
  }

 protected:
  void Take(int port, int64_t time, HeldRow row) override {
    if (bound_ != JoinBound::kNone) Expire(time);
    auto kept = std::make_unique<Kept>();
    kept->time = time;
    kept->number = taken_++;
    kept->port = port;
    if (port == kLeft) TimeSpan(row, kept.get());
    kept->deadline = Deadline(*kept);
    kept->row = std::move(row);
    if (keys_.HasNone(port, kept->row.get())) return Miss(*kept);
    Entry& entry = states_.FindOrAdd(port, kept->row);
    kept->entry = &entry;
    Match(entry.state.sides[1 - port], kept.get());
    rows_.End();
    // Where one match is all there can be, what has it is done; so is what a right row like it
    // stands for already.
    List& own = entry.state.sides[port];
    bool same = bound_ == JoinBound::kNone && port == kRight && OneIsEnough() &&
                !rows_.has_condition() && own.first != nullptr;
    if ((port == kLeft && OneIsEnough() && kept->matched) || same) {
      if (entry.state.empty()) states_.Erase(&entry);
      return;
    }
    own.Add(kept.get());
    ++kept_;
    expiring_.push(kept.release());
  }
  void Pass(int64_t watermark) override {
    if (bound_ == JoinBound::kNone) return;
    Expire(watermark);
  }
  void AtEnd() override { Expire(INT64_MAX); }
  void Flush() override {
    TimedOperator::Flush();
    rows_.Flush();
  }

 private:
  struct State;
  using Entry = JoinStates<State>::Entry;

  struct Kept {
    int64_t time = 0;
    int64_t deadline = 0;  // no row after it can match this one
    int64_t number = 0;    // in the order of both inputs
    int64_t until = 0;     // kUntil, of a left row
    JoinSpan span;
    int port = kLeft;
    bool matched = false;
    HeldRow row;
    Entry* entry = nullptr;  // null: not in its list any more
    Kept* previous = nullptr;
    Kept* next = nullptr;
  };
  struct List {
    Kept* first = nullptr;
    Kept* last = nullptr;
    void Add(Kept* kept) {
      kept->previous = last;
      (last == nullptr ? first : last->next) = kept;
      last = kept;
    }
    void Remove(Kept* kept) {
      (kept->previous == nullptr ? first : kept->previous->next) = kept->next;
      (kept->next == nullptr ? last : kept->next->previous) = kept->previous;
    }
  };
  struct State {
    List sides[2];
    bool empty() const { return sides[0].first == nullptr && sides[1].first == nullptr; }
  };
  struct Later {
    bool operator()(const Kept* a, const Kept* b) const {
      if (a->deadline != b->deadline) return a->deadline > b->deadline;
      return a->number > b->number;
    }
  };

  bool OneIsEnough() const { return kind_ == JoinKind::kSemi || kind_ == JoinKind::kAnti; }

  void TimeSpan(const HeldRow& row, Kept* kept) {
    if (bound_ != JoinBound::kUntil) return;
    kept->until = ReadInt64(row.get(), until_offset_);
    kept->span.number = lefts_++;
    // A span that ends before it begins holds nothing, and is over at once.
    kept->span.end = Plus(std::max(kept->until, kept->time), 1);
  }
  int64_t Deadline(const Kept& kept) const {
    switch (bound_) {
      case JoinBound::kWithin:
        return Plus(kept.time, kept.port == kLeft ? after_ : before_);
      case JoinBound::kUntil:
        return kept.port == kLeft ? std::max(kept.until, kept.time) : kept.time;
      default:
        return INT64_MAX;
    }
  }

  bool InReach(const Kept& left, const Kept& right) const {
    switch (bound_) {
      case JoinBound::kWithin:
        return right.time >= Plus(left.time, -before_) && right.time <= Plus(left.time, after_);
      case JoinBound::kUntil:
        return right.time >= left.time && right.time <= left.until;
      default:
        return true;
    }
  }

  // Matches `kept` with the rows of the other side, in their order.
  void Match(List& others, Kept* kept) {
    bool is_left = kept->port == kLeft;
    for (Kept* other = others.first; other != nullptr && !context().stopped();) {
      Kept* following = other->next;
      Kept& left = is_left ? *kept : *other;
      Kept& right = is_left ? *other : *kept;
      if (InReach(left, right) && rows_.Fits(left.row.get(), right.row.get(), left.time)) {
        Matched(left, right);
        if (OneIsEnough() && is_left) return;
        if (OneIsEnough()) Leave(other);
      }
      other = following;
    }
  }

  void Matched(Kept& left, Kept& right) {
    bool first = !left.matched;
    left.matched = right.matched = true;
    switch (kind_) {
      case JoinKind::kAnti:
        return;
      case JoinKind::kSemi:
        if (first) Send(&left, nullptr);
        return;
      default:
        return Send(&left, &right);
    }
  }
  void Miss(const Kept& kept) {
    if (kept.matched || kind_ == JoinKind::kInner || kind_ == JoinKind::kSemi) return;
    if (kept.port == kLeft) return Send(&kept, nullptr);
    if (kind_ == JoinKind::kFull) Send(nullptr, &kept);
  }
  void Send(const Kept* left, const Kept* right) {
    int64_t time = left != nullptr ? left->time : right->time;
    bool inner = kind_ == JoinKind::kInner && bound_ == JoinBound::kWithin;
    if (inner) time = std::max(left->time, right->time);
    JoinSpan span = left != nullptr ? left->span : JoinSpan{};
    if (bound_ == JoinBound::kUntil) time = span.end - 1;
    rows_.Add(left != nullptr ? &left->row : nullptr, right != nullptr ? &right->row : nullptr,
              time, span);
  }

  // Takes a row out of its list; its shell goes when its deadline has passed.
  void Leave(Kept* kept) {
    if (kept->entry == nullptr) return;
    kept->entry->state.sides[kept->port].Remove(kept);
    --kept_;
    kept->entry = nullptr;
    kept->row = HeldRow();
  }

  // What no row at `time` or later can match goes, in the order in which that came to be so.
  void Expire(int64_t time) {
    bool all = time == INT64_MAX;
    while (!expiring_.empty() && (all || expiring_.top()->deadline < time) &&
           !context().stopped()) {
      std::unique_ptr<Kept> kept(expiring_.top());
      expiring_.pop();
      Entry* entry = kept->entry;
      if (entry == nullptr) continue;
      if (!kept->matched) Miss(*kept);
      Leave(kept.get());
      if (entry->state.empty()) states_.Erase(entry);
    }
  }

  JoinKind kind_;
  JoinBound bound_;
  bool bounded_;
  int64_t until_offset_;
  int64_t before_ = 0;
  int64_t after_ = 0;
  int64_t taken_ = 0;
  int64_t lefts_ = 0;
  int64_t kept_ = 0;  // rows in the lists of their keys
  JoinKeys keys_;
  JoinStates<State> states_;
  JoinRows rows_;
  std::priority_queue<Kept*, std::vector<Kept*>, Later> expiring_;
};

}  // namespace

std::unique_ptr<Operator> MakeJoin(const JoinPlan& plan, OperatorContext context) {
  return std::make_unique<JoinOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
