// The plan's nodes of `top` and `dedup` over rows that are rewritten, or whose results are.

#include "codegen/program.h"
#include "ir/effects.h"

namespace flow::codegen {
namespace {

std::vector<runtime::SortKey> KeysOf(Program& program, const CollectedRow& row, ir::FnId fn,
                                     size_t first) {
  std::vector<runtime::SortKey> out;
  for (const StructField& field : program.m.module.functions[fn].result.fields()) {
    out.push_back({row.extras[first++], program.m.TypeSymbol(field.type), false});
  }
  return out;
}

// What `top` and `dedup` have in common.
template <class OpT>
runtime::TableTopPlan Begin(Program& program, ir::ValueId id, const OpT& op,
                            const CollectedRow& row) {
  ModuleContext& m = program.m;
  const Type& result = program.graph.types[id].row;
  runtime::TableTopPlan plan;
  plan.input = {m.TypeSymbol(row.type), row.time_offset, row.change_offset};
  plan.columns_type_symbol = m.TypeSymbol(program.graph.types[op.input].row);
  plan.result_type_symbol = m.TypeSymbol(result);
  if (row.time_offset >= 0) {
    plan.then.push_back(
        {static_cast<uint32_t>(row.time_offset), m.TypeSymbol(Type::Timestamp()), false});
  }
  if (op.windowed) {
    auto end = static_cast<size_t>(result.FieldIndex("window_end"));
    plan.window_end_offset = FieldOffsets(result)[end];
  }
  plan.emit = PlanOfEmit(program, id, op.emit);
  return plan;
}

}  // namespace

runtime::TableTopPlan PlanTableTop(Program& program, ir::ValueId id, const ir::Top& op) {
  ModuleContext& m = program.m;
  CollectedRow row = ir::CollectedBy(m.module, id);
  const Type& result = program.graph.types[id].row;
  std::vector<uint32_t> offsets = FieldOffsets(result);
  runtime::TableTopPlan plan = Begin(program, id, op, row);
  plan.count = program.Const(op.count, "number of rows of `top`", 0);
  plan.by = KeysOf(program, row, op.by, 0);
  plan.by[0].descending = !op.ascending;
  if (op.per.valid()) plan.per = KeysOf(program, row, op.per, 1);
  plan.ties = op.ties;
  if (op.rank) plan.rank_offset = offsets[static_cast<size_t>(result.FieldIndex("$rank"))];
  plan.by_place = op.rank && !op.ties;
  for (const std::string& column : op.key) {
    auto index = static_cast<size_t>(result.FieldIndex(column));
    plan.identity.push_back({offsets[index], m.TypeSymbol(result.fields()[index].type), false});
  }
  return plan;
}

runtime::TableTopPlan PlanTableTop(Program& program, ir::ValueId id, const ir::Dedup& op) {
  CollectedRow row = ir::CollectedBy(program.m.module, id);
  runtime::TableTopPlan plan = Begin(program, id, op, row);
  plan.last = op.keep_last;
  plan.per = KeysOf(program, row, op.key, 0);
  plan.by_place = true;
  return plan;
}

}  // namespace flow::codegen
