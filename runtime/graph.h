#pragma once
// Everything below the parallel fragments: sinks, operators and the fragments between them. Results
// of units are folded in here one after another, in the order of the input.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/fragment.h"
#include "runtime/operator.h"
#include "runtime/reader.h"
#include "runtime/rejects.h"
#include "runtime/run.h"
#include "runtime/screen.h"
#include "runtime/sink.h"
#include "runtime/watermark.h"

namespace flow::runtime {

// Opens what a sink of the plan writes to.
using OpenSink = std::function<Status(const SinkRequest&, std::unique_ptr<Sink>*)>;

class Graph {
 public:
  Graph(const Program& program, const RunOptions& options, Env& env, Screen* screen,
        MemoryBudget* budget, const std::vector<Partition>* partitions);
  ~Graph();

  Status Open(const OpenSink& open_sink);

  // Takes in one unit. `reader` counts lines for messages; may be null.
  void Fold(Work& work, UnitReader* reader);
  // The run has failed at a record of failed_partition(). If this unit, of a partition before it,
  // has a record at which the run fails as well, that one stands first in row order (semantics.md
  // 21).
  void LookForEarlier(Work& work, UnitReader* reader);
  // Time has passed: idle sources may let windows close, operators may send by the clock.
  void Tick();
  // When Tick may have something to do next, by the monotonic clock; INT64_MAX: not before more
  // input has come.
  int64_t NextTick(int64_t now) const;
  // All input was folded: sends what is kept, publishes what was written.
  void Finish(std::vector<KeptTables>* worker_tables);
  // The run has failed: leaves nothing half done.
  void Abandon();

  // Also after the first row rejected under `on error fail`, and when a sink fails.
  bool failed() const { return !failure_.ok(); }
  const Status& failure() const { return failure_; }
  // With a record at which the run has failed; -1: it has not, or for another reason.
  int failed_partition() const { return failed_partition_; }
  // False when nothing below wants more rows of `source`.
  bool SourceWanted(int source) const;
  bool anything_may_stop() const { return may_stop_; }

  // Fragments that read `source` directly.
  const std::vector<int>& FragmentsOf(int source) const {
    return source_fragments_[static_cast<size_t>(source)];
  }
  // Sources of tables that are to be read before the rows that look something up in them.
  std::vector<bool> TableSources() const;
  // Per source a number that it shares with those whose rows meet its own where event time rules:
  // their partitions are best read beside each other. -1: it meets none, or has to be read in row
  // order.
  std::vector<int> MeetingSources() const;
  bool in_order(int source) const { return in_order_[static_cast<size_t>(source)]; }
  const Operator* operator_at(int index) const {
    return operators_[static_cast<size_t>(index)].get();
  }
  Watermarks& watermarks() { return watermarks_; }
  int64_t least_watermark() const;

  const std::vector<int64_t>& counters() const { return counters_; }
  void Collect(RunResult* result) const;
  // `tables`: groups that workers still keep, or null.
  Account MakeAccount(std::vector<KeptTables>* tables);
  bool AllEnded() const;  // all input was read
  int64_t rows_in() const;
  int64_t rows_moved() const;  // sent by operators so far
  int64_t rows_out() const;
  int64_t rejected() const;

  // The line on standard error at the end: what was rejected, the first such row, what was late.
  std::string Summary(const RunResult& result) const;

 private:
  struct OperatorFragment;
  struct RoutedRow;
  struct OperatorNode;

  bool RunOrdered(Work& work);
  void TakeSlots(const FragmentPlan& fragment, Slots& slots, int64_t watermark, int64_t rank);
  // `from`: of rows that passed through the operator; those that it made are never late.
  void Deliver(std::vector<OperatorFragment>& fragments, const void* const* rows, int64_t count,
               const Batch* from = nullptr);
  bool StopsShort(const Work& work, int64_t watermark) const;
  bool EndsUnder(int handler) const;  // a bad row ends the run: `on error fail`
  bool EndsRun(const Reject& reject) const;
  // `watermark`: P before the unit, by which rows that are late are told from bad ones.
  void HandleRejects(RejectLog& rejects, int64_t watermark, int source,
                     const std::string& partition, UnitReader* reader, const Unit* unit);
  void HandleLongRecord(const Unit& unit, UnitReader* reader, const std::string& partition);
  void NoteFirst(std::pair<int64_t, int64_t> at, const RejectPlace& place, const RejectText& text);
  RejectPlace PlaceOf(const Reject& reject, int source, const std::string& partition,
                      UnitReader* reader, const Unit* unit, int64_t* first_line) const;
  void FailedIn(const Unit& unit);
  void JudgeReject(const Reject& reject, const RejectPlace& place, RejectText text, int handler,
                   std::vector<RoutedRow>* routed);
  void DeliverRouted(std::vector<RoutedRow>* routed);
  void WriteSink(int sink, std::string_view bytes);
  int64_t WatermarkAbove(OperatorNode* node, int64_t now);
  void Advance();
  void Strike();  // operators that send by the clock
  void TellStalls();
  void LookAtState();  // for a profile
  void CountStage(size_t index, Account* account) const;
  void CountOperator(int op, StageAccount* stage) const;
  void AdvanceSinks(int64_t now);
  void Fail(Status status);
  void Say(std::string_view text);
  OperatorContext MakeContext(int op);
  bool Wanted(const FragmentPlan& fragment) const;
  bool OperatorWanted(int op) const;

  const Program& program_;
  const Plan& plan_;
  const RunOptions& options_;
  Env& env_;
  Screen* screen_;
  MemoryBudget* budget_;
  const std::vector<Partition>* partitions_;
  Watermarks watermarks_;
  Status failure_;
  int failed_partition_ = -1;
  bool may_stop_ = false;
  bool any_framed_ = false;  // a sink has partitions, which are published by time

  std::vector<std::unique_ptr<Sink>> sinks_;
  std::vector<int64_t> sink_rows_;
  std::vector<int64_t> sink_bytes_;
  std::vector<RecordShape> sink_shapes_;
  std::vector<std::unique_ptr<Operator>> operators_;
  std::vector<OperatorNode> nodes_;
  std::vector<int> order_;  // operators, each after those that feed it
  std::vector<std::vector<int>> source_fragments_;
  std::vector<bool> in_order_;
  std::vector<std::vector<OperatorFragment>> handler_fragments_;
  std::unique_ptr<KeptTables> kept_;  // of fragments run here

  std::vector<int64_t> counters_;
  std::vector<int64_t> source_rows_;
  std::vector<int64_t> source_bytes_;
  std::vector<int64_t> site_counts_;
  std::vector<int64_t> long_records_;  // per source
  std::vector<int64_t> routed_;        // per handler
  std::vector<bool> stalls_told_;      // per source
  int64_t next_stall_look_ = 0;
  int64_t next_state_look_ = 0;
  std::string first_reject_;                     // in words; empty: none yet
  std::pair<int64_t, int64_t> first_reject_at_;  // partition, or what stands for it, and offset
  int64_t late_ = 0;
};

}  // namespace flow::runtime
