// CSV records. All cells of a record are split first, since a record must have its number of cells;
// those in use are converted when a stage reads them.

#include <cstddef>

#include "codegen/decode/columns.h"
#include "runtime/inline/csv.h"

namespace flow::codegen {
namespace {

class CsvDecoder : public SourceDecoder {
 public:
  CsvDecoder(ModuleContext& module, SourceInfo info)
      : module_(module),
        info_(std::move(info)),
        columns_(module_, info_),
        unit_(TimeUnit(module_, info_.source->endpoint)) {
    std::string separator = FormatText(module_, info_.source->endpoint, "separator", ",");
    if (separator.size() == 1) separator_ = separator[0];
  }

  void Begin(FunctionContext& fn, llvm::BasicBlock* done, const FailTarget& fail) override {
    columns_.Begin(fn);
    cursor_.Begin(fn);
    // One span before the first takes the cells that nobody reads.
    llvm::Value* spans =
        fn.AllocaBytes(sizeof(FlowSpan) * static_cast<uint64_t>(columns_.size() + 1), 16, "cells");
    spans_ = fn.At(spans, sizeof(FlowSpan));
    cells_ = fn.Alloca(module_.i64, "cell_count");
    flags_ = fn.Alloca(module_.i64, "record_flags");
    auto [map, count] = FileColumns(fn);

    head_ = fn.Block("head");
    fn.b.CreateBr(head_);
    fn.b.SetInsertPoint(head_);
    llvm::Value* at = fn.b.CreateLoad(module_.ptr, cursor_.at);
    llvm::Value* record = fn.Call("flow_csv_start", module_.ptr, {at, cursor_.end, cursor_.lines});
    cursor_.EndWhen(fn, fn.b.CreateICmpUGE(record, cursor_.end), done);
    fn.b.CreateStore(record, cursor_.record);
    fn.b.CreateStore(fn.Int(0), flags_);
    columns_.Reset(fn);
    llvm::Value* separator = llvm::ConstantInt::get(module_.i8, static_cast<uint8_t>(separator_));
    llvm::Value* newline =
        fn.Call("flow_csv_record", module_.ptr,
                {record, cursor_.end, separator, map, count, spans_, cells_, flags_});
    fn.b.CreateStore(newline, cursor_.newline);
    llvm::Value* cells = fn.b.CreateLoad(module_.i64, cells_);
    columns_.Require(fn, fn.b.CreateICmpEQ(cells, count), fail, runtime::kWrongCellCount, [&] {
      fn.Call("flow_csv_bad_record", module_.void_type, {fn.task, cells, count});
    });
  }

  void Ensure(FunctionContext& fn, llvm::ArrayRef<int> columns, const FailTarget& fail) override {
    for (int column : columns) {
      columns_.Fill(fn, column, [&] { return Convert(fn, column, fail); });
    }
  }

  Value Column(FunctionContext& fn, int column) override { return columns_.Load(fn, column); }

  void End(FunctionContext& fn) override {
    // Quoted cells may hold line breaks.
    llvm::Value* quoted = fn.b.CreateAnd(fn.b.CreateLoad(module_.i64, flags_),
                                         fn.Int(static_cast<int64_t>(kFlowQuoted)));
    llvm::BasicBlock* before = fn.b.GetInsertBlock();
    llvm::BasicBlock* count = fn.Block("count_lines");
    llvm::BasicBlock* next = fn.Block("next_record");
    fn.CondBrUnlikely(fn.b.CreateICmpNE(quoted, fn.Int(0)), count, next);
    fn.b.SetInsertPoint(count);
    llvm::Value* inside = fn.Call("flow_count_newlines", module_.i64,
                                  {fn.b.CreateLoad(module_.ptr, cursor_.record),
                                   fn.b.CreateLoad(module_.ptr, cursor_.newline)});
    fn.b.CreateBr(next);
    fn.b.SetInsertPoint(next);
    llvm::PHINode* more = fn.b.CreatePHI(module_.i64, 2);
    more->addIncoming(fn.Int(0), before);
    more->addIncoming(inside, count);
    cursor_.Advance(fn, fn.b.CreateAdd(more, fn.Int(1)));
    fn.b.CreateBr(head_);
  }

  void StorePlace(FunctionContext& fn) override { cursor_.StorePlace(fn); }

 private:
  // Which span each column of the file goes to, and how many there are: by the file's header, or
  // the columns of the schema in their order.
  std::pair<llvm::Value*, llvm::Value*> FileColumns(FunctionContext& fn) {
    llvm::SmallVector<llvm::Constant*, 16> map;
    for (const StructField& field : info_.source->row.fields()) {
      int span = -1;
      for (int i = 0; i < columns_.size(); ++i) {
        if (columns_.field(i).name == field.name) span = i;
      }
      map.push_back(fn.Int32(span));
    }
    auto* type = llvm::ArrayType::get(module_.i32, map.size());
    auto* schema = new llvm::GlobalVariable(module_.llvm_module, type, /*isConstant=*/true,
                                            llvm::GlobalValue::PrivateLinkage,
                                            llvm::ConstantArray::get(type, map), "csv_columns");
    llvm::Value* given = fn.LoadAt(module_.ptr, fn.input, offsetof(FlowInput, columns));
    llvm::Value* given_count = fn.LoadAt(module_.i64, fn.input, offsetof(FlowInput, column_count));
    llvm::Value* none = fn.b.CreateIsNull(given);
    return {fn.b.CreateSelect(none, schema, given),
            fn.b.CreateSelect(none, fn.Int(static_cast<int64_t>(map.size())), given_count)};
  }

