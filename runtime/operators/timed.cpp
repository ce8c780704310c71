#include "runtime/operators/timed.h"

#include <algorithm>
#include <cstring>

namespace flow::runtime {
namespace {

int64_t ReadInt(const void* row, int64_t offset) {
  int64_t value;
  std::memcpy(&value, static_cast<const char*>(row) + offset, 8);
  return value;
}

}  // namespace

TimedOperator::TimedOperator(std::vector<const PortPlan*> ports, OperatorContext context)
    : context_(std::move(context)) {
  for (const PortPlan* plan : ports) {
    ports_.push_back({context_.program->FindType(plan->row_type_symbol), plan->time_offset,
                      plan->change_offset});
    timed_ = timed_ || plan->time_offset >= 0;
  }
}

int64_t TimedOperator::Change(int index, const void* row) const {
  int64_t offset = port(index).change_offset;
  return offset < 0 ? 1 : ReadInt(row, offset);
}

void TimedOperator::OnBatch(const FlowRows& rows, const Batch& batch) {
  const Port& from = port(batch.port);
  int64_t late = 0;
  for (int64_t i = 0; i < rows.count && !context_.stopped(); ++i) {
    const void* row = rows.rows[i];
    int64_t time = from.time_offset < 0 ? INT64_MIN : ReadInt(row, from.time_offset);
    if (from.time_offset >= 0 && time < batch.watermark) {
      ++late;
      continue;
    }
    HeldRow held(context_.budget, from.type, row);
    if (!timed_) {
      Take(batch.port, time, std::move(held));
      continue;
    }
    waiting_.push_back({time, batch.rank, arrived_++, batch.port, std::move(held)});
    std::push_heap(waiting_.begin(), waiting_.end());
  }
  if (late > 0) context_.count_late(late);
  if (!timed_) Flush();
}

void TimedOperator::Release(int64_t watermark, bool all) {
  while (!waiting_.empty() && (all || waiting_.front().time < watermark) && !context_.stopped()) {
    std::pop_heap(waiting_.begin(), waiting_.end());
    Waiting next = std::move(waiting_.back());
    waiting_.pop_back();
    Take(next.port, next.time, std::move(next.row));
  }
}

void TimedOperator::OnWatermark(int64_t watermark) {
  Release(watermark, false);
  Pass(watermark);
  Flush();
}

void TimedOperator::OnEnd() {
  Release(INT64_MAX, true);
  Pass(INT64_MAX);
  AtEnd();
  Flush();
}

// Of the rows that wait for their turn; those that a stage keeps for others are its own business.
Backlog TimedOperator::backlog() const {
  Backlog out;
  out.count = static_cast<int64_t>(waiting_.size());
  if (!waiting_.empty()) out.watermark = waiting_.front().time + 1;
  return out;
}

void TimedOperator::Send(HeldRow row) {
  sending_.push_back(std::move(row));
  if (static_cast<int64_t>(sending_.size()) >= context_.batch_rows) Flush();
}

void TimedOperator::Flush() {
  if (sending_.empty()) return;
  pointers_.clear();
  for (const HeldRow& row : sending_) pointers_.push_back(row.get());
  context_.emit(pointers_.data(), static_cast<int64_t>(pointers_.size()));
  sending_.clear();
}

}  // namespace flow::runtime
