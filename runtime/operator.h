#pragma once
// The contract of what is per batch and not generated: operators between fragments. All calls come
// from one thread at a time, in the order of the input (docs/runtime.md), ReduceUnit excepted.

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "runtime/abi.h"
#include "runtime/account.h"
#include "runtime/memory.h"
#include "runtime/plan.h"
#include "runtime/program.h"

namespace flow::runtime {

// Where the rows of a batch come from.
struct Batch {
  // P of their partition before these rows; INT64_MIN: rows of an operator, which are never late.
  int64_t watermark = INT64_MIN;
  int port = 0;      // which input of the operator: 0, the left one, or 1
  int64_t rank = 0;  // of their partition in row order, among rows of one time (semantics.md 26)
};

class Operator {
 public:
  virtual ~Operator() = default;

  // Rows in row order, valid during the call only: whoever keeps one copies it. Rows of a window
  // that ends at or before `batch.watermark`, in other stages rows before it, are late.
  virtual void OnBatch(const FlowRows& rows, const Batch& batch) = 0;
  // Partial groups instead of rows. The table stays the caller's.
  virtual void OnTable(FlowTable*, const Batch&) {}
  // Offers a table that lives until after OnEnd and that nobody else needs: true when the operator
  // has made it its own, which spares merging it.
  virtual bool Adopt(FlowTable*) { return false; }
  // No more rows with event time < `watermark` will come. Never falls.
  virtual void OnWatermark(int64_t) {}
  // W below the operator when `watermark` is that above: less by what it may still send behind it
  // (semantics.md 29, 52).
  virtual int64_t WatermarkBelow(int64_t watermark) const { return watermark; }
  // The clock has gone on: `now` in nanoseconds since the epoch. For what is sent by the clock.
  virtual void OnClock(int64_t /*now*/) {}
  // When OnClock wants to be called next; INT64_MAX: never.
  virtual int64_t NextClock() const { return INT64_MAX; }
  // No more rows will come by input `port`; may be told later than it is so, but before OnEnd.
  virtual void OnPortEnd(int /*port*/) {}
  // No more rows at all. Called once, after the last watermark.
  virtual void OnEnd() {}
  // What is held back, for the account of a run.
  virtual Backlog backlog() const { return {}; }
  // True when further rows make no difference: sources nobody else reads may stop.
  virtual bool done() const { return false; }

  // Drops rows of one unit that cannot matter; by workers in parallel, so without touching state.
  virtual void ReduceUnit(FlowRows*) const {}
};

// What an operator may do to the world.
struct OperatorContext {
  const Program* program = nullptr;
  MemoryBudget* budget = nullptr;
  int64_t batch_rows = 0;
  // Hands rows downstream, about batch_rows at a time (both halves of an update go together). The
  // rows need to live during the call only.
  std::function<void(const void* const* rows, int64_t count)> emit;
  // The same for rows that are not the operator's own but pass through: `from` is what Batch says
  // of them, by which stages below judge and order them.
  std::function<void(const void* const* rows, int64_t count, const Batch& from)> pass_on;
  // True when the run has failed and whatever is emitted goes nowhere.
  std::function<bool()> stopped;
  // For generated code that may reject a row: its rejects are handled after the call.
  std::function<FlowTask*()> begin_task;
  std::function<void()> end_task;
  // Of rows with times of their own; those of windows are counted where they enter them.
  std::function<void(int64_t rows)> count_late;
  std::function<void(std::string_view)> say;  // on standard error
};

std::unique_ptr<Operator> MakeOperator(const OperatorPlan& plan, OperatorContext context);

std::unique_ptr<Operator> MakeAggregate(const AggregatePlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeCountWindow(const CountWindowPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeAsofJoin(const AsofPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeDedup(const DedupPlan& plan, OperatorContext context);
// Bounded in time, or not at all; MakeWindowJoin within the same window.
std::unique_ptr<Operator> MakeJoin(const JoinPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeLimit(const LimitPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeMatch(const MatchPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeLookup(const LookupPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeOrder(const OrderPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeOver(const OverPlan& plan, OperatorContext context);
// An aggregate whose windows overlap, put together from panes; MakeAggregate asks for it.
std::unique_ptr<Operator> MakePaneAggregate(const AggregatePlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakePeek(const PeekPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeSession(const SessionPlan& plan, OperatorContext context);
// `aggregate` over rows that are rewritten.
std::unique_ptr<Operator> MakeTableAggregate(const TableAggregatePlan& plan,
                                             OperatorContext context);
std::unique_ptr<Operator> MakeTableJoin(const TableJoinPlan& plan, OperatorContext context);
// `aggregate .. retain`.
std::unique_ptr<Operator> MakeRetainAggregate(const TableAggregatePlan& plan,
                                              OperatorContext context);
// `top` and `dedup` over rows that are rewritten, or that send changes.
std::unique_ptr<Operator> MakeTableTop(const TableTopPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeTop(const TopPlan& plan, OperatorContext context);
std::unique_ptr<Operator> MakeWindowJoin(const JoinPlan& plan, OperatorContext context);

// Emits `rows` in batches of the context's size.
void EmitAll(const OperatorContext& context, const void* const* rows, int64_t count);

}  // namespace flow::runtime
