#pragma once
// The interpreter, inside: one Take per op for a row of its input, one Finish for ops that send
// when everything above them has ended. Bodies stand by construct: interp.cpp (sources and the
// run), rows.cpp (a row on its way, rejection), stages_*.cpp, and one file per stateful stage.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "interp/evaluator.h"
#include "interp/interp.h"
#include "interp/row.h"
#include "interp/sinks.h"
#include "interp/stateful.h"
#include "ir/effects.h"
#include "ir/rewrite.h"

namespace flow::interp {

using ir::FnId;
using ir::ValueId;

inline constexpr int kExitBadData = 65;
inline constexpr int kExitUsage = 2;

// On standard error.
void Say(const std::string& text);

class Interpreter {
 public:
  Interpreter(const ir::Module& module, const Catalog& catalog, const Options& options)
      : module_(module),
        graph_(module.graph),
        options_(options),
        evaluator_(module, catalog),
        uses_time_(ir::UsesOfTime(module, &catalog)),
        consumers_(ir::ConsumersOf(module.graph)),
        groups_(graph_.ops.size()),
        kept_(graph_.ops.size()),
        passed_(graph_.ops.size()),
        sinks_(graph_.ops.size()),
        done_(graph_.ops.size()),
        finishing_(graph_.ops.size()) {}
  Result Run();

 private:
  // ---- Before the first row
  bool Prepare();
  // Counts and durations that a parameter may have made too small.
  void JudgeConstants(ValueId id);
  void AtLeast(int64_t least, FnId fn, const std::string& what);
  void WholeSteps(FnId fn, FnId step, const std::string& what);
  // Without groups and windows one row always comes (semantics.md 35).
  bool OneRowAlways(const ir::Aggregate& op) const;
  bool Stop(const InputError& error);
  // A constant of an op; what fails there ends the run.
  Value Constant(FnId fn);

  // ---- Sources
  void ReadSource(ValueId id, const ir::Source& source);
  // The source's event time where a stage uses it (semantics.md 19).
  std::optional<ir::TimeSpec> TimeOf(ValueId id, const ir::Source& source);
  void ReadRecord(const Origin& origin, int64_t delay, int64_t jump, int64_t* greatest);
  static int64_t Clock();
  // Whether anything below still takes rows: `limit` stops what nothing else reads.
  bool Wanted(ValueId id);

  // ---- Rows
  void Send(ValueId from, const Row& row);
  // Makes the columns that `fn` reads available; false when one is bad.
  bool Ensure(const Type& type, FnId fn, bool makes_row, Row* row);
  bool EnsureAll(Row* row);
  bool Decode(size_t column, Row* row);
  bool Evaluate(ValueId id, FnId fn, const Type& type, Row* row, Value* out,
                bool makes_row = false);
  template <class OpT>
  const Type& InputType(const OpT& op) const {
    return graph_.types[op.input].row;
  }

