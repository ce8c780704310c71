// Groups of aggregates: the layout of an entry, the functions that set up, merge, compare and
// finish entries, and finding the entry of a key while a row is at hand.

#include "base/check.h"
#include "base/text.h"
#include "codegen/program.h"
#include "ir/visit.h"
#include "runtime/abi.h"
#include "runtime/inline/table.h"

namespace flow::codegen {
namespace {

llvm::Value* StateOf(FunctionContext& fn, llvm::Value* entry, const CallState& call) {
  return fn.At(entry, call.offset);
}

int ConstOf(Program& program, const ir::AggregateCall& call, ir::FnId constant) {
  return program.Const(constant, Cat("argument of ", call.function));
}

std::string Kernel(const CallState& call, const char* suffix) {
  return Cat(call.overload->symbol, suffix);
}

// In panes, the hash of what is not the pane's plus that of the pane, so that groups of different
// panes can be told to be the same.
llvm::Value* EmitGroupHash(FunctionContext& fn, const GroupLayout& layout, const Value& key) {
  if (layout.panes == nullptr) return EmitHash(fn, key);
  std::vector<StructField> fields(key.type.fields().begin() + 2, key.type.fields().end());
  llvm::SmallVector<Value, 4> values;
  for (size_t i = 2; i < key.type.fields().size(); ++i) {
    values.push_back(FieldOf(key, static_cast<int>(i)));
  }
  llvm::Value* pane = fn.Call("flow_pane_hash", fn.module.i64, {key.leaves[0], key.leaves[1]});
  return fn.b.CreateAdd(EmitHash(fn, MakeStructValue(Type::Struct(std::move(fields)), values)),
                        pane);
}

}  // namespace

GroupLayout LayOutGroups(Program& program, ir::ValueId op, int operator_index) {
  ir::FnId key;
  const std::vector<ir::AggregateCall>* calls = nullptr;
  if (const auto* whole = std::get_if<ir::Aggregate>(&program.graph.ops[op])) {
    key = whole->key;
    calls = &whole->calls;
  } else {
    const auto& local = std::get<ir::AggregateLocal>(program.graph.ops[op]);
    key = local.key;
    calls = &local.calls;
  }
  std::vector<const ir::AggregateCall*> list;
  for (const ir::AggregateCall& call : *calls) list.push_back(&call);
  GroupLayout out = LayOutCalls(program, op, program.m.module.functions[key].result, list,
                                Cat("group_", operator_index, "_init"));
  out.key = key;
  out.panes = ir::PanesBelow(program.graph, ir::OperandsOf(program.graph.ops[op])[0]);
  return out;
}

GroupLayout LayOutCalls(Program& program, ir::ValueId op, const Type& key_type,
                        const std::vector<const ir::AggregateCall*>& calls,
                        std::string init_symbol) {
  GroupLayout out{ir::LayOutGroups(program.m.module, program.m.catalog, key_type, calls),
                  op,
                  {},
                  std::move(init_symbol)};
  for (const ir::AggregateCall* call : calls) {
    for (ir::FnId constant : call->consts) ConstOf(program, *call, constant);
  }
  return out;
}

llvm::Value* EmitFindGroup(FunctionContext& fn, const GroupLayout& layout, llvm::Value* table,
                           const Value& key) {
  ModuleContext& m = fn.module;
  llvm::BasicBlock* found = fn.Block("group");
  llvm::Value* arena = fn.LoadAt(m.ptr, table, offsetof(FlowTable, arena));

  // One group only: it is the first entry.
  if (key.leaves.empty()) {
    llvm::BasicBlock* make = fn.Block("group_new");
    llvm::BasicBlock* have = fn.Block("group_have");
    llvm::Value* count = fn.LoadAt(m.i64, table, offsetof(FlowTable, count));
    fn.CondBrLikely(fn.b.CreateICmpSGT(count, fn.Int(0)), have, make);
    fn.b.SetInsertPoint(have);
    llvm::Value* entries = fn.LoadAt(m.ptr, table, offsetof(FlowTable, entries));
    llvm::Value* first = fn.b.CreateLoad(m.ptr, entries);
    fn.b.CreateBr(found);
    fn.b.SetInsertPoint(make);
    llvm::Value* made = fn.Call("flow_table_insert", m.ptr, {table, fn.Int(0), fn.Int(0)});
    fn.Call(layout.init_symbol, m.void_type, {arena, made});
    fn.b.CreateBr(found);
    fn.b.SetInsertPoint(found);
    llvm::PHINode* entry = fn.b.CreatePHI(m.ptr, 2);
    entry->addIncoming(first, have);
    entry->addIncoming(made, make);
    return entry;
  }

  llvm::Value* hash = EmitGroupHash(fn, layout, key);
  llvm::Value* place = fn.Alloca(m.i64, "place");
  fn.b.CreateStore(fn.Call("flow_table_begin", m.i64, {table, hash}), place);
  llvm::BasicBlock* probe = fn.Block("probe");
  llvm::BasicBlock* candidate = fn.Block("probe_key");
  llvm::BasicBlock* miss = fn.Block("probe_miss");
  fn.b.CreateBr(probe);

  fn.b.SetInsertPoint(probe);
  llvm::Value* entry = fn.Call("flow_table_next", m.ptr, {table, hash, place});
  fn.CondBrLikely(fn.b.CreateIsNotNull(entry), candidate, miss);

  fn.b.SetInsertPoint(candidate);
  Value other = LoadValue(fn, layout.key_type, fn.At(entry, layout.key_offset));
  llvm::Value* equal = EmitEqual(fn, key, other);
  llvm::BasicBlock* candidate_end = fn.b.GetInsertBlock();
  fn.CondBrLikely(equal, found, probe);

  fn.b.SetInsertPoint(miss);
  llvm::Value* made =
      fn.Call("flow_table_insert", m.ptr, {table, hash, fn.b.CreateLoad(m.i64, place)});
  llvm::Value* key_memory = fn.At(made, layout.key_offset);
  if (HasPointers(layout.key_type)) {
    llvm::Value* spilled = MakeMemory(fn, layout.key_type, "key");
    StoreValue(fn, key, spilled);
    fn.Call("flow_value_copy", m.void_type,
            {arena, m.TypeDescriptor(layout.key_type), key_memory, spilled});
  } else {
    StoreValue(fn, key, key_memory);
  }
  fn.Call(layout.init_symbol, m.void_type, {arena, made});
  llvm::BasicBlock* miss_end = fn.b.GetInsertBlock();
  fn.b.CreateBr(found);

  fn.b.SetInsertPoint(found);
  llvm::PHINode* out = fn.b.CreatePHI(m.ptr, 2);
  out->addIncoming(entry, candidate_end);
  out->addIncoming(made, miss_end);
  return out;
}

void EmitUpdateCall(FunctionContext& fn, const CallState& call, llvm::Value* arena,
                    llvm::Value* entry, llvm::Value* time, const Value& args, llvm::Value* wanted) {
  ModuleContext& m = fn.module;
  llvm::BasicBlock* update = nullptr;
  llvm::BasicBlock* after = nullptr;
  if (wanted != nullptr) {
    update = fn.Block("update");
    after = fn.Block("updated");
    fn.CondBr(wanted, update, after);
    fn.b.SetInsertPoint(update);
  }
  llvm::SmallVector<llvm::Value*, 6> kernel_args = {arena};
  if (call.overload->generic) kernel_args.push_back(m.TypeList(call.types));
  kernel_args.push_back(fn.At(entry, call.offset));
  if (call.overload->ordered) {
    llvm::Value* memory = fn.Alloca(m.i64, "event_time");
    fn.b.CreateStore(time, memory);
    kernel_args.push_back(memory);
  }
  for (size_t k = 1; k < call.types.size(); ++k) {
    Value value = FieldOf(args, static_cast<int>(k) - 1);
    if (value.type.is_optional()) value = InnerOf(value);
    llvm::Value* memory = MakeMemory(fn, value.type, "argument");
    StoreValue(fn, value, memory);
    kernel_args.push_back(memory);
  }
  fn.Call(Cat(call.overload->symbol, "_update"), m.void_type, kernel_args);
  if (call.count_offset >= 0) {
    auto offset = static_cast<uint64_t>(call.count_offset);
    fn.StoreAt(fn.b.CreateAdd(fn.LoadAt(m.i64, entry, offset), fn.Int(1)), entry, offset);
  }
  if (wanted == nullptr) return;
  fn.b.CreateBr(after);
  fn.b.SetInsertPoint(after);
}

void EmitGroupInit(Program& program, const GroupLayout& layout) {
  ModuleContext& m = program.m;
  FunctionContext fn = program.Begin(layout.init_symbol, m.void_type, {m.ptr, m.ptr});
  llvm::Value* entry = fn.function->getArg(1);
  for (const CallState& call : layout.calls) {
    fn.Call(Kernel(call, "_init"), m.void_type, {StateOf(fn, entry, call)});
    if (call.count_offset >= 0)
      fn.StoreAt(fn.Int(0), entry, static_cast<uint64_t>(call.count_offset));
  }
  fn.b.CreateRetVoid();
}

void EmitGroupMerge(Program& program, const GroupLayout& layout, const std::string& symbol) {
  ModuleContext& m = program.m;
  FunctionContext fn = program.Begin(symbol, m.void_type, {m.ptr, m.ptr, m.ptr});
  llvm::Value* arena = fn.function->getArg(0);
  llvm::Value* into = fn.function->getArg(1);
  llvm::Value* from = fn.function->getArg(2);
  for (const CallState& call : layout.calls) {
    llvm::SmallVector<llvm::Value*, 4> args = {arena};
    if (call.overload->generic) args.push_back(m.TypeList(call.types));
    args.push_back(StateOf(fn, into, call));
    args.push_back(StateOf(fn, from, call));
    fn.Call(Kernel(call, "_merge"), m.void_type, args);
    if (call.count_offset < 0) continue;
    auto offset = static_cast<uint64_t>(call.count_offset);
    llvm::Value* sum =
        fn.b.CreateAdd(fn.LoadAt(m.i64, into, offset), fn.LoadAt(m.i64, from, offset));
    fn.StoreAt(sum, into, offset);
  }
  fn.b.CreateRetVoid();
}

static void EmitGroupEqual(Program& program, const GroupLayout& layout, const std::string& symbol) {
  ModuleContext& m = program.m;
  FunctionContext fn = program.Begin(symbol, m.i1, {m.ptr, m.ptr});
  Value a = LoadValue(fn, layout.key_type, fn.function->getArg(0));
  Value b = LoadValue(fn, layout.key_type, fn.function->getArg(1));
  fn.b.CreateRet(EmitEqual(fn, a, b));
}

void EmitGroupFinal(Program& program, const GroupLayout& layout, const std::string& symbol,
                    ir::ValueId result_op, size_t first) {
  ModuleContext& m = program.m;
  FunctionContext fn = program.Begin(symbol, m.i1, {m.ptr, m.ptr, m.ptr});
  fn.task = fn.function->getArg(0);
  llvm::Value* entry = fn.function->getArg(1);
  llvm::Value* row = fn.function->getArg(2);
  const Type& row_type = program.graph.types[result_op].row;
  std::vector<uint32_t> offsets = FieldOffsets(row_type);

  Value key = LoadValue(fn, layout.key_type, fn.At(entry, layout.key_offset));
  size_t keys = layout.key_type.fields().size();
  for (size_t i = 0; i < keys; ++i)
    StoreValue(fn, FieldOf(key, static_cast<int>(i)), fn.At(row, offsets[i]));

  runtime::SitePlan site = program.SiteOf(result_op, -1);
  site.code = ir::kResultRange.code;
  site.message = ir::kResultRange.message;
  auto fail = [&](int number) {
    fn.Call("flow_reject", m.i1, {fn.task, fn.Int32(number)});
    fn.b.CreateRet(fn.Bool(false));
  };
  int number = m.AddSite(site);
  llvm::Value* consts = fn.LoadAt(m.ptr, fn.task, offsetof(FlowTask, consts));
  for (size_t i = 0; i < layout.calls.size(); ++i) {
    const CallState& call = layout.calls[i];
    llvm::Value* out = fn.At(row, offsets[first + i]);
    const Type& type = call.call->type;
    auto finish = [&] {
      llvm::SmallVector<llvm::Value*, 4> args = {fn.task};
      if (call.overload->generic) args.push_back(m.TypeList(call.types));
      args.push_back(out);
      args.push_back(StateOf(fn, entry, call));
      for (ir::FnId constant : call.call->consts) {
        auto index = static_cast<size_t>(ConstOf(program, *call.call, constant));
        args.push_back(fn.At(consts, m.plan.consts[index].offset));
      }
      fn.Require(fn.Call(Kernel(call, "_final"), m.i1, args), fail, number);
    };
    bool wraps = type.is_optional() && !std::string_view(call.overload->signature).ends_with("?");
    uint64_t presence = wraps ? LayoutOf(type.inner()).size : 0;
    if (call.count_offset < 0) {
      finish();
      if (wraps) fn.StoreAt(llvm::ConstantInt::get(m.i8, 1), out, presence);
      continue;
    }
    llvm::Value* seen = fn.LoadAt(m.i64, entry, static_cast<uint64_t>(call.count_offset));
    llvm::BasicBlock* some = fn.Block("some");
    llvm::BasicBlock* none = fn.Block("none");
    llvm::BasicBlock* next = fn.Block("next");
    fn.CondBr(fn.b.CreateICmpSGT(seen, fn.Int(0)), some, none);
    fn.b.SetInsertPoint(some);
    finish();
    fn.StoreAt(llvm::ConstantInt::get(m.i8, 1), out, presence);
    fn.b.CreateBr(next);
    fn.b.SetInsertPoint(none);
    StoreValue(fn, ZeroValue(m.context, type), out);
    fn.b.CreateBr(next);
    fn.b.SetInsertPoint(next);
  }
  fn.b.CreateRet(fn.Bool(true));
}

void Program::EmitGroups(int operator_index, const GroupLayout& layout, ir::ValueId result_op) {
  const auto& plan =
      std::get<runtime::AggregatePlan>(m.plan.operators[static_cast<size_t>(operator_index)]);
  EmitGroupInit(*this, layout);
  EmitGroupMerge(*this, layout, plan.merge_symbol);
  EmitGroupEqual(*this, layout, plan.eq_symbol);
  EmitGroupFinal(*this, layout, plan.final_symbol, result_op, layout.key_type.fields().size());
}

}  // namespace flow::codegen
