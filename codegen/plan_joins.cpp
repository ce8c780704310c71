// The plan's nodes of joins: how rows of both inputs come, and how rows are made of a pair.

#include "codegen/program.h"

namespace flow::codegen {
namespace {

class JoinPlanner {
 public:
  JoinPlanner(Program& program, ir::ValueId id, ir::ValueId left, ir::ValueId right)
      : p_(program), id_(id), left_(left), right_(right) {}

  CollectedRow Collected(size_t port) { return ir::CollectedBy(p_.m.module, id_, port); }
  runtime::PortPlan Port(const CollectedRow& row) {
    return {p_.m.TypeSymbol(row.type), row.time_offset, row.change_offset};
  }
  std::vector<runtime::SortKey> Keys(const CollectedRow& row, ir::FnId fn, size_t first = 0) {
    std::vector<runtime::SortKey> out;
    for (const StructField& field : p_.m.module.functions[fn].result.fields()) {
      out.push_back({row.extras[first++], p_.m.TypeSymbol(field.type), false});
    }
    return out;
  }
  // What the plans of all joins begin with.
  template <class PlanT, class OpT>
  PlanT Begin(const OpT& op, const CollectedRow& left, const CollectedRow& right) {
    PlanT plan;
    plan.left = Port(left);
    plan.right = Port(right);
    plan.left_key = Keys(left, op.left_key);
    plan.right_key = Keys(right, op.right_key);
    plan.condition_symbol = Condition(op.condition);
    return plan;
  }
  std::string Condition(ir::FnId fn) { return fn.valid() ? p_.RowFunction(id_, fn) : ""; }

  // `name`: of the struct of right columns, where the result has one.
  runtime::JoinRowPlan Row(const std::string& name, bool span) {
    const ir::StreamType& stream = p_.graph.types[id_];
    Type sent = SentRow(stream);
    std::vector<uint32_t> offsets = FieldOffsets(sent);
    runtime::JoinRowPlan out;
    out.size = LayoutOf(sent).size;
    const Type& left = p_.graph.types[left_].row;
    const Type& right = p_.graph.types[right_].row;
    auto is_bound = [](const std::string& column) {
      return column == "window_start" || column == "window_end";
    };
    for (const StructField& field : left.fields()) {
      if (!(span && is_bound(field.name))) Add(left, field, sent, 0, &out.left);
    }
    if (int index = sent.FieldIndex(name); index >= 0) {
      const StructField& field = sent.fields()[static_cast<size_t>(index)];
      uint32_t base = offsets[static_cast<size_t>(index)];
      Type columns = field.type.strip_optional();
      for (const StructField& column : columns.fields()) {
        Add(right, column, columns, base, &out.right);
      }
      if (field.type.is_optional()) {
        out.present_offset = static_cast<int64_t>(base) + LayoutOf(columns).size;
      }
    }
    if (stream.window_rows && right.FieldIndex("window_end") >= 0) {
      for (const StructField& field : sent.fields()) {
        if (is_bound(field.name)) Add(right, field, sent, 0, &out.bounds);
      }
    }
    if (int time = sent.FieldIndex("$time"); time >= 0) {
      out.time_offset = offsets[static_cast<size_t>(time)];
    }
    if (int change = sent.FieldIndex("$change"); change >= 0) {
      out.change_offset = offsets[static_cast<size_t>(change)];
    }
    if (int final = sent.FieldIndex("$final"); final >= 0) {
      out.final_offset = offsets[static_cast<size_t>(final)];
    }
    if (span) out.span_offset = offsets[static_cast<size_t>(sent.FieldIndex("window_start"))];
    return out;
  }

 private:
  // Moves a column of `from` to the one of its name in `to`, which may have made it optional.
  static void Add(const Type& from, const StructField& field, const Type& to, uint32_t base,
                  std::vector<runtime::MovePlan>* moves) {
    auto source = static_cast<size_t>(from.FieldIndex(field.name));
    auto target = static_cast<size_t>(to.FieldIndex(field.name));
    const Type& type = from.fields()[source].type;
    runtime::MovePlan move;
    move.from = FieldOffsets(from)[source];
    move.to = base + FieldOffsets(to)[target];
    move.size = LayoutOf(type).size;
    bool wraps = to.fields()[target].type.is_optional() && !type.is_optional();
    if (wraps) move.flag = static_cast<int64_t>(move.to) + move.size;
    if (!moves->empty() && !wraps) {
      runtime::MovePlan& last = moves->back();
      // Columns that follow one another are moved together, with the gaps between them.
      bool follows = last.flag < 0 && move.from >= last.from + last.size &&
                     move.from - last.from == move.to - last.to &&
                     move.from - last.from - last.size < 16;
      if (follows) {
        last.size = move.from + move.size - last.from;
        return;
      }
    }
    moves->push_back(move);
  }

