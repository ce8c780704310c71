// Aggregates over rows that are rewritten: their plan, what is collected of a row for them, and the
// functions that fold rows into states and give results.

#include "base/text.h"
#include "codegen/fragment.h"
#include "codegen/program.h"
#include "ir/effects.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

std::string Symbol(ir::ValueId id, const char* what) { return Cat("table_", id.index, "_", what); }

GroupLayout LayoutOf(Program& program, ir::ValueId id, const ir::Aggregate& op) {
  std::vector<const ir::AggregateCall*> calls;
  for (const ir::AggregateCall& call : op.calls) calls.push_back(&call);
  return LayOutCalls(program, id, program.m.module.functions[op.key].result, calls,
                     Symbol(id, "init"));
}

}  // namespace

runtime::TableAggregatePlan PlanTable(Program& program, ir::ValueId id, const ir::Aggregate& op) {
  ModuleContext& m = program.m;
  CollectedRow row = ir::CollectedBy(m.module, id);
  GroupLayout layout = LayoutOf(program, id, op);
  runtime::TableAggregatePlan plan;
  plan.input = {m.TypeSymbol(row.type), row.time_offset, row.change_offset};
  plan.columns_type_symbol = m.TypeSymbol(program.graph.types[op.input].row);
  plan.result_type_symbol = m.TypeSymbol(program.graph.types[id].row);
  plan.entry_size = static_cast<uint32_t>(layout.size);
  std::vector<uint32_t> offsets = FieldOffsets(layout.key_type);
  for (size_t i = 0; i < layout.key_type.fields().size(); ++i) {
    const Type& type = layout.key_type.fields()[i].type;
    plan.key.push_back({row.extras[i], m.TypeSymbol(type), false});
    runtime::MovePlan move;
    move.from = row.extras[i];
    move.to = static_cast<uint32_t>(layout.key_offset) + offsets[i];
    move.size = flow::LayoutOf(type).size;
    plan.key_moves.push_back(move);
  }
  // The window leads the key.
  if (op.windowed) plan.window_end_offset = row.extras[1];
  plan.init_symbol = layout.init_symbol;
  plan.update_symbol = Symbol(id, "update");
  plan.merge_symbol = Symbol(id, "merge");
  plan.final_symbol = Symbol(id, "final");
  if (op.retain.valid()) {
    plan.retain.after = program.Const(op.retain, "`retain` of `aggregate`", 1);
    plan.retain.forgets = !ir::AsksForOldRows(m.module, &m.catalog, id);
  }
  plan.emit = PlanOfEmit(program, id, op.emit);
  plan.always_one_row =
      layout.key_type.fields().empty() && !op.windowed && program.graph.types[op.input].bounded;
  return plan;
}

void EmitTable(Program& program, ir::ValueId id, const ir::Aggregate& op) {
  ModuleContext& m = program.m;
  GroupLayout layout = LayoutOf(program, id, op);
  CollectedRow row = ir::CollectedBy(m.module, id);
  EmitGroupInit(program, layout);
  EmitGroupMerge(program, layout, Symbol(id, "merge"));
  FunctionContext fn = program.Begin(Symbol(id, "update"), m.void_type, {m.ptr, m.ptr, m.ptr});
  size_t extra = layout.key_type.fields().size();
  for (const CallState& call : layout.calls) {
    EmitUpdateFromRow(fn, call, row, extra);
    extra += GivenType(m.module, *call.call).fields().size();
  }
  fn.b.CreateRetVoid();
  EmitGroupFinal(program, layout, Symbol(id, "final"), id, layout.key_type.fields().size());
}

void FragmentEmitter::CollectForTable(ir::ValueId id, const ir::Aggregate& op, const Row& row,
                                      Block* next) {
  if (op.retain.valid()) JudgeLate(id, row, next);
  EnsureAll(row, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  llvm::SmallVector<Value, 4> extras = {NormalizeKey(fn_, scalar.Emit(op.key, &row))};
  for (const ir::AggregateCall& call : op.calls) extras.push_back(EmitGiven(scalar, call, row));
  Collect(id, 0, row, extras);
}

}  // namespace flow::codegen
