// lookup: each left row with the current row of a keyed table. A table that ends is read to its end
// before the first row looks up; rows that come earlier wait (semantics.md 56).

#include <algorithm>

#include "runtime/operators/join_rows.h"

namespace flow::runtime {
namespace {

class Lookup final : public Operator {
 public:
  Lookup(const LookupPlan& plan, OperatorContext context)
      : context_(std::move(context)),
        keep_left_(plan.keep_left),
        complete_(!plan.bounded),
        left_type_(context_.program->FindType(plan.left.row_type_symbol)),
        right_type_(context_.program->FindType(plan.right.row_type_symbol)),
        left_time_(plan.left.time_offset),
        watermark_offset_(plan.watermark_offset),
        right_time_(plan.right.time_offset),
        right_change_(plan.right.change_offset),
        keys_(*context_.program, plan.left_key, plan.right_key),
        table_(keys_),
        rows_(plan.row, plan.condition_symbol, context_) {}

  void OnBatch(const FlowRows& rows, const Batch& batch) override {
    for (int64_t i = 0; i < rows.count && !context_.stopped(); ++i) {
      const void* row = rows.rows[i];
      if (batch.port == 1) {
        Keep(row, batch.rank);
        continue;
      }
      Batch from = batch;
      if (watermark_offset_ >= 0) {
        from.watermark = std::max(from.watermark, ReadInt64(row, watermark_offset_));
      }
      if (complete_) {
        LookUp(row, from);
      } else {
        waiting_.push_back({HeldRow(context_.budget, left_type_, row), from});
      }
    }
    rows_.End();
    rows_.Flush();
  }
  void OnPortEnd(int port) override {
    if (port != 1 || complete_) return;
    complete_ = true;
    for (Waiting& left : waiting_) {
      if (context_.stopped()) return;
      LookUp(left.row.get(), left.from);
    }
    rows_.End();
    rows_.Flush();
    waiting_ = {};
  }
  // Rows that wait for the table have times that W has passed long ago.
  int64_t WatermarkBelow(int64_t watermark) const override {
    return waiting_.empty() ? watermark : INT64_MIN;
  }
  Backlog backlog() const override {
    Backlog out;
    out.count = static_cast<int64_t>(waiting_.size()) + table_.size();
    return out;
  }

 private:
  struct Waiting {
    HeldRow row;
    Batch from;
  };
  struct Current {
    int64_t time = INT64_MIN;
    int64_t rank = INT64_MIN;
    HeldRow row;
  };

  void Keep(const void* row, int64_t rank) {
    if (keys_.HasNone(1, row)) return;
    int64_t time = right_time_ < 0 ? INT64_MIN : ReadInt64(row, right_time_);
    if (right_change_ >= 0 && ReadInt64(row, right_change_) < 0) {
      if (auto* entry = table_.Find(1, row)) table_.Erase(entry);
      return;
    }
    HeldRow held(context_.budget, right_type_, row);
    Current& current = table_.FindOrAdd(1, held).state;
    if (std::pair(time, rank) < std::pair(current.time, current.rank)) return;
    current = {time, rank, std::move(held)};
  }

  // `left` stays where it is until the rows are flushed, and no row of the table changes until
  // then.
  void LookUp(const void* left, Batch from) {
    int64_t time = left_time_ < 0 ? INT64_MIN : ReadInt64(left, left_time_);
    const void* found = nullptr;
    if (!keys_.HasNone(0, left)) {
      auto* entry = table_.Find(0, left);
      if (entry != nullptr && rows_.Fits(left, entry->state.row.get(), time)) {
        found = entry->state.row.get();
      }
    }
    if (found == nullptr && !keep_left_) return;
    // What is not before P is late for nothing: such rows go on together.
    if (time >= from.watermark) from.watermark = INT64_MIN;
    rows_.ComeFrom(from);
    rows_.AddBorrowed(left, found, time);
  }

  OperatorContext context_;
  bool keep_left_;
  bool complete_;  // the table has all its rows, or never will
  const FlowType* left_type_;
  const FlowType* right_type_;
  int64_t left_time_;
  int64_t watermark_offset_;
  int64_t right_time_;
  int64_t right_change_;  // -1: rows only come
  JoinKeys keys_;
  JoinStates<Current> table_;
  JoinRows rows_;
  std::vector<Waiting> waiting_;
};

}  // namespace

std::unique_ptr<Operator> MakeLookup(const LookupPlan& plan, OperatorContext context) {
  return std::make_unique<Lookup>(plan, std::move(context));
}

}  // namespace flow::runtime
