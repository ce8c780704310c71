// dedup by k [within D] [keep last]: in event time the first row of a key opens a span of D and
// stands for it, or the last row in it does; the next row opens a new span (semantics.md 63).
// Without `within`, one row per key of each window, or of the whole stream.

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <unordered_map>

#include "runtime/operators/sort_key.h"
#include "runtime/operators/timed.h"

namespace flow::runtime {
namespace {

int64_t Plus(int64_t time, int64_t length) {
  int64_t sum;
  return __builtin_add_overflow(time, length, &sum) ? INT64_MAX : sum;
}

// Spans are all of one length, so they end in the order in which they began: a queue.
class SpanDedup final : public TimedOperator {
 public:
  SpanDedup(const DedupPlan& plan, OperatorContext own)
      : TimedOperator({&plan.input}, std::move(own)),
        key_(Resolve(*context().program, plan.key)),
        length_(context().program->Int(plan.within).value_or(INT64_MAX)),
        keep_last_(plan.keep_last) {}

  // The last row of a span is sent at its end, with its own time.
  int64_t WatermarkBelow(int64_t watermark) const override {
    if (!keep_last_ || watermark == INT64_MAX) return watermark;
    int64_t held;
    return __builtin_sub_overflow(watermark, length_, &held) ? INT64_MIN : held;
  }
  // A row that opened a span is kept to its end, sent or not.
  Backlog backlog() const override {
    Backlog out = TimedOperator::backlog();
    out.count += std::ssize(spans_);
    if (!spans_.empty()) out.watermark = std::min(out.watermark, spans_.front().end);
    return out;
  }

 protected:
  void Take(int, int64_t time, HeldRow row) override {
    uint64_t hash = HashKey(key_, row.get());
    std::vector<int64_t>& spans = open_[hash];
    auto found = std::find_if(spans.begin(), spans.end(), [&](int64_t number) {
      return SameKey(key_, SpanAt(number).row.get(), row.get());
    });
    if (found != spans.end() && (time < SpanAt(*found).end || SpanAt(*found).end == INT64_MAX)) {
      if (keep_last_) SpanAt(*found).row = std::move(row);
      return;
    }
    int64_t number = first_ + static_cast<int64_t>(spans_.size());
    if (found != spans.end()) {
      *found = number;  // the one before waits in the queue only
    } else {
      spans.push_back(number);
    }
    if (!keep_last_) Send(row);
    spans_.push_back({hash, Plus(time, length_), std::move(row)});
  }

  void Pass(int64_t watermark) override {
    while (!spans_.empty() && spans_.front().end <= watermark) {
      Span& span = spans_.front();
      auto list = open_.find(span.hash);
      if (list != open_.end()) {
        list->second.erase(std::remove(list->second.begin(), list->second.end(), first_),
                           list->second.end());
        if (list->second.empty()) open_.erase(list);
      }
      if (keep_last_) Send(std::move(span.row));
      spans_.pop_front();
      ++first_;
    }
  }

 private:
  struct Span {
    uint64_t hash;
    int64_t end;
    HeldRow row;  // the first, or the last so far
  };

  Span& SpanAt(int64_t number) { return spans_[static_cast<size_t>(number - first_)]; }

  std::vector<ResolvedKey> key_;
  int64_t length_;
  bool keep_last_;
  std::deque<Span> spans_;
  int64_t first_ = 0;                                        // number of the span at the front
  std::unordered_map<uint64_t, std::vector<int64_t>> open_;  // numbers, by hash of the key
};

// The first or last row of each key in row order: sent when the window closes or the stream ends. A
// first row in the order of the source alone is known as it comes.
class WindowDedup final : public Operator {
 public:
  WindowDedup(const DedupPlan& plan, OperatorContext context)
      : context_(std::move(context)),
        type_(context_.program->FindType(plan.input.row_type_symbol)),
        key_(Resolve(*context_.program, plan.key)),
        keep_last_(plan.keep_last),
        time_offset_(plan.input.time_offset),
        window_end_offset_(plan.window_end_offset),
        at_once_(!keep_last_ && time_offset_ < 0 && window_end_offset_ < 0) {}

