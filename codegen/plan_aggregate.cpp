// The nodes of aggregates over rows that only come.

#include "base/text.h"
#include "codegen/program.h"
#include "ir/visit.h"

namespace flow::codegen {

runtime::AggregatePlan PlanAggregate(Program& program, ir::ValueId id, const GroupLayout& layout,
                                     bool windowed, const ir::Emit& emit) {
  ModuleContext& m = program.m;
  size_t index = m.plan.operators.size();
  runtime::AggregatePlan plan;
  plan.entry_size = static_cast<uint32_t>(layout.size);
  plan.key_offset = static_cast<uint32_t>(layout.key_offset);
  plan.key_type_symbol = m.TypeSymbol(layout.key_type);
  plan.eq_symbol = Cat("group_", index, "_equal");
  plan.init_symbol = layout.init_symbol;
  plan.merge_symbol = Cat("group_", index, "_merge");
  plan.final_symbol = Cat("group_", index, "_final");
  plan.row_type_symbol = m.TypeSymbol(program.graph.types[id].row);
  plan.windowed = windowed;
  plan.emit = PlanOfEmit(program, id, emit);
  for (const CallState& call : layout.calls) plan.ordered |= call.overload->ordered;
  plan.per_unit = windowed || plan.emit.updating() || plan.ordered;
  const ir::Op& local = program.graph.ops[layout.op];
  bool bounded = program.graph.types[ir::OperandsOf(local)[0]].bounded;
  plan.always_one_row = layout.key_type.fields().empty() && !windowed && bounded;
  if (const ir::Window* window = layout.panes) {
    plan.panes.size = program.Const(window->size, "size of `window`", 1);
    plan.panes.step = program.Const(window->step, "step of `window`", 1);
    plan.panes.hops = window->kind == ir::WindowKind::kHop;
    plan.panes.stacks = ir::StacksPanes(m.catalog, *window, layout);
  }
  return plan;
}

}  // namespace flow::codegen
