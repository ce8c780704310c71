// The plan of a pattern: where its rows, keys and steps lie in memory, and what conditions look at.

#include "codegen/program.h"
#include "ir/demand.h"

namespace flow::codegen {
namespace {

// Which of the first `count` steps a condition looks at.
std::vector<int> StepsRead(const ir::Function& condition, const Type& steps, size_t count) {
  ir::Demand demand = ir::RowDemand(condition, ir::Demand::All(), 1);
  std::vector<int> out;
  for (size_t i = 0; i < count; ++i) {
    if (demand.Of(steps.fields()[i].name) != nullptr) out.push_back(static_cast<int>(i));
  }
  return out;
}

}  // namespace

runtime::MatchPlan PlanOfMatch(Program& program, ir::ValueId id, const ir::Match& op) {
  ModuleContext& m = program.m;
  const ir::StreamType& input = program.graph.types[op.input];
  const Type& key = m.module.functions[op.key].result;
  CollectedRow collected = ir::CollectedBy(m.module, id);
  Type result = SentRow(program.graph.types[id]);
  std::vector<uint32_t> offsets = FieldOffsets(result);
  runtime::MatchPlan plan;
  plan.input = {m.TypeSymbol(collected.type), collected.time_offset, collected.change_offset};
  for (size_t i = 0; i < key.fields().size(); ++i) {
    plan.key.push_back({collected.extras[i], m.TypeSymbol(key.fields()[i].type), false});
    plan.key_offsets.push_back(offsets[i]);
  }
  plan.within = program.Const(op.within, "`within` of `match`", 1);
  plan.overlapping = op.overlapping;
  plan.row_size = LayoutOf(input.row).size;
  plan.result_type_symbol = m.TypeSymbol(result);
  plan.result_time_offset = offsets.back();
  // Between the keys and the event time the result is the struct of all steps.
  size_t keys = plan.key.size();
  Type steps = Type::Struct(
      {result.fields().begin() + static_cast<std::ptrdiff_t>(keys), result.fields().end() - 1});
  std::vector<uint32_t> step_offsets = FieldOffsets(steps);
  plan.steps_size = LayoutOf(steps).size;
  size_t taking = 0;
  for (const ir::MatchStep& step : op.steps) {
    runtime::MatchStepPlan made;
    made.condition_symbol = program.RowFunction(id, step.condition);
    made.reads = StepsRead(m.module.functions[step.condition], steps, taking);
    made.without = step.link == MatchLink::kWithout;
    made.next = step.link == MatchLink::kNext;
    made.least = step.least;
    made.most = step.most;
    if (!made.without) {
      made.steps_offset = step_offsets[taking];
      made.result_offset = offsets[keys + taking];
      ++taking;
    }
    plan.steps.push_back(std::move(made));
  }
  return plan;
}

}  // namespace flow::codegen