  Program& p_;
  ir::ValueId id_;
  ir::ValueId left_;
  ir::ValueId right_;
};

bool HasName(const ir::Join& op) {
  return op.kind != ir::JoinKind::kSemi && op.kind != ir::JoinKind::kAnti;
}

}  // namespace

runtime::TableJoinPlan PlanTableJoin(Program& program, ir::ValueId id, const ir::Join& op) {
  JoinPlanner planner(program, id, op.left, op.right);
  CollectedRow left = planner.Collected(0);
  CollectedRow right = planner.Collected(1);
  auto plan = planner.Begin<runtime::TableJoinPlan>(op, left, right);
  const Type& left_row = program.graph.types[op.left].row;
  const Type& right_row = program.graph.types[op.right].row;
  plan.left_columns_symbol = program.m.TypeSymbol(left_row);
  plan.right_columns_symbol = program.m.TypeSymbol(right_row);
  plan.kind = op.kind;
  if (op.bound == ir::JoinBound::kWindow) {
    std::string timestamp = program.m.TypeSymbol(Type::Timestamp());
    auto offset = [](const Type& row, const char* column) {
      return FieldOffsets(row)[static_cast<size_t>(row.FieldIndex(column))];
    };
    plan.window_end_offsets = {offset(left_row, "window_end"), offset(right_row, "window_end")};
    plan.left_key.push_back({offset(left_row, "window_start"), timestamp, false});
    plan.right_key.push_back({offset(right_row, "window_start"), timestamp, false});
  }
  plan.row = planner.Row(HasName(op) ? op.name : "", false);
  plan.bag = op.bag;
  plan.emit = PlanOfEmit(program, id, op.emit);
  return plan;
}

runtime::JoinPlan PlanJoin(Program& program, ir::ValueId id, const ir::Join& op) {
  JoinPlanner planner(program, id, op.left, op.right);
  CollectedRow left = planner.Collected(0);
  CollectedRow right = planner.Collected(1);
  auto plan = planner.Begin<runtime::JoinPlan>(op, left, right);
  if (op.bound == ir::JoinBound::kNone) {
    // Rows count as they come, whatever their time is.
    plan.left.time_offset = plan.right.time_offset = -1;
  }
  plan.kind = op.kind;
  plan.bound = op.bound;
  plan.bounded = program.graph.types[op.left].bounded && program.graph.types[op.right].bounded;
  if (op.before.valid()) plan.before = program.Const(op.before, "`within` of `join`", 0);
  if (op.after.valid()) plan.after = program.Const(op.after, "`within` of `join`", 0);
  if (op.until.valid()) plan.until_offset = left.extras.back();
  if (op.bound == ir::JoinBound::kWindow) {
    for (ir::ValueId input : {op.left, op.right}) {
      const Type& row = program.graph.types[input].row;
      for (const char* column : {"window_start", "window_end"}) {
        auto index = static_cast<size_t>(row.FieldIndex(column));
        plan.window_offsets.push_back(FieldOffsets(row)[index]);
      }
    }
  }
  plan.row = planner.Row(HasName(op) ? op.name : "", op.bound == ir::JoinBound::kUntil);
  return plan;
}

runtime::AsofPlan PlanJoin(Program& program, ir::ValueId id, const ir::AsofJoin& op) {
  JoinPlanner planner(program, id, op.left, op.right);
  CollectedRow left = planner.Collected(0);
  CollectedRow right = planner.Collected(1);
  auto plan = planner.Begin<runtime::AsofPlan>(op, left, right);
  plan.keep_left = op.keep_left;
  if (op.within.valid()) plan.within = program.Const(op.within, "`within` of `asof join`", 0);
  plan.row = planner.Row(op.name, false);
  return plan;
}

runtime::LookupPlan PlanJoin(Program& program, ir::ValueId id, const ir::Lookup& op) {
  JoinPlanner planner(program, id, op.left, op.right);
  CollectedRow left = planner.Collected(0);
  CollectedRow right = planner.Collected(1);
  auto plan = planner.Begin<runtime::LookupPlan>(op, left, right);
  plan.keep_left = op.keep_left;
  if (program.graph.types[op.left].has_time) plan.watermark_offset = left.extras.back();
  plan.bounded = program.graph.types[op.right].bounded;
  plan.row = planner.Row(op.name, false);
  return plan;
}

}  // namespace flow::codegen
