// window session, window rows: rows of a key, in row order, rest until their window is complete and
// then go on together, the bounds of the window in front (semantics.md 45).

#include <algorithm>
#include <cstring>
#include <deque>
#include <set>
#include <unordered_map>

#include "runtime/operators/sort_key.h"
#include "runtime/operators/timed.h"
#include "runtime/value.h"

namespace flow::runtime {
namespace {

// In the row: the operator's own columns come first.
constexpr int64_t kStart = 0;
constexpr int64_t kEnd = 8;
constexpr int64_t kNumber = 16;  // count windows only

void Put(HeldRow& row, int64_t offset, int64_t value) {
  std::memcpy(static_cast<char*>(row.mutable_row()) + offset, &value, sizeof value);
}

int64_t Plus(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

// State per key, found by the keys of a row.
template <class State>
class KeyedStates {
 public:
  explicit KeyedStates(std::vector<ResolvedKey> keys) : keys_(std::move(keys)) {}

  // The state of the key of `row`; a new one knows its key by `row`.
  State& Of(const HeldRow& row) {
    for (Entry& entry : entries_[Hash(row.get())]) {
      if (Same(entry.like.get(), row.get())) return *entry.state;
    }
    std::vector<Entry>& found = entries_[Hash(row.get())];
    found.push_back({row, std::make_unique<State>()});
    return *found.back().state;
  }
  void Erase(const HeldRow& row) {
    auto found = entries_.find(Hash(row.get()));
    if (found == entries_.end()) return;
    std::erase_if(found->second,
                  [&](const Entry& entry) { return Same(entry.like.get(), row.get()); });
    if (found->second.empty()) entries_.erase(found);
  }
  template <class F>
  void ForEach(F f) const {
    for (const auto& [hash, entries] : entries_) {
      for (const Entry& entry : entries) f(*entry.state);
    }
  }

 private:
  struct Entry {
    HeldRow like;
    std::unique_ptr<State> state;
  };

  uint64_t Hash(const void* row) const {
    uint64_t hash = 0;
    for (const ResolvedKey& key : keys_) {
      uint64_t part = flow_value_hash(key.type, static_cast<const char*>(row) + key.offset);
      hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
    }
    return hash;
  }
  bool Same(const void* a, const void* b) const {
    return std::all_of(keys_.begin(), keys_.end(), [&](const ResolvedKey& key) {
      return flow_value_equal(key.type, static_cast<const char*>(a) + key.offset,
                              static_cast<const char*>(b) + key.offset);
    });
  }

  std::vector<ResolvedKey> keys_;
  std::unordered_map<uint64_t, std::vector<Entry>> entries_;
};

class SessionOperator final : public TimedOperator {
 public:
  SessionOperator(const SessionPlan& plan, OperatorContext context)
      : TimedOperator({&plan.input}, std::move(context)),
        gap_(this->context().program->Int(plan.gap).value_or(1)),
        max_(this->context().program->Int(plan.max).value_or(INT64_MAX)),
        open_(Resolve(*this->context().program, plan.key)) {}

  Backlog backlog() const override {
    Backlog out = TimedOperator::backlog();
    open_.ForEach([&](const Slot& slot) {
      if (slot.session != nullptr) out.count += std::ssize(slot.session->rows);
    });
    if (!ends_.empty()) out.watermark = std::min(out.watermark, ends_.top().end);
    return out;
  }

 protected:
  void Take(int, int64_t time, HeldRow row) override {
    Slot& slot = open_.Of(row);
    if (slot.session != nullptr && !Reaches(*slot.session, time)) {
      done_.push_back(std::move(slot.session));
    }
    if (slot.session == nullptr) {
      slot.session = std::make_unique<Session>();
      slot.session->start = time;
      slot.session->number = begun_++;
      // The end as it is now; when it comes, the session may have grown.
      ends_.push({Plus(time, std::min(gap_, max_)), slot.session->number, row});
    }
    slot.session->last = time;
    slot.session->rows.push_back(std::move(row));
  }

  void Pass(int64_t watermark) override {
    while (!ends_.empty() && ends_.top().end <= watermark) {
      End next = ends_.top();
      ends_.pop();
      Slot& slot = open_.Of(next.row);
      if (slot.session != nullptr && slot.session->number == next.number) {
        int64_t end = EndOf(*slot.session);
        if (end > watermark) {
          ends_.push({end, next.number, next.row});
          continue;
        }
        done_.push_back(std::move(slot.session));
      }
      if (slot.session == nullptr) open_.Erase(next.row);
    }
    std::sort(done_.begin(), done_.end(), [this](const auto& a, const auto& b) {
      int64_t end_a = EndOf(*a);
      int64_t end_b = EndOf(*b);
      return end_a != end_b ? end_a < end_b : a->number < b->number;
    });
    for (const std::unique_ptr<Session>& session : done_) {
      for (HeldRow& row : session->rows) {
        Put(row, kStart, session->start);
        Put(row, kEnd, EndOf(*session));
        Send(std::move(row));
      }
    }
    done_.clear();
  }

 private:
  struct Session {
    int64_t start = 0;
    int64_t last = 0;
    int64_t number = 0;
    std::vector<HeldRow> rows;
  };
  struct Slot {
    std::unique_ptr<Session> session;
  };
  struct End {
    int64_t end;
    int64_t number;
    HeldRow row;                              // says which key
    bool operator<(const End& other) const {  // of a heap whose top ends first
      return end != other.end ? end > other.end : number > other.number;
    }
  };

  bool Reaches(const Session& session, int64_t time) const {
    return time < Plus(session.last, gap_) && time < Plus(session.start, max_);
  }
  int64_t EndOf(const Session& session) const {
    return std::min(Plus(session.last, gap_), Plus(session.start, max_));
  }

  int64_t gap_;
  int64_t max_;
  KeyedStates<Slot> open_;
  std::priority_queue<End> ends_;  // one per session begun and not yet looked at again
  std::vector<std::unique_ptr<Session>> done_;
  int64_t begun_ = 0;
};

class CountWindowOperator final : public TimedOperator {
 public:
  CountWindowOperator(const CountWindowPlan& plan, OperatorContext context)
      : TimedOperator({&plan.input}, std::move(context)),
        count_(this->context().program->Int(plan.count).value_or(1)),
        every_(this->context().program->Int(plan.every).value_or(count_)),
        bounded_(plan.bounded),
        keys_(Resolve(*this->context().program, plan.key)) {}

  // At the end of the input windows leave that may have ended long ago: no earlier than the newest
  // row of the key that has been silent for longest. Input without an end has none of these.
  int64_t WatermarkBelow(int64_t watermark) const override {
    if (!bounded_ || newest_.empty() || watermark == INT64_MAX) return watermark;
    return std::min(watermark, *newest_.begin());
  }
  Backlog backlog() const override {
    Backlog out = TimedOperator::backlog();
    keys_.ForEach([&](const Rows& rows) { out.count += std::ssize(rows.waiting); });
    return out;
  }

 protected:
  void Take(int, int64_t time, HeldRow row) override {
    Rows& rows = keys_.Of(row);
    if (!rows.waiting.empty()) newest_.erase(newest_.find(rows.waiting.back().time));
    rows.waiting.push_back({time, row});
    if (static_cast<int64_t>(rows.waiting.size()) >= count_) SendWindow(&rows);
    if (rows.waiting.empty()) return keys_.Erase(row);
    newest_.insert(rows.waiting.back().time);
  }

  void Pass(int64_t watermark) override {
    if (watermark != INT64_MAX) return;
    // In the order of their first rows, so that the output has one order.
    std::vector<Rows*> begun;
    keys_.ForEach([&](Rows& rows) {
      if (!rows.waiting.empty()) begun.push_back(&rows);
    });
    std::sort(begun.begin(), begun.end(), [](const Rows* a, const Rows* b) {
      return a->waiting.front().time < b->waiting.front().time;
    });
    for (Rows* rows : begun) {
      while (!rows->waiting.empty() && !context().stopped()) SendWindow(rows);
    }
  }

 private:
  struct Waiting {
    int64_t time;
    HeldRow row;
  };
  struct Rows {
    std::deque<Waiting> waiting;  // from the first row of the oldest window that is not complete
  };

  // Sends all waiting rows as one window and lets go of those that no later window begins with.
  void SendWindow(Rows* rows) {
    int64_t number = sent_++;
    bool timed = port(0).time_offset >= 0;
    int64_t start = timed ? rows->waiting.front().time : number;
    int64_t end = timed ? Plus(rows->waiting.back().time, 1) : number;
    for (int64_t i = 0; i < static_cast<int64_t>(rows->waiting.size()); ++i) {
      HeldRow& waiting = rows->waiting[static_cast<size_t>(i)].row;
      // Rows of later windows, too, are sent as copies: each has bounds of its own.
      HeldRow row =
          i < every_ ? std::move(waiting) : HeldRow(context().budget, port(0).type, waiting.get());
      Put(row, kStart, start);
      Put(row, kEnd, end);
      Put(row, kNumber, number);
      Send(std::move(row));
    }
    int64_t gone = std::min(every_, static_cast<int64_t>(rows->waiting.size()));
    rows->waiting.erase(rows->waiting.begin(), rows->waiting.begin() + gone);
  }

  int64_t count_;
  int64_t every_;
  bool bounded_;
  KeyedStates<Rows> keys_;
  std::multiset<int64_t> newest_;  // times of the last rows that wait, of each key
  int64_t sent_ = 0;               // windows
};

}  // namespace

std::unique_ptr<Operator> MakeSession(const SessionPlan& plan, OperatorContext context) {
  return std::make_unique<SessionOperator>(plan, std::move(context));
}

std::unique_ptr<Operator> MakeCountWindow(const CountWindowPlan& plan, OperatorContext context) {
  return std::make_unique<CountWindowOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
