#pragma once
// A module on its way to LLVM: which ops are sources, sinks and operators of the plan, the start-up
// constants, and the groups of aggregates. Filled by plan.cpp and state.cpp, read while fragments
// are emitted.

#include <map>
#include <string>
#include <vector>

#include "codegen/module_context.h"
#include "codegen/scalar.h"
#include "ir/row_memory.h"

namespace flow::codegen {

using ir::CallState;
using ir::CarriesChange;
using ir::CarriesTime;
using ir::ChangelogRow;
using ir::CollectedRow;
using ir::GivenType;
using ir::HasPointers;
using ir::LayOutCollected;
using ir::SentRow;

// Groups of one aggregate, and the function that sets up an entry.
struct GroupLayout : ir::GroupMemory {
  ir::ValueId op;  // the aggregate, or the local half
  ir::FnId key;
  std::string init_symbol;
  // Where its rows come in panes: of the key, the first two fields are theirs.
  const ir::Window* panes = nullptr;
};

class Program {
 public:
  explicit Program(ModuleContext& module) : m(module), graph(module.module.graph) {}

  // Emits all functions and fills the plan. False: *error says which limit of the machine was met.
  bool Emit(std::string* error);

  ModuleContext& m;
  const ir::Graph& graph;
  // By op; -1 for ops that are none of it.
  std::vector<int> source_of;
  std::vector<int> sink_of;
  std::vector<int> operator_of;
  std::vector<std::vector<ir::ValueId>> consumers;
  std::vector<bool> needs_time;       // whether a stage below the op looks at event time
  std::map<int, GroupLayout> groups;  // by operator

  // Index in Plan::consts of the value of a zero-argument function, computed at start-up.
  // A value below `least` ends the run before it begins.
  int Const(ir::FnId function, std::string name, int64_t least = INT64_MIN);
  // Ends the run before it begins when `whole` is no whole number of times `step`.
  void NeedSteps(ir::FnId whole, std::string name, ir::FnId step);
  // Loads that value (from FlowTask::consts), or gives the constant itself where the script fixes
  // it.
  Value ConstValue(FunctionContext& fn, ir::FnId function, std::string name,
                   int64_t least = INT64_MIN);
  // The function `bool f(FlowTask*, const void* const* rows, void* out)` that evaluates `function`
  // of `op` over rows in memory: false when it rejected the row. Gives its symbol.
  std::string RowFunction(ir::ValueId op, ir::FnId function);
  // Columns that name the folders of a partitioned sink; empty: it has no partitions.
  std::vector<std::string> PartitionColumns(const ir::Sink& sink) const;
  int Handler(ir::ValueId op);
  // Stage, handler, place of an op; code and message are filled in per reason.
  runtime::SitePlan SiteOf(ir::ValueId op, int source) const;
  // Rows of the window leave the pipeline without meeting a stage that works per window.
  bool WindowRowsLeave(ir::ValueId window) const;

  FunctionContext Begin(const std::string& symbol, llvm::Type* result,
                        llvm::ArrayRef<llvm::Type*> params) const;
  // Whether an aggregate is given rows instead of partial groups.
  bool TakesRows(const ir::Aggregate& op) const {
    return graph.types[op.input].updating || op.retain.valid();
  }
  const AggregateOverload& OverloadOf(const ir::AggregateCall& call) const {
    return ir::OverloadOf(m.catalog, call);
  }
  // The aggregate whose groups an aggregate op keeps or merges.
  ir::ValueId LocalOf(ir::ValueId op) const;

 private:
  friend class PlanFiller;
  void FillPlan();
  void EmitGroups(int operator_index, const GroupLayout& layout, ir::ValueId result_op);
  void EmitInit();

  std::map<uint32_t, std::string> row_functions_;  // by function
  int default_handler_ = -1;
  std::vector<ir::FnId> consts_;  // as in the plan
};

// plan_aggregate.cpp
runtime::AggregatePlan PlanAggregate(Program& program, ir::ValueId id, const GroupLayout& layout,
                                     bool windowed, const ir::Emit& emit);

// plan_joins.cpp: the nodes of joins.
runtime::JoinPlan PlanJoin(Program& program, ir::ValueId id, const ir::Join& op);
runtime::TableJoinPlan PlanTableJoin(Program& program, ir::ValueId id, const ir::Join& op);
runtime::AsofPlan PlanJoin(Program& program, ir::ValueId id, const ir::AsofJoin& op);
runtime::LookupPlan PlanJoin(Program& program, ir::ValueId id, const ir::Lookup& op);

// row_memory.cpp: when and how the op sends its groups.
runtime::EmitPlan PlanOfEmit(Program& program, ir::ValueId id, const ir::Emit& emit);

// state.cpp: finds or makes the entry of `key` in the table at `slot` of the task. Gives the entry.
llvm::Value* EmitFindGroup(FunctionContext& fn, const GroupLayout& layout, llvm::Value* table,
                           const Value& key);
GroupLayout LayOutGroups(Program& program, ir::ValueId op, int operator_index);
GroupLayout LayOutCalls(Program& program, ir::ValueId op, const Type& key_type,
                        const std::vector<const ir::AggregateCall*>& calls,
                        std::string init_symbol);
// FlowEntryInitFn and FlowMergeFn of entries.
void EmitGroupInit(Program& program, const GroupLayout& layout);
void EmitGroupMerge(Program& program, const GroupLayout& layout, const std::string& symbol);
// FlowFinalFn: writes the key columns and, from column `first` on, the aggregates of an entry into
// a row of `result_op`.
void EmitGroupFinal(Program& program, const GroupLayout& layout, const std::string& symbol,
                    ir::ValueId result_op, size_t first);
// Folds one row into the state of `call`, if it is `wanted` (null: always).
void EmitUpdateCall(FunctionContext& fn, const CallState& call, llvm::Value* arena,
                    llvm::Value* entry, llvm::Value* time, const Value& args, llvm::Value* wanted);

// over.cpp
// In a FlowMergeFn of an entry and a collected row: folds what the row gives to `call`, which
// begins at extra number `first`.
void EmitUpdateFromRow(FunctionContext& fn, const CallState& call, const CollectedRow& row,
                       size_t first);
runtime::OverPlan PlanOver(Program& program, ir::ValueId id, const ir::Over& op);
void EmitOver(Program& program, ir::ValueId id, const ir::Over& op);

// plan_table_top.cpp
runtime::TableTopPlan PlanTableTop(Program& program, ir::ValueId id, const ir::Top& op);
runtime::TableTopPlan PlanTableTop(Program& program, ir::ValueId id, const ir::Dedup& op);

// table_aggregate.cpp
runtime::TableAggregatePlan PlanTable(Program& program, ir::ValueId id, const ir::Aggregate& op);
void EmitTable(Program& program, ir::ValueId id, const ir::Aggregate& op);

// plan_match.cpp
runtime::MatchPlan PlanOfMatch(Program& program, ir::ValueId id, const ir::Match& op);

// fragment.cpp: the function of the rows that `root` gives, with its FragmentPlan.
void EmitFragment(Program& program, ir::ValueId root);

}  // namespace flow::codegen
