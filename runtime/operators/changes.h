#pragma once
// What operators whose rows are rewritten send: for each key the row it was sent last, and what
// became of it (semantics.md 57).

#include <vector>

#include "runtime/operator.h"
#include "runtime/operators/held_row.h"

namespace flow::runtime {

class ChangeSender {
 public:
  // `row`: what is compared, a beginning of what is sent.
  ChangeSender(const EmitPlan& plan, const FlowType* row, const OperatorContext& context);

  // `now` is what the key's row is from here on, or null: deletes, inserts, or replaces *sent, and
  // sends nothing when nothing has changed. `now` is as long as what is sent.
  void Replace(HeldRow* sent, const void* now);
  // Before the next Replace of the same key, and before the operator returns.
  void Flush();

 private:
  void Queue(HeldRow row, int64_t change);

  const OperatorContext& context_;
  const FlowType* row_;
  const FlowType* sent_;
  int64_t change_offset_;
  std::vector<HeldRow> queue_;
  std::vector<const void*> pointers_;
};

}  // namespace flow::runtime