  // ---- One rule per op
  void Take(ValueId, const ir::Source&, Row&) { FLOW_UNREACHABLE("a source takes no rows"); }
  void Take(ValueId, const ir::Rejects&, Row&) { FLOW_UNREACHABLE("rejects take no rows"); }
  void Take(ValueId id, const ir::Filter& op, Row& row);
  void Take(ValueId id, const ir::Map& op, Row& row);
  void Take(ValueId id, const ir::Assert& op, Row& row);
  void Take(ValueId id, const ir::Unnest& op, Row& row);
  void Take(ValueId id, const ir::Aggregate& op, Row& row);
  void Take(ValueId id, const ir::Top& op, Row& row);
  void Take(ValueId id, const ir::Order& op, Row& row);
  void Take(ValueId id, const ir::Limit& op, Row& row);
  void Take(ValueId id, const ir::Union&, Row& row) { Send(id, row); }
  void Take(ValueId id, const ir::Peek& op, Row& row);
  void Take(ValueId id, const ir::Sink&, Row& row);
  // windows.cpp
  void Take(ValueId id, const ir::Window& op, Row& row);
  void SendLate(ValueId id, const Row& row);
  void KeepForWindow(ValueId id, FnId key, const Type& input, Row& row);
  std::vector<std::vector<KeptRow*>> RowsByKey(ValueId id, FnId key);
  void SendWindow(ValueId id, const Type& input, const std::vector<KeptRow*>& rows,
                  std::vector<Value> own);
  void SendInWindow(ValueId id, const Type& input, const Row& row, std::vector<Value> own);
  void Take(ValueId id, const ir::WindowSession& op, Row& row);
  void Take(ValueId id, const ir::WindowRows& op, Row& row);
  void Take(ValueId id, const ir::Late& op, Row& row);
  void Finish(ValueId id, const ir::WindowSession& op);
  void Finish(ValueId id, const ir::WindowRows& op);
  // joins.cpp
  void Take(ValueId id, const ir::Join& op, Row& row);
  void Take(ValueId id, const ir::AsofJoin& op, Row& row);
  void Take(ValueId id, const ir::Lookup& op, Row& row);
  void Finish(ValueId id, const ir::Join& op);
  void Finish(ValueId id, const ir::AsofJoin& op);
  void Finish(ValueId id, const ir::Lookup& op);
  // A row of one input of a join with its key; false when it is late, bad or rejected.
  bool KeepSide(ValueId id, FnId left_key, FnId right_key, const Type& type, bool timed, Row& row,
                KeptRow* kept);
  void KeepSide(ValueId id, KeptRow kept, Row& row);
  bool Fits(ValueId id, FnId condition, const Row& left, const Row& right);
  // Either row may be missing; `before`: the bounds of the span, if there is one.
  void SendJoined(ValueId id, const Row* left, const Type& left_type, const Row* right,
                  const Type& right_type, const std::string& name, std::vector<Value> before,
                  int64_t time, int64_t watermark = kNoTime);
  // dedup.cpp
  void Take(ValueId id, const ir::Dedup& op, Row& row);
  void Finish(ValueId id, const ir::Dedup& op);
  // over.cpp
  void Take(ValueId id, const ir::Over& op, Row& row);
  void Finish(ValueId id, const ir::Over& op);
  std::vector<const KeptRow*> Trailing(const std::vector<KeptRow>& rows, size_t at,
                                       const ir::OverCall& over, size_t index);
  // match.cpp
  void Take(ValueId id, const ir::Match& op, Row& row);
  void Finish(ValueId id, const ir::Match& op);
  // Made by passes that the interpreter does without.
  void Take(ValueId, const ir::AggregateLocal&, Row&) { FLOW_UNREACHABLE("a split aggregate"); }
  void Take(ValueId, const ir::AggregateMerge&, Row&) { FLOW_UNREACHABLE("a split aggregate"); }
  void Take(ValueId id, const ir::Exchange&, Row& row) { Send(id, row); }
  void Keep(ValueId id, KeptRow kept, Row& row);

  // ---- What is sent at the end
  // Everything above first: inputs, and for a stream of rejected rows all ops that may reject into
  // it.
  void Finish(ValueId id);
  // Groups come sorted by key, which a window leads.
  // What an op that keeps rows sends when everything above it has ended.
  template <class OpT>
  void Finish(ValueId, const OpT&) {}
  void Finish(ValueId id, const ir::Aggregate& op);
  bool GivenBy(ValueId id, const ir::Aggregate& op, Row& row, Value* key,
               std::vector<std::optional<Sample>>* given);
  void Fold(ValueId id, const Value& key, std::vector<std::optional<Sample>> given);
  void Finish(ValueId id, const ir::Top& op);
  void Finish(ValueId id, const ir::Order& op);
  void SendRanked(ValueId id, Row& row, bool windowed, int64_t rank);

  // ---- Rejected rows
  // Of the source: each record once (semantics.md 20).
  void RejectRecord(const Row& row, const DecodeFault& fault);
  void Reject(ValueId id, const Row& row, const Rejection& rejection);
  void SendRejected(ir::HandlerId handler, const std::string& stage, const Row& row,
                    const Rejection& rejection);

  // ---- The end
  void FinishSinks();
  void Summarise();
  const ir::Module& module_;
  const ir::Graph& graph_;
  const Options& options_;
  Evaluator evaluator_;
  std::vector<bool> uses_time_;
  std::vector<std::vector<ValueId>> consumers_;
  std::vector<std::unique_ptr<Groups>> groups_;
  std::vector<std::vector<KeptRow>> kept_;
  std::vector<int64_t> passed_;  // rows a limit let through or a peek showed
  std::vector<std::unique_ptr<SinkWriter>> sinks_;
  std::vector<bool> done_;
  std::vector<bool> finishing_;  // aggregates of tables that fold what they have kept
  std::map<std::string, int64_t> rejected_by_stage_;
  Result result_;
  bool stopped_ = false;
};

}  // namespace flow::interp
