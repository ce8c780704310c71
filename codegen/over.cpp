// Functions over the trailing rows of each row: their plan, what is collected of a row for them,
// and the functions that fold a row into a state and give a result.

#include "base/text.h"
#include "base/words.h"
#include "codegen/fragment.h"
#include "codegen/program.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

bool IsLag(const ir::OverCall& over) { return over.call.function == kLag; }

std::string Symbol(ir::ValueId id, size_t call, const char* what) {
  return Cat("over_", id.index, "_", call, "_", what);
}

GroupLayout LayoutOfCall(Program& program, ir::ValueId id, size_t index,
                         const ir::AggregateCall& call) {
  return LayOutCalls(program, id, Type::Struct({}), {&call}, Symbol(id, index, "init"));
}

// FlowMergeFn of a state and a collected row.
void EmitUpdate(Program& program, const std::string& symbol, const CallState& call,
                const CollectedRow& row, size_t first) {
  ModuleContext& m = program.m;
  FunctionContext fn = program.Begin(symbol, m.void_type, {m.ptr, m.ptr, m.ptr});
  EmitUpdateFromRow(fn, call, row, first);
  fn.b.CreateRetVoid();
}
// FlowFinalFn of the row so many before, or null: its value, as an optional.
void EmitLag(Program& program, const std::string& symbol, const ir::AggregateCall& call,
             const CollectedRow& row, size_t first, uint64_t out_offset) {
  ModuleContext& m = program.m;
  FunctionContext fn = program.Begin(symbol, m.i1, {m.ptr, m.ptr, m.ptr});
  llvm::Value* from = fn.function->getArg(1);
  const Type& given = m.module.functions[call.args].result.fields()[0].type;
  Value value = EmitIf(fn, fn.b.CreateIsNotNull(from), call.type, [&] {
    Value there = LoadValue(fn, given, fn.At(from, row.extras[first + 1]));
    return given.is_optional() ? there : WithPresence(call.type, there, fn.Bool(true));
  });
  StoreValue(fn, value, fn.At(fn.function->getArg(2), out_offset));
  fn.b.CreateRet(fn.Bool(true));
}

}  // namespace

void EmitUpdateFromRow(FunctionContext& fn, const CallState& call, const CollectedRow& row,
                       size_t first) {
  ModuleContext& m = fn.module;
  llvm::Value* memory = fn.function->getArg(2);
  Type type = GivenType(m.module, *call.call);
  Value counts;
  llvm::SmallVector<Value, 2> parts;
  std::vector<StructField> fields;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    Value part = LoadValue(fn, type.fields()[i].type, fn.At(memory, row.extras[first + i]));
    if (i == 0) {
      counts = part;
    } else {
      parts.push_back(part);
      fields.push_back(type.fields()[i]);
    }
  }
  llvm::Value* time = row.time_offset < 0
                          ? static_cast<llvm::Value*>(fn.Int(kNoTime))
                          : fn.LoadAt(m.i64, memory, static_cast<uint64_t>(row.time_offset));
  EmitUpdateCall(fn, call, fn.function->getArg(0), fn.function->getArg(1), time,
                 MakeStructValue(Type::Struct(std::move(fields)), parts), counts.leaves[0]);
}

runtime::OverPlan PlanOver(Program& program, ir::ValueId id, const ir::Over& op) {
  ModuleContext& m = program.m;
  CollectedRow row = ir::CollectedBy(program.m.module, id);
  runtime::OverPlan plan;
  plan.input = {m.TypeSymbol(row.type), row.time_offset, row.change_offset};
  size_t extra = 0;
  for (size_t i = 0; i < op.calls.size(); ++i) {
    const ir::OverCall& over = op.calls[i];
    runtime::OverCallPlan call;
    for (const StructField& field : m.module.functions[over.key].result.fields()) {
      call.key.push_back({row.extras[extra++], m.TypeSymbol(field.type), false});
    }
    if (over.last.valid()) call.last = program.Const(over.last, "`last` of `over`", 1);
    if (over.rows.valid()) call.rows = program.Const(over.rows, "`last` of `over`", 1);
    call.final_symbol = Symbol(id, i, "final");
    if (IsLag(over)) {
      call.lag = program.Const(over.call.consts[0], "number of rows of `lag`", 1);
    } else {
      GroupLayout layout = LayoutOfCall(program, id, i, over.call);
      call.entry_size = static_cast<uint32_t>(layout.size);
      call.init_symbol = layout.init_symbol;
      call.update_symbol = Symbol(id, i, "update");
      call.merge_symbol = Symbol(id, i, "merge");
    }
    extra += GivenType(m.module, over.call).fields().size();
    plan.calls.push_back(std::move(call));
  }
  return plan;
}

void EmitOver(Program& program, ir::ValueId id, const ir::Over& op) {
  const ir::Module& module = program.m.module;
  CollectedRow row = ir::CollectedBy(program.m.module, id);
  size_t columns = program.graph.types[op.input].row.fields().size();
  std::vector<uint32_t> offsets = FieldOffsets(program.graph.types[id].row);
  size_t extra = 0;
  for (size_t i = 0; i < op.calls.size(); ++i) {
    const ir::OverCall& over = op.calls[i];
    extra += module.functions[over.key].result.fields().size();
    if (IsLag(over)) {
      EmitLag(program, Symbol(id, i, "final"), over.call, row, extra, offsets[columns + i]);
    } else {
      GroupLayout layout = LayoutOfCall(program, id, i, over.call);
      EmitGroupInit(program, layout);
      EmitGroupMerge(program, layout, Symbol(id, i, "merge"));
      EmitUpdate(program, Symbol(id, i, "update"), layout.calls[0], row, extra);
      EmitGroupFinal(program, layout, Symbol(id, i, "final"), id, columns + i);
    }
    extra += GivenType(module, over.call).fields().size();
  }
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Over& op, const Row& row, Block* next) {
  next = JudgeLate(id, row, next);
  EnsureAll(row, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  llvm::SmallVector<Value, 4> extras;
  Row made = row;
  for (const ir::OverCall& over : op.calls) {
    extras.push_back(NormalizeKey(fn_, scalar.Emit(over.key, &row)));
    extras.push_back(EmitGiven(scalar, over.call, row));
    // The operator fills it in.
    made.columns.push_back(
        {over.call.name, over.call.type, -1, ZeroValue(m_.context, over.call.type)});
  }
  Collect(id, 0, made, extras);
}

Value FragmentEmitter::EmitGiven(ScalarEmitter& scalar, const ir::AggregateCall& call,
                                 const Row& row) {
  CallInput input = EmitCallInput(scalar, call, row);
  bool none_counts = call.function == kLag;
  llvm::Value* counts = input.wanted == nullptr || none_counts ? fn_.Bool(true) : input.wanted;
  llvm::SmallVector<Value, 2> parts = {BoolValue(counts)};
  Type type = GivenType(m_.module, call);
  for (size_t i = 1; i < type.fields().size(); ++i) {
    parts.push_back(FieldOf(input.args, static_cast<int>(i) - 1));
  }
  return MakeStructValue(type, parts);
}

}  // namespace flow::codegen
