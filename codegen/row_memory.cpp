// Functions over rows in memory that operators call, and how operators send.

#include "base/text.h"
#include "codegen/program.h"
#include "runtime/abi.h"

namespace flow::codegen {

std::string Program::RowFunction(ir::ValueId op, ir::FnId function) {
  auto [known, fresh] = row_functions_.try_emplace(function.index);
  if (!fresh) return known->second;
  known->second = Cat("row_function_", function.index);
  FunctionContext fn = Begin(known->second, m.i1, {m.ptr, m.ptr, m.ptr});
  fn.task = fn.function->getArg(0);
  llvm::SmallVector<Value, 2> args;
  const std::vector<Type>& types = m.module.functions[function].args;
  for (size_t i = 0; i < types.size(); ++i) {
    llvm::Value* row = fn.LoadAt(m.ptr, fn.function->getArg(1), i * sizeof(void*));
    args.push_back(LoadValue(fn, types[i], row));
  }
  ScalarScope scope;
  scope.site = SiteOf(op, -1);
  scope.event_time = fn.LoadAt(m.i64, fn.task, offsetof(FlowTask, event_time));
  scope.now = [&] { return fn.Call("flow_now", m.i64, {fn.task}); };
  scope.fail = [&](int site) {
    fn.Call("flow_reject", m.i1, {fn.task, fn.Int32(site)});
    fn.StoreAt(fn.Int(0), fn.task, offsetof(FlowTask, detail) + offsetof(FlowString, size));
    fn.b.CreateRet(fn.Bool(false));
  };
  ScalarEmitter scalar(fn, scope);
  Value result = scalar.EmitCall(function, args);
  StoreValue(fn, result, fn.function->getArg(2));
  fn.b.CreateRet(fn.Bool(true));
  return known->second;
}

runtime::EmitPlan PlanOfEmit(Program& program, ir::ValueId id, const ir::Emit& emit) {
  const ir::StreamType& stream = program.graph.types[id];
  runtime::EmitPlan plan;
  plan.kind = emit.kind;
  if (emit.every.valid()) plan.every = program.Const(emit.every, "duration of `emit every`", 1);
  if (emit.late.valid()) {
    plan.late = program.Const(emit.late, "duration of `on late update`", 0);
  }
  Type sent = SentRow(stream);
  plan.sent_type_symbol = program.m.TypeSymbol(sent);
  if (CarriesChange(stream)) plan.change_offset = FieldOffsets(sent).back();
  int final = emit.final ? stream.row.FieldIndex("$final") : -1;
  if (final >= 0) plan.final_offset = FieldOffsets(sent)[static_cast<size_t>(final)];
  return plan;
}

}  // namespace flow::codegen
