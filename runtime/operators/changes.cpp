#include "runtime/operators/changes.h"

#include <cstring>

#include "runtime/value.h"

namespace flow::runtime {

ChangeSender::ChangeSender(const EmitPlan& plan, const FlowType* row,
                           const OperatorContext& context)
    : context_(context),
      row_(row),
      sent_(context.program->FindType(plan.sent_type_symbol)),
      change_offset_(plan.change_offset) {}

void ChangeSender::Replace(HeldRow* sent, const void* now) {
  if (*sent && now != nullptr && flow_value_equal(row_, sent->get(), now)) return;
  bool update = *sent && now != nullptr;
  if (*sent) Queue(*sent, update ? kFlowOld : kFlowDelete);
  *sent = now == nullptr ? HeldRow() : HeldRow(context_.budget, sent_, now);
  if (*sent) Queue(*sent, update ? kFlowNew : kFlowInsert);
  if (static_cast<int64_t>(queue_.size()) >= context_.batch_rows) Flush();
}

void ChangeSender::Queue(HeldRow row, int64_t change) {
  std::memcpy(static_cast<char*>(row.mutable_row()) + change_offset_, &change, 8);
  queue_.push_back(std::move(row));
}

void ChangeSender::Flush() {
  if (queue_.empty()) return;
  pointers_.clear();
  for (const HeldRow& row : queue_) pointers_.push_back(row.get());
  context_.emit(pointers_.data(), static_cast<int64_t>(pointers_.size()));
  queue_.clear();
}

}  // namespace flow::runtime
