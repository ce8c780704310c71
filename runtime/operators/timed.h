#pragma once
// Base of the operators that work in event time, or in source order where rows have none: rows rest
// until the watermark has passed their time and are then taken one after another in row order
// (semantics.md 26, 29). So an operator is a sequential machine over sorted rows, whatever threads,
// units and the interleaving of partitions were.

#include <queue>
#include <vector>

#include "runtime/operator.h"
#include "runtime/operators/held_row.h"

namespace flow::runtime {

class TimedOperator : public Operator {
 public:
  void OnBatch(const FlowRows& rows, const Batch& batch) final;
  void OnWatermark(int64_t watermark) final;
  void OnEnd() final;
  Backlog backlog() const override;

 protected:
  struct Port {
    const FlowType* type = nullptr;  // of the collected row
    int64_t time_offset = -1;
    int64_t change_offset = -1;
  };

  TimedOperator(std::vector<const PortPlan*> ports, OperatorContext context);

  // The next row in row order. `time`: INT64_MIN when rows have none; they come as they arrive
  // then.
  virtual void Take(int port, int64_t time, HeldRow row) = 0;
  // All rows before `watermark` have been taken: what ended before it can go. INT64_MAX at the end.
  // Called after Take, also when no row was taken.
  virtual void Pass(int64_t /*watermark*/) {}
  // No row will be taken any more; behind the last Pass.
  virtual void AtEnd() {}

  const OperatorContext& context() const { return context_; }
  const Port& port(int index) const { return ports_[static_cast<size_t>(index)]; }
  int64_t Change(int port, const void* row) const;  // +1 where the stream only appends

  // Rows on their way down, sent in batches of at most batch_rows; they are held until sent.
  void Send(HeldRow row);
  virtual void Flush();

 private:
  struct Waiting {
    int64_t time;
    int64_t rank;
    int64_t number;  // as they came
    int port;
    HeldRow row;
    // Of a heap whose top is the first in row order.
    bool operator<(const Waiting& other) const {
      if (time != other.time) return time > other.time;
      if (rank != other.rank) return rank > other.rank;
      return number > other.number;
    }
  };

  void Release(int64_t watermark, bool all);

  OperatorContext context_;
  std::vector<Port> ports_;
  bool timed_ = false;
  std::vector<Waiting> waiting_;  // a heap
  int64_t arrived_ = 0;
  std::vector<HeldRow> sending_;
  std::vector<const void*> pointers_;
};

}  // namespace flow::runtime
