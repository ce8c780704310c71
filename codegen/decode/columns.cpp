#include "codegen/decode/columns.h"

#include <cstddef>

#include "runtime/abi.h"
#include "runtime/inline/time.h"

namespace flow::codegen {

void ColumnSlots::Begin(FunctionContext& fn) {
  for (int i = 0; i < size(); ++i) {
    values_.push_back(MakeSlot(fn, field(i).type, "column"));
    have_.push_back(fn.Alloca(module_.i1, "have"));
    days_.push_back(nullptr);
    if (!field(i).type.strip_optional().is(TypeKind::kTimestamp)) continue;
    days_.back() = fn.AllocaBytes(sizeof(FlowDay), alignof(FlowDay), "day");
    fn.StoreAt(fn.Int(0), days_.back(), offsetof(FlowDay, date));
  }
}

void ColumnSlots::Reset(FunctionContext& fn) {
  for (llvm::AllocaInst* have : have_) fn.b.CreateStore(fn.Bool(false), have);
}

llvm::Value* ColumnSlots::HaveAll(FunctionContext& fn, llvm::ArrayRef<int> columns) {
  llvm::Value* all = fn.Bool(true);
  for (int column : columns) {
    llvm::Value* have = fn.b.CreateLoad(module_.i1, have_[static_cast<size_t>(column)]);
    all = fn.b.CreateAnd(all, have);
  }
  return all;
}

void ColumnSlots::Fill(FunctionContext& fn, int column, llvm::function_ref<Value()> convert) {
  llvm::AllocaInst* have = have_[static_cast<size_t>(column)];
  llvm::BasicBlock* missing = fn.Block("convert");
  llvm::BasicBlock* there = fn.Block("converted");
  fn.CondBr(fn.b.CreateLoad(module_.i1, have), there, missing);
  fn.b.SetInsertPoint(missing);
  Value value = convert();
  StoreSlot(fn, values_[static_cast<size_t>(column)], value);
  fn.b.CreateStore(fn.Bool(true), have);
  fn.b.CreateBr(there);
  fn.b.SetInsertPoint(there);
}

Value ColumnSlots::Load(FunctionContext& fn, int column) {
  return LoadSlot(fn, values_[static_cast<size_t>(column)]);
}

void ColumnSlots::Require(FunctionContext& fn, llvm::Value* ok, const FailTarget& fail,
                          const runtime::DecodeFault& fault, SayWhy say_why) {
  runtime::SitePlan site = info_.site;
  site.code = fault.code;
  site.message = fault.message;
  llvm::BasicBlock* good = fn.Block("good");
  llvm::BasicBlock* bad = fn.Block("bad");
  fn.CondBrLikely(ok, good, bad);
  fn.b.SetInsertPoint(bad);
  say_why();
  fail(module_.AddSite(site));
  fn.b.SetInsertPoint(good);
}

llvm::Constant* ColumnSlots::NameConstant(int column) {
  const std::string& name = field(column).external_name();
  auto* type = llvm::StructType::get(module_.ptr, module_.i64);
  return llvm::ConstantStruct::get(
      type, {module_.Bytes(name), llvm::ConstantInt::get(module_.i64, name.size())});
}

llvm::Constant* ColumnSlots::Names() {
  if (names_ != nullptr) return names_;
  llvm::SmallVector<llvm::Constant*, 16> parts;
  for (int i = 0; i < size(); ++i) parts.push_back(NameConstant(i));
  auto* element = llvm::StructType::get(module_.ptr, module_.i64);
  auto* type = llvm::ArrayType::get(element, parts.size());
  names_ = new llvm::GlobalVariable(module_.llvm_module, type, /*isConstant=*/true,
                                    llvm::GlobalValue::PrivateLinkage,
                                    llvm::ConstantArray::get(type, parts), "column_names");
  return names_;
}

llvm::Constant* ColumnSlots::NameOf(int column) {
  auto* offset = llvm::ConstantInt::get(module_.i64, static_cast<uint64_t>(column) * 16);
  return llvm::ConstantExpr::getInBoundsGetElementPtr(module_.i8, Names(), offset);
}

void TextCursor::Begin(FunctionContext& fn) {
  ModuleContext& m = fn.module;
  end = fn.LoadAt(m.ptr, fn.input, offsetof(FlowInput, end), "input_end");
  at = fn.Alloca(m.ptr, "at");
  record = fn.Alloca(m.ptr, "record");
  newline = fn.Alloca(m.ptr, "newline");
  lines = fn.Alloca(m.i64, "lines");
  index = fn.Alloca(m.i64, "index");
  fn.b.CreateStore(fn.LoadAt(m.ptr, fn.input, offsetof(FlowInput, begin)), at);
  fn.b.CreateStore(fn.Int(0), lines);
  fn.b.CreateStore(fn.Int(0), index);
}

void TextCursor::EndWhen(FunctionContext& fn, llvm::Value* condition, llvm::BasicBlock* done) {
  llvm::BasicBlock* finished = fn.Block("unit_end");
  llvm::BasicBlock* begin = fn.Block("record");
  fn.CondBrUnlikely(condition, finished, begin);
  fn.b.SetInsertPoint(finished);
  llvm::Value* count = fn.b.CreateLoad(fn.module.i64, index);
  fn.StoreAt(count, fn.task, offsetof(FlowTask, row_index));
  fn.b.CreateBr(done);
  fn.b.SetInsertPoint(begin);
}

void TextCursor::Advance(FunctionContext& fn, llvm::Value* line_count) {
  ModuleContext& m = fn.module;
  llvm::Value* line = fn.b.CreateLoad(m.i64, lines);
  fn.b.CreateStore(fn.b.CreateAdd(line, line_count), lines);
  llvm::Value* row = fn.b.CreateLoad(m.i64, index);
  fn.b.CreateStore(fn.b.CreateAdd(row, fn.Int(1)), index);
  fn.b.CreateStore(fn.At(fn.b.CreateLoad(m.ptr, newline), 1), at);
}

void TextCursor::StorePlace(FunctionContext& fn) {
  ModuleContext& m = fn.module;
  fn.StoreAt(fn.b.CreateLoad(m.ptr, record), fn.task, offsetof(FlowTask, record_begin));
  fn.StoreAt(fn.b.CreateLoad(m.ptr, newline), fn.task, offsetof(FlowTask, record_end));
  fn.StoreAt(fn.b.CreateLoad(m.i64, lines), fn.task, offsetof(FlowTask, line));
  fn.StoreAt(fn.b.CreateLoad(m.i64, index), fn.task, offsetof(FlowTask, row_index));
}

std::string FormatText(const ModuleContext& module, const ir::Endpoint& endpoint,
                       std::string_view name, std::string_view default_text) {
  const ir::Literal* literal = FormatLiteral(module, endpoint, name);
  if (literal == nullptr || !literal->type.strip_optional().is(TypeKind::kString)) {
    return std::string(default_text);
  }
  return literal->text;
}

bool FormatBool(const ModuleContext& module, const ir::Endpoint& endpoint, std::string_view name,
                bool default_value) {
  const ir::Literal* literal = FormatLiteral(module, endpoint, name);
  if (literal == nullptr || !literal->type.is(TypeKind::kBool)) return default_value;
  return literal->int_value != 0;
}

int64_t TimeUnit(const ModuleContext& module, const ir::Endpoint& endpoint) {
  std::string unit = FormatText(module, endpoint, "time", "");
  if (unit == "s") return 1'000'000'000;
  if (unit == "ms") return 1'000'000;
  if (unit == "us") return 1'000;
  return unit == "ns" ? 1 : 0;
}

}  // namespace flow::codegen