  void OnBatch(const FlowRows& rows, const Batch& batch) override {
    for (int64_t i = 0; i < rows.count && !context_.stopped(); ++i) {
      const void* row = rows.rows[i];
      int64_t end = INT64_MAX;
      if (window_end_offset_ >= 0) {
        end = WindowEndOf(row, window_end_offset_);
        if (end <= batch.watermark) continue;
      }
      int64_t time = time_offset_ < 0 ? INT64_MIN : WindowEndOf(row, time_offset_);
      Judge(windows_[end], {time, batch.rank, arrived_++}, row);
    }
    SendNew();
  }
  void OnWatermark(int64_t watermark) override {
    if (window_end_offset_ < 0 && watermark < INT64_MAX) return;
    while (!windows_.empty() && windows_.begin()->first <= watermark) Close();
  }
  // Rows of the whole stream come with their own times, when it has ended.
  int64_t WatermarkBelow(int64_t watermark) const override {
    bool waits = window_end_offset_ < 0 && watermark < INT64_MAX;
    return waits ? INT64_MIN : watermark;
  }
  Backlog backlog() const override {
    Backlog out;
    for (const auto& [end, window] : windows_) out.count += std::ssize(window.rows);
    if (!windows_.empty()) out.watermark = windows_.begin()->first;
    return out;
  }
  void OnEnd() override {
    while (!windows_.empty()) Close();
  }

 private:
  // In row order (semantics.md 26).
  struct Place {
    int64_t time;
    int64_t rank;
    int64_t number;
    bool operator<(const Place& other) const {
      if (time != other.time) return time < other.time;
      return rank != other.rank ? rank < other.rank : number < other.number;
    }
  };
  struct Kept {
    Place place;
    HeldRow row;
  };
  struct Window {
    std::vector<Kept> rows;  // one per key
    std::unordered_map<uint64_t, std::vector<size_t>> by_hash;
  };

  void Judge(Window& window, const Place& place, const void* row) {
    std::vector<size_t>& same_hash = window.by_hash[HashKey(key_, row)];
    for (size_t index : same_hash) {
      Kept& kept = window.rows[index];
      if (!SameKey(key_, kept.row.get(), row)) continue;
      if (keep_last_ ? kept.place < place : place < kept.place) {
        kept = {place, HeldRow(context_.budget, type_, row)};
      }
      return;
    }
    same_hash.push_back(window.rows.size());
    window.rows.push_back({place, HeldRow(context_.budget, type_, row)});
  }

  void SendNew() {
    if (!at_once_ || windows_.empty()) return;
    std::vector<Kept>& rows = windows_.begin()->second.rows;
    std::vector<const void*> out;
    for (; sent_ < rows.size(); ++sent_) out.push_back(rows[sent_].row.get());
    EmitAll(context_, out.data(), static_cast<int64_t>(out.size()));
  }

  void Close() {
    auto node = windows_.extract(windows_.begin());
    if (at_once_) return;
    std::vector<Kept>& rows = node.mapped().rows;
    std::sort(rows.begin(), rows.end(),
              [](const Kept& a, const Kept& b) { return a.place < b.place; });
    std::vector<const void*> out;
    for (const Kept& kept : rows) out.push_back(kept.row.get());
    EmitAll(context_, out.data(), static_cast<int64_t>(out.size()));
  }

  OperatorContext context_;
  const FlowType* type_;  // of the collected row
  std::vector<ResolvedKey> key_;
  bool keep_last_;
  int64_t time_offset_;
  int64_t window_end_offset_;
  bool at_once_;
  int64_t arrived_ = 0;
  size_t sent_ = 0;                    // of the rows of the stream, when they are sent at once
  std::map<int64_t, Window> windows_;  // by window_end
};

}  // namespace

std::unique_ptr<Operator> MakeDedup(const DedupPlan& plan, OperatorContext context) {
  if (plan.within == kNoConst) return std::make_unique<WindowDedup>(plan, std::move(context));
  return std::make_unique<SpanDedup>(plan, std::move(context));
}

}  // namespace flow::runtime
