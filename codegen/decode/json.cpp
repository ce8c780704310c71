// JSON records, one a line. What every record is asked for is looked for first, its newline behind
// that; then the record is framed (its line begins with `{` and ends with `}`). What else a stage
// reads is looked for when it is reached and no further than needed (decode/json_scanner.h), then
// converted.

#include "codegen/decode/columns.h"
#include "codegen/decode/json_scanner.h"

namespace flow::codegen {
namespace {

class JsonDecoder : public SourceDecoder {
 public:
  JsonDecoder(ModuleContext& module, SourceInfo info)
      : module_(module),
        info_(std::move(info)),
        columns_(module_, info_),
        scanner_(module_, columns_),
        unit_(TimeUnit(module_, info_.source->endpoint)),
        judge_all_(FormatText(module_, info_.source->endpoint, "validate", "used") == "all"),
        ahead_(info_.columns.size(), false) {}

  void Begin(FunctionContext& fn, llvm::BasicBlock* done, const FailTarget& fail) override {
    columns_.Begin(fn);
    cursor_.Begin(fn);
    scanner_.Begin(fn);
    head_ = fn.Block("head");
    fn.b.CreateBr(head_);
    fn.b.SetInsertPoint(head_);
    llvm::Value* at = fn.b.CreateLoad(module_.ptr, cursor_.at);
    llvm::Value* record = fn.Call("flow_json_start", module_.ptr, {at, cursor_.end, cursor_.lines});
    cursor_.EndWhen(fn, fn.b.CreateICmpUGE(record, cursor_.end), done);
    columns_.Reset(fn);
    scanner_.Start(fn, record);
    llvm::Value* stop = scanner_.ScanAhead(fn);
    llvm::Value* newline = fn.Call("flow_scan_newline", module_.ptr, {stop});
    fn.b.CreateStore(record, cursor_.record);
    fn.b.CreateStore(newline, cursor_.newline);
    llvm::Value* framed = fn.Call("flow_json_framed", module_.i1, {record, newline});
    RequireRecord(fn, framed, fail, record);
    if (!judge_all_) return;
    llvm::Value* size = fn.b.CreateSub(fn.b.CreatePtrToInt(newline, module_.i64),
                                       fn.b.CreatePtrToInt(record, module_.i64));
    RequireRecord(fn, fn.Call("flow_json_valid", module_.i1, {record, size}), fail, record);
  }

  void Ensure(FunctionContext& fn, llvm::ArrayRef<int> columns, const FailTarget& fail) override {
    if (columns.empty()) return;
    if (!narrow_) {
      for (int column : columns) ahead_[static_cast<size_t>(column)] = true;
    }
    llvm::BasicBlock* find = fn.Block("find");
    llvm::BasicBlock* ready = fn.Block("ready");
    fn.CondBr(columns_.HaveAll(fn, columns), ready, find);
    fn.b.SetInsertPoint(find);
    // Columns are judged in their order: what was found before the text goes bad still counts, and
    // a column is missing only when the record was read to its end.
    llvm::Value* well_formed = scanner_.Scan(fn, columns);
    for (int column : columns) {
      columns_.Fill(fn, column, [&] { return Convert(fn, column, well_formed, fail); });
    }
    fn.b.CreateBr(ready);
    fn.b.SetInsertPoint(ready);
  }

  void Narrow() override { narrow_ = true; }

  Value Column(FunctionContext& fn, int column) override { return columns_.Load(fn, column); }

  void End(FunctionContext& fn) override {
    scanner_.SetAhead(ahead_);
    cursor_.Advance(fn, fn.Int(1));
    fn.b.CreateBr(head_);
  }

  void StorePlace(FunctionContext& fn) override { cursor_.StorePlace(fn); }

 private:
  // `at`: where the fault is; by default where the scan stands.
  void RequireRecord(FunctionContext& fn, llvm::Value* ok, const FailTarget& fail,
                     llvm::Value* at = nullptr) {
    columns_.Require(fn, ok, fail, runtime::kNotARecord, [&] {
      llvm::Value* record = fn.b.CreateLoad(module_.ptr, cursor_.record);
      fn.Call("flow_json_bad_record", module_.void_type,
              {fn.task, record, at == nullptr ? scanner_.At(fn) : at});
    });
  }

