#include "codegen/scalar.h"

#include <algorithm>

#include "base/check.h"
#include "codegen/scalar_body.h"
#include "ir/visit.h"
#include "runtime/abi.h"

namespace flow::codegen {

int Row::Find(std::string_view name) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

namespace {

bool IsArgument0(const ir::Function& fn, ir::ValueId id) {
  const auto* arg = std::get_if<ir::Arg>(&fn.ops[id]);
  return arg != nullptr && arg->index == 0;
}

// The struct that a function gives, when its last ops are `struct` and `return`.
ir::ValueId ResultStruct(const ir::Function& fn) {
  const auto* last =
      fn.ops.empty() ? nullptr : std::get_if<ir::Return>(&fn.ops[fn.ops.IdAt(fn.ops.size() - 1)]);
  if (last == nullptr || !std::holds_alternative<ir::MakeStruct>(fn.ops[last->value])) return {};
  return last->value;
}

// Notes the column that `id` names, if it names one.
void Mark(const ir::Function& fn, ir::ValueId id, const Type& row, std::vector<bool>* read) {
  const auto* field = std::get_if<ir::Field>(&fn.ops[id]);
  if (field == nullptr || !IsArgument0(fn, field->value)) return;
  int column = row.FieldIndex(field->name);
  if (column >= 0) (*read)[static_cast<size_t>(column)] = true;
}

}  // namespace

std::vector<std::string> ColumnsRead(const ir::Function& fn, const Type& row, bool makes_row) {
  std::vector<bool> read(row.fields().size(), false);
  bool all = false;
  ir::ValueId result = makes_row ? ResultStruct(fn) : ir::ValueId{};
  std::vector<bool> used(fn.ops.size(), false);
  // Fields of the row that an op other than the result struct uses.
  for (size_t i = 0; i < fn.ops.size(); ++i) {
    ir::ValueId id = fn.ops.IdAt(i);
    const ir::ScalarOp& op = fn.ops[id];
    bool is_return = makes_row && std::holds_alternative<ir::Return>(op);
    bool is_field = std::holds_alternative<ir::Field>(op);
    auto use = [&](ir::ValueId operand) {
      used[operand.index] = true;
      if (id == result) return;
      if (IsArgument0(fn, operand) && !is_field && !is_return) all = true;
      Mark(fn, operand, row, &read);
    };
    for (ir::ValueId operand : ir::OperandsOf(op)) use(operand);
    if (fn.guards[id].valid()) use(fn.guards[id]);
  }
  // A field that nothing uses was left behind by a pass to say that the stage reads it.
  for (size_t i = 0; i < fn.ops.size(); ++i) {
    if (!used[i]) Mark(fn, fn.ops.IdAt(i), row, &read);
  }
  if (result.valid()) {
    for (ir::ValueId operand : ir::OperandsOf(fn.ops[result])) all |= IsArgument0(fn, operand);
  }
  std::vector<std::string> out;
  for (size_t i = 0; i < read.size(); ++i) {
    if (all || read[i]) out.push_back(row.fields()[i].name);
  }
  return out;
}

Value ScalarEmitter::ColumnValue(const Column& column) {
  if (column.lazy < 0) return column.value;
  Value value = scope_.decoder->Column(fn_, column.lazy);
  value.type = column.type;
  return value;
}

Value ScalarEmitter::Emit(ir::FnId function, const Row* row) {
  const ir::Function& body = m_.module.functions[function];
  return BodyEmitter(*this, body, row, {}, scope_.fail).Emit();
}

Value ScalarEmitter::EmitCall(ir::FnId function, llvm::ArrayRef<Value> args) {
  const ir::Function& body = m_.module.functions[function];
  return BodyEmitter(*this, body, nullptr, {args.begin(), args.end()}, scope_.fail).Emit();
}

Row ScalarEmitter::EmitRow(ir::FnId function, const Row& row) {
  const ir::Function& body = m_.module.functions[function];
  return BodyEmitter(*this, body, &row, {}, scope_.fail).EmitRow();
}

int ScalarEmitter::Site(const ir::RejectText& text, const ir::Place& place) {
  return Site(text.code, text.message, place);
}

int ScalarEmitter::Site(const char* code, std::string message, const ir::Place& place) {
  runtime::SitePlan site = scope_.site;
  site.code = code;
  site.message = std::move(message);
  if (place.line != 0) {
    site.script_line = place.line;
    site.script_column = place.column;
  }
  return m_.AddSite(site);
}

void EmitLoop(FunctionContext& fn, llvm::Value* count,
              const std::function<void(llvm::Value* index)>& body) {
  llvm::BasicBlock* before = fn.b.GetInsertBlock();
  llvm::BasicBlock* head = fn.Block("loop");
  llvm::BasicBlock* inside = fn.Block("loop_body");
  llvm::BasicBlock* after = fn.Block("loop_end");
  fn.b.CreateBr(head);
  fn.b.SetInsertPoint(head);
  llvm::PHINode* index = fn.b.CreatePHI(fn.module.i64, 2);
  index->addIncoming(fn.Int(0), before);
  fn.CondBr(fn.b.CreateICmpSLT(index, count), inside, after);
  fn.b.SetInsertPoint(inside);
  body(index);
  llvm::Value* next = fn.b.CreateAdd(index, fn.Int(1));
  index->addIncoming(next, fn.b.GetInsertBlock());
  fn.b.CreateBr(head);
  fn.b.SetInsertPoint(after);
}

Value EmitIf(FunctionContext& fn, llvm::Value* condition, const Type& type,
             const std::function<Value()>& then) {
  llvm::BasicBlock* before = fn.b.GetInsertBlock();
  llvm::BasicBlock* inside = fn.Block("then");
  llvm::BasicBlock* after = fn.Block("endif");
  fn.CondBr(condition, inside, after);
  fn.b.SetInsertPoint(inside);
  Value value = then();
  llvm::BasicBlock* inside_end = fn.b.GetInsertBlock();
  fn.b.CreateBr(after);
  fn.b.SetInsertPoint(after);
  Value out{type, {}};
  for (llvm::Value* leaf : value.leaves) {
    llvm::PHINode* phi = fn.b.CreatePHI(leaf->getType(), 2);
    phi->addIncoming(leaf, inside_end);
    phi->addIncoming(llvm::Constant::getNullValue(leaf->getType()), before);
    out.leaves.push_back(phi);
  }
  return out;
}

llvm::Value* EmitArenaAlloc(FunctionContext& fn, llvm::Value* size, int64_t align) {
  llvm::Value* arena = fn.LoadAt(fn.module.ptr, fn.task, offsetof(FlowTask, arena));
  return fn.Call("flow_arena_alloc", fn.module.ptr, {arena, size, fn.Int(align)});
}

// ---- BodyEmitter

BodyEmitter::BodyEmitter(ScalarEmitter& scalar, const ir::Function& function, const Row* row,
                         llvm::ArrayRef<Value> args, FailTarget fail)
    : scalar_(scalar),
      fn_(scalar.fn()),
      m_(scalar.module()),
      function_(function),
      row_(row),
      args_(args.begin(), args.end()),
      fail_(std::move(fail)),
      values_(function.ops.size()),
      known_(function.ops.size(), false),
      last_use_(function.ops.size(), 0),
      guard_conditions_(function.ops.size(), nullptr) {
  for (uint32_t i = 0; i < function_.ops.size(); ++i) {
    ir::ValueId id{i};
    for (ir::ValueId operand : ir::OperandsOf(function_.ops[id])) last_use_[operand.index] = i;
    for (ir::ValueId guard = function_.guards[id]; guard.valid(); guard = function_.guards[guard]) {
      last_use_[guard.index] = i;
    }
  }
  // What the result is made of is taken at the end, what `in` compares with where it compares.
  auto end = static_cast<uint32_t>(function_.ops.size());
  ir::ValueId result = ResultStruct(function_);
  if (result.valid()) {
    for (ir::ValueId part : ir::OperandsOf(function_.ops[result])) last_use_[part.index] = end;
  }
  for (uint32_t i = 0; i < end; ++i) {
    const ir::ScalarOp& op = function_.ops[ir::ValueId{i}];
    ir::ValueId array;
    if (const auto* in = std::get_if<ir::In>(&op); in != nullptr && OnlyForIn(in->array)) {
      array = in->array;
    }
    if (const auto* at = std::get_if<ir::Index>(&op); at != nullptr && OnlyForIndex(at->array)) {
      array = at->array;
    }
    if (!array.valid()) continue;
    for (ir::ValueId member : ir::OperandsOf(function_.ops[array])) {
      last_use_[member.index] = std::max(last_use_[member.index], i);
    }
  }
}

// An array written in place whose members `in` looks at one by one: it is never built.
bool BodyEmitter::OnlyForIn(ir::ValueId id) const {
  if (!std::holds_alternative<ir::MakeArray>(function_.ops[id])) return false;
  for (const ir::ScalarOp& op : function_.ops) {
    const auto* in = std::get_if<ir::In>(&op);
    if (in != nullptr && in->value != id) continue;
    for (ir::ValueId operand : ir::OperandsOf(op)) {
      if (operand == id) return false;
    }
  }
  return true;
}

// Parts of a string that are looked at one by one: the array of them is never built.
bool BodyEmitter::OnlyForIndex(ir::ValueId id) const {
  const auto* call = std::get_if<ir::Call>(&function_.ops[id]);
  if (call == nullptr || call->function != "split") return false;
  for (const ir::ScalarOp& op : function_.ops) {
    const auto* at = std::get_if<ir::Index>(&op);
    if (at != nullptr && at->array == id) continue;
    for (ir::ValueId operand : ir::OperandsOf(op)) {
      if (operand == id) return false;
    }
  }
  return true;
}

Value BodyEmitter::Emit() {
  EmitOps();
  return Get(
      std::get<ir::Return>(function_.ops[function_.ops.IdAt(function_.ops.size() - 1)]).value);
}

Row BodyEmitter::EmitRow() {
  EmitOps();
  ir::ValueId returned =
      std::get<ir::Return>(function_.ops[function_.ops.IdAt(function_.ops.size() - 1)]).value;
  if (row_ != nullptr && IsRowArgument(returned)) return *row_;
  Row out;
  const std::vector<StructField>& fields = TypeOf(returned).fields();
  const auto* made = std::get_if<ir::MakeStruct>(&function_.ops[returned]);
  for (size_t i = 0; i < fields.size(); ++i) {
    Column column{fields[i].name, fields[i].type, -1, {}};
    if (made != nullptr) {
      const Column* same = ColumnOf(made->values[i]);
      if (same != nullptr && same->lazy >= 0) {
        column.lazy = same->lazy;
      } else {
        column.value = Get(made->values[i]);
      }
    } else {
      column.value = FieldOf(Get(returned), static_cast<int>(i));
    }
    out.columns.push_back(std::move(column));
  }
  return out;
}

bool BodyEmitter::IsRowArgument(ir::ValueId id) const { return IsArgument0(function_, id); }

const Column* BodyEmitter::ColumnOf(ir::ValueId id) const {
  const auto* field = std::get_if<ir::Field>(&function_.ops[id]);
  if (row_ == nullptr || field == nullptr || !IsRowArgument(field->value)) return nullptr;
  int column = row_->Find(field->name);
  FLOW_CHECK(column >= 0, "the row has no such column");
  return &row_->columns[static_cast<size_t>(column)];
}

const Value& BodyEmitter::Get(ir::ValueId id) {
  if (known_[id.index]) return values_[id.index];
  // Columns and rows are taken where they are used: a lazy column handed on is never touched here.
  if (const Column* column = ColumnOf(id)) {
    values_[id.index] = scalar_.ColumnValue(*column);
    return values_[id.index];
  }
  if (row_ != nullptr && IsRowArgument(id)) {
    Value all{TypeOf(id), {}};
    for (const Column& column : row_->columns) {
      Value part = scalar_.ColumnValue(column);
      all.leaves.append(part.leaves.begin(), part.leaves.end());
    }
    values_[id.index] = std::move(all);
    return values_[id.index];
  }
  if (std::holds_alternative<ir::MakeStruct>(function_.ops[id])) {
    values_[id.index] = Lower(id, std::get<ir::MakeStruct>(function_.ops[id]));
    return values_[id.index];
  }
  FLOW_UNREACHABLE("operand is not emitted");
}

void BodyEmitter::EmitOps() {
  for (uint32_t i = 0; i < function_.ops.size(); ++i) EmitOp(ir::ValueId{i});
  CloseRegion(static_cast<uint32_t>(function_.ops.size()));
}

void BodyEmitter::EmitOp(ir::ValueId id) {
  const ir::ScalarOp& op = function_.ops[id];
  if (std::holds_alternative<ir::Return>(op)) return;
  if (ColumnOf(id) != nullptr || (row_ != nullptr && IsRowArgument(id))) return;
  // A struct is taken apart where it is used; it costs nothing, and its lazy columns stay lazy.
  if (std::holds_alternative<ir::MakeStruct>(op) && OnlyForResult(id)) return;
  if (OnlyForIn(id) || OnlyForIndex(id)) return;
  ir::ValueId guard = function_.guards[id];
  if (guard.valid() && NeedsBranch(op)) {
    if (merge_ == nullptr || guard_ != guard) {
      CloseRegion(id.index);
      OpenRegion(guard);
    }
  } else if (merge_ != nullptr && guard_ != guard) {
    CloseRegion(id.index);
  }
  values_[id.index] = std::visit([&](const auto& o) { return Lower(id, o); }, op);
  known_[id.index] = true;
  if (merge_ != nullptr) region_.push_back(id);
}

bool BodyEmitter::OnlyForResult(ir::ValueId id) const {
  return last_use_[id.index] + 1 == function_.ops.size() && ResultStruct(function_) == id;
}

void BodyEmitter::OpenRegion(ir::ValueId guard) {
  llvm::Value* condition = GuardCondition(guard);
  llvm::BasicBlock* inside = fn_.Block("guarded");
  merge_ = fn_.Block("unguarded");
  skip_from_ = fn_.b.GetInsertBlock();
  fn_.CondBr(condition, inside, merge_);
  fn_.b.SetInsertPoint(inside);
  guard_ = guard;
}

// Ends the open branch; values used from op `next` on pass through phis.
void BodyEmitter::CloseRegion(uint32_t next) {
  if (merge_ == nullptr) return;
  llvm::BasicBlock* end = fn_.b.GetInsertBlock();
  fn_.b.CreateBr(merge_);
  fn_.b.SetInsertPoint(merge_);
  for (ir::ValueId id : region_) {
    if (last_use_[id.index] < next) continue;
    for (llvm::Value*& leaf : values_[id.index].leaves) {
      llvm::PHINode* phi = fn_.b.CreatePHI(leaf->getType(), 2);
      phi->addIncoming(leaf, end);
      phi->addIncoming(llvm::Constant::getNullValue(leaf->getType()), skip_from_);
      leaf = phi;
    }
  }
  region_.clear();
  merge_ = nullptr;
  guard_ = {};
}

// A guard counts only where its own guard holds: elsewhere its value is unspecified.
llvm::Value* BodyEmitter::GuardCondition(ir::ValueId guard) {
  llvm::Value*& condition = guard_conditions_[guard.index];
  if (condition != nullptr) return condition;
  llvm::Value* own = Leaf(guard);
  ir::ValueId outer = function_.guards[guard];
  llvm::Value* made = outer.valid() ? fn_.b.CreateLogicalAnd(GuardCondition(outer), own) : own;
  guard_conditions_[guard.index] = made;
  return made;
}

Value BodyEmitter::Finish(ir::ValueId id, ir::OnFail on_fail, const Value& value, llvm::Value* ok,
                          const char* code, const std::string& message) {
  if (on_fail == ir::OnFail::kYield) {
    Value out{TypeOf(id), value.leaves};
    out.leaves.push_back(ok);
    return out;
  }
  fn_.Require(ok, fail_, scalar_.Site(code, message, PlaceOf(id)));
  return value;
}

Value BodyEmitter::FinishArith(ir::ValueId id, ir::OnFail on_fail, const ArithResult& result) {
  if (on_fail == ir::OnFail::kYield) {
    llvm::Value* ok = fn_.Bool(true);
    if (result.not_zero != nullptr) ok = fn_.b.CreateAnd(ok, result.not_zero);
    if (result.ok != nullptr) ok = fn_.b.CreateAnd(ok, result.ok);
    return Finish(id, on_fail, result.value, ok, "", "");
  }
  if (result.not_zero != nullptr) {
    Finish(id, on_fail, result.value, result.not_zero, ir::kZeroDivisor.code,
           ir::kZeroDivisor.message);
  }
  if (result.ok != nullptr)
    Finish(id, on_fail, result.value, result.ok, result.why->code, result.why->message);
  return result.value;
}

}  // namespace flow::codegen