  struct Cell {
    llvm::Value* begin;
    llvm::Value* size;
    llvm::Value* flags;
    llvm::Value* empty;  // i1: none
  };

  Cell Load(FunctionContext& fn, int column) {
    uint64_t offset = sizeof(FlowSpan) * static_cast<uint64_t>(column);
    llvm::Value* packed = fn.LoadAt(module_.i64, spans_, offset + 8);
    llvm::Value* record_flags = fn.b.CreateAnd(fn.b.CreateLoad(module_.i64, flags_),
                                               fn.Int(static_cast<int64_t>(kFlowNonAscii)));
    llvm::Value* flags = fn.b.CreateOr(fn.b.CreateLShr(packed, 32), record_flags);
    llvm::Value* size = fn.b.CreateAnd(packed, fn.Int(0xffffffff));
    llvm::Value* unquoted = fn.b.CreateICmpEQ(
        fn.b.CreateAnd(flags, fn.Int(static_cast<int64_t>(kFlowQuoted))), fn.Int(0));
    llvm::Value* empty = fn.b.CreateAnd(fn.b.CreateICmpEQ(size, fn.Int(0)), unquoted);
    return {fn.LoadAt(module_.ptr, spans_, offset), size, flags, empty};
  }

  Value Convert(FunctionContext& fn, int column, const FailTarget& fail) {
    const Type& type = columns_.field(column).type;
    Cell cell = Load(fn, column);
    if (!type.is_optional()) {
      if (type.is(TypeKind::kString)) {
        RequireValue(fn, column, cell, fn.b.CreateNot(cell.empty), fail);
      }
      return ConvertCell(fn, column, type, cell, fail);
    }
    ValueSlot slot = MakeSlot(fn, type, "optional");
    StoreSlot(fn, slot, ZeroValue(module_.context, type));
    llvm::BasicBlock* given = fn.Block("given");
    llvm::BasicBlock* ready = fn.Block("optional_ready");
    fn.CondBr(cell.empty, ready, given);
    fn.b.SetInsertPoint(given);
    Value inner = ConvertCell(fn, column, type.inner(), cell, fail);
    StoreSlot(fn, slot, WithPresence(type, inner, fn.Bool(true)));
    fn.b.CreateBr(ready);
    fn.b.SetInsertPoint(ready);
    return LoadSlot(fn, slot);
  }

  void RequireValue(FunctionContext& fn, int column, const Cell& cell, llvm::Value* good,
                    const FailTarget& fail) {
    columns_.Require(fn, good, fail, runtime::kBadValue, [&] {
      fn.Call(
          "flow_csv_bad_value", module_.void_type,
          {fn.task, columns_.NameOf(column), module_.TypeDescriptor(columns_.field(column).type),
           cell.begin, cell.size, cell.flags});
    });
  }

  Value ConvertCell(FunctionContext& fn, int column, const Type& type, const Cell& cell,
                    const FailTarget& fail) {
    llvm::Value* out = MakeMemory(fn, type, "converted");
    RequireValue(fn, column, cell, CallConverter(fn, column, type, cell, out), fail);
    return LoadValue(fn, type, out);
  }

  llvm::Value* CallConverter(FunctionContext& fn, int column, const Type& type, const Cell& cell,
                             llvm::Value* out) {
    switch (type.kind()) {
      case TypeKind::kBool:
        return fn.Call("flow_json_bool", module_.i1, {cell.begin, cell.size, out});
      case TypeKind::kInt:
        return fn.Call("flow_csv_int", module_.i1, {cell.begin, cell.size, out});
      case TypeKind::kFloat:
        return fn.Call("flow_csv_float", module_.i1, {cell.begin, cell.size, out});
      case TypeKind::kDecimal:
        return fn.Call(
            "flow_csv_decimal", module_.i1,
            {cell.begin, cell.size, fn.Int32(type.precision()), fn.Int32(type.scale()), out});
      case TypeKind::kString:
        return fn.Call("flow_csv_string", module_.i1,
                       {fn.task, cell.begin, cell.size, cell.flags, out});
      case TypeKind::kTimestamp:
        return fn.Call("flow_csv_timestamp", module_.i1,
                       {cell.begin, cell.size, fn.Int(unit_), columns_.DayOf(column), out});
      default:
        return fn.Call("flow_csv_read_value", module_.i1,
                       {fn.task, module_.TypeDescriptor(type), fn.Int(unit_), cell.begin, cell.size,
                        cell.flags, out});
    }
  }

  ModuleContext& module_;
  SourceInfo info_;
  ColumnSlots columns_;
  TextCursor cursor_;
  int64_t unit_;
  char separator_ = ',';
  llvm::Value* spans_ = nullptr;
  llvm::AllocaInst* cells_ = nullptr;
  llvm::AllocaInst* flags_ = nullptr;
  llvm::BasicBlock* head_ = nullptr;
};

}  // namespace

std::unique_ptr<SourceDecoder> MakeCsvDecoder(ModuleContext& module, SourceInfo info) {
  return std::make_unique<CsvDecoder>(module, std::move(info));
}

}  // namespace flow::codegen