  Value Convert(FunctionContext& fn, int column, llvm::Value* well_formed, const FailTarget& fail) {
    const Type& type = columns_.field(column).type;
    ValueSlot slot = MakeSlot(fn, type, "value");
    llvm::BasicBlock* there = fn.Block("there");
    llvm::BasicBlock* absent = fn.Block("absent");
    llvm::BasicBlock* none = fn.Block("none");
    llvm::BasicBlock* ready = fn.Block("value_ready");
    fn.CondBrLikely(scanner_.Found(fn, column), there, absent);

    fn.b.SetInsertPoint(absent);
    RequireRecord(fn, well_formed, fail);
    if (!type.is_optional()) {
      columns_.Require(fn, fn.Bool(false), fail, runtime::kMissingField, [&] {
        fn.Call("flow_field_missing", module_.void_type,
                {fn.task, columns_.NameOf(column), module_.TypeDescriptor(type)});
      });
    }
    fn.b.CreateBr(none);
    fn.b.SetInsertPoint(none);
    StoreSlot(fn, slot, ZeroValue(module_.context, type));
    fn.b.CreateBr(ready);

    fn.b.SetInsertPoint(there);
    JsonScanner::Span span = scanner_.Load(fn, column);
    if (type.is_optional()) {
      llvm::BasicBlock* given = fn.Block("given");
      llvm::Value* null = fn.Call("flow_json_is_null", module_.i1, {span.begin, span.size});
      fn.CondBr(null, none, given);
      fn.b.SetInsertPoint(given);
      Value inner = ConvertSpan(fn, column, type.inner(), span, fail);
      StoreSlot(fn, slot, WithPresence(type, inner, fn.Bool(true)));
    } else {
      StoreSlot(fn, slot, ConvertSpan(fn, column, type, span, fail));
    }
    fn.b.CreateBr(ready);
    fn.b.SetInsertPoint(ready);
    return LoadSlot(fn, slot);
  }

  Value ConvertSpan(FunctionContext& fn, int column, const Type& type,
                    const JsonScanner::Span& span, const FailTarget& fail) {
    llvm::Value* out = MakeMemory(fn, type, "converted");
    llvm::Value* good = CallConverter(fn, column, type, span, out);
    columns_.Require(fn, good, fail, runtime::kBadValue, [&] {
      fn.Call("flow_json_bad_value", module_.void_type,
              {fn.task, columns_.NameOf(column),
               module_.TypeDescriptor(columns_.field(column).type), span.begin, span.size});
    });
    return LoadValue(fn, type, out);
  }

  llvm::Value* CallConverter(FunctionContext& fn, int column, const Type& type,
                             const JsonScanner::Span& span, llvm::Value* out) {
    llvm::Value* descriptor = nullptr;
    switch (type.kind()) {
      case TypeKind::kBool:
        return fn.Call("flow_json_bool", module_.i1, {span.begin, span.size, out});
      case TypeKind::kInt:
        return fn.Call("flow_json_int", module_.i1, {span.begin, span.size, out});
      case TypeKind::kFloat:
        return fn.Call("flow_json_float", module_.i1, {span.begin, span.size, out});
      case TypeKind::kDecimal:
        return fn.Call(
            "flow_json_decimal", module_.i1,
            {span.begin, span.size, fn.Int32(type.precision()), fn.Int32(type.scale()), out});
      case TypeKind::kString:
        return fn.Call("flow_json_string", module_.i1,
                       {fn.task, span.begin, span.size, span.flags, out});
      case TypeKind::kTimestamp:
        return fn.Call("flow_json_timestamp", module_.i1,
                       {span.begin, span.size, fn.Int(unit_), columns_.DayOf(column), out});
      case TypeKind::kSet:
        descriptor = module_.TypeDescriptor(type);
        return fn.Call("flow_json_set", module_.i1,
                       {fn.task, descriptor, span.begin, span.size, span.flags, out});
      default:
        descriptor = module_.TypeDescriptor(type);
        return fn.Call("flow_json_read_value", module_.i1,
                       {fn.task, descriptor, fn.Int(unit_), span.begin, span.size, out});
    }
  }

  ModuleContext& module_;
  SourceInfo info_;
  ColumnSlots columns_;
  TextCursor cursor_;
  JsonScanner scanner_;
  int64_t unit_;
  bool judge_all_;
  llvm::SmallVector<bool, 16> ahead_;  // columns that every record is asked for
  bool narrow_ = false;
  llvm::BasicBlock* head_ = nullptr;
};

}  // namespace

std::unique_ptr<SourceDecoder> MakeJsonDecoder(ModuleContext& module, SourceInfo info) {
  return std::make_unique<JsonDecoder>(module, std::move(info));
}

}  // namespace flow::codegen
