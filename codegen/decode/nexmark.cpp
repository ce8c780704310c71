// Events of the NEXMark generator: a record is an event number, and a column is made from it when a
// stage reads it (runtime/inline/nexmark.h). Nothing can fail.

#include <cstddef>

#include "base/check.h"
#include "codegen/decode/columns.h"
#include "runtime/abi.h"
#include "runtime/inline/nexmark.h"

namespace flow::codegen {
namespace {

// The kind of event by its name in the script; the argument is a constant, as the row type is.
std::string KindName(const ModuleContext& module, const ir::Source& source) {
  for (const ir::NamedArg& arg : source.endpoint.args) {
    if (arg.name != "kind") continue;
    for (const ir::ScalarOp& op : module.module.functions[arg.fn].ops) {
      if (const auto* constant = std::get_if<ir::Const>(&op)) return constant->value.text;
    }
  }
  return "bid";
}

int32_t KindNumber(std::string_view name) {
  if (name == "person") return kFlowNexmarkPerson;
  if (name == "auction") return kFlowNexmarkAuction;
  return name == "bid" ? kFlowNexmarkBid : kFlowNexmarkEvent;
}

class NexmarkDecoder : public SourceDecoder {
 public:
  NexmarkDecoder(ModuleContext& module, SourceInfo info)
      : module_(module), info_(std::move(info)), columns_(module_, info_) {
    std::string kind = KindName(module, *info_.source);
    kind_ = KindNumber(kind);
    const ConnectorDef* def = module.catalog.FindConnector("nexmark");
    FLOW_CHECK(def != nullptr && def->fixed_schema(kind) != nullptr, "no such kind of event");
    schema_ = ParseType(def->fixed_schema(kind));
  }

  void Begin(FunctionContext& fn, llvm::BasicBlock* done, const FailTarget&) override {
    columns_.Begin(fn);
    generator_ = fn.LoadAt(module_.ptr, fn.input, offsetof(FlowInput, generator));
    arena_ = fn.LoadAt(module_.ptr, fn.task, offsetof(FlowTask, arena));
    llvm::Value* first = fn.LoadAt(module_.i64, fn.input, offsetof(FlowInput, first_id));
    llvm::Value* count = fn.LoadAt(module_.i64, fn.input, offsetof(FlowInput, id_count));
    llvm::Value* end = fn.b.CreateAdd(first, count);
    next_ = fn.Alloca(module_.i64, "next_event");
    event_ = fn.Alloca(module_.i64, "event");
    index_ = fn.Alloca(module_.i64, "index");
    fn.b.CreateStore(first, next_);
    fn.b.CreateStore(fn.Int(0), index_);

    head_ = fn.Block("events");
    llvm::BasicBlock* finished = fn.Block("events_end");
    llvm::BasicBlock* event = fn.Block("event");
    fn.b.CreateBr(head_);
    fn.b.SetInsertPoint(head_);
    llvm::Value* number = fn.Call("flow_nexmark_next", module_.i64,
                                  {fn.Int32(kind_), fn.b.CreateLoad(module_.i64, next_)});
    fn.CondBrLikely(fn.b.CreateICmpSLT(number, end), event, finished);
    fn.b.SetInsertPoint(finished);
    fn.StoreAt(fn.b.CreateLoad(module_.i64, index_), fn.task, offsetof(FlowTask, row_index));
    fn.b.CreateBr(done);
    fn.b.SetInsertPoint(event);
    fn.b.CreateStore(number, event_);
    columns_.Reset(fn);
  }

  void Ensure(FunctionContext& fn, llvm::ArrayRef<int> columns, const FailTarget&) override {
    if (columns.empty()) return;
    llvm::BasicBlock* make = fn.Block("make");
    llvm::BasicBlock* ready = fn.Block("ready");
    fn.CondBr(columns_.HaveAll(fn, columns), ready, make);
    fn.b.SetInsertPoint(make);
    if (kind_ == kFlowNexmarkEvent) {
      for (int column : columns) columns_.Fill(fn, column, [&] { return AnyEvent(fn, column); });
    } else {
      uint32_t wanted = 0;
      for (int column : columns) wanted |= Bit(schema_, columns_.field(column).name);
      llvm::Value* event = Make(fn, kind_, schema_, wanted);
      for (int column : columns) {
        columns_.Fill(fn, column, [&] { return FieldIn(fn, schema_, event, column); });
      }
    }
    fn.b.CreateBr(ready);
    fn.b.SetInsertPoint(ready);
  }

  Value Column(FunctionContext& fn, int column) override { return columns_.Load(fn, column); }

  void End(FunctionContext& fn) override {
    llvm::Value* event = fn.b.CreateLoad(module_.i64, event_);
    llvm::Value* index = fn.b.CreateLoad(module_.i64, index_);
    fn.b.CreateStore(fn.b.CreateAdd(event, fn.Int(1)), next_);
    fn.b.CreateStore(fn.b.CreateAdd(index, fn.Int(1)), index_);
    fn.b.CreateBr(head_);
  }

  void StorePlace(FunctionContext& fn) override {
    llvm::Value* none = llvm::ConstantPointerNull::get(llvm::cast<llvm::PointerType>(module_.ptr));
    fn.StoreAt(none, fn.task, offsetof(FlowTask, record_begin));
    fn.StoreAt(none, fn.task, offsetof(FlowTask, record_end));
    fn.StoreAt(fn.Int(0), fn.task, offsetof(FlowTask, line));
    fn.StoreAt(fn.b.CreateLoad(module_.i64, index_), fn.task, offsetof(FlowTask, row_index));
  }

 private:
  static uint32_t Bit(const Type& row, std::string_view name) {
    return 1u << static_cast<unsigned>(row.FieldIndex(name));
  }

  // Makes the `wanted` columns of the event, which is of this kind, in memory.
  llvm::Value* Make(FunctionContext& fn, int32_t kind, const Type& row, uint32_t wanted) {
    const char* maker = kind == kFlowNexmarkPerson    ? "flow_nexmark_person"
                        : kind == kFlowNexmarkAuction ? "flow_nexmark_auction"
                                                      : "flow_nexmark_bid";
    llvm::Value* out = MakeMemory(fn, row, "made");
    fn.Call(maker, module_.void_type,
            {arena_, generator_, fn.b.CreateLoad(module_.i64, event_),
             fn.Int32(static_cast<int32_t>(wanted)), out});
    return out;
  }

  Value FieldIn(FunctionContext& fn, const Type& row, llvm::Value* event, int column) {
    const StructField& field = columns_.field(column);
    return LoadPart(fn, row, event, field.name, field.type);
  }

  // A field of a made event, as the type the script has for it.
  Value LoadPart(FunctionContext& fn, const Type& row, llvm::Value* event, std::string_view name,
                 const Type& type) {
    size_t index = static_cast<size_t>(row.FieldIndex(name));
    const Type& made = row.fields()[index].type;
    Value value = LoadValue(fn, made, fn.At(event, FieldOffsets(row)[index]));
    return type.is_optional() && !made.is_optional() ? WithPresence(type, value, fn.Bool(true))
                                                     : value;
  }

  // A column of rows of any kind: `kind`, `dateTime`, or the event itself where it is of its kind.
  Value AnyEvent(FunctionContext& fn, int column) {
    const StructField& field = columns_.field(column);
    llvm::Value* number = fn.b.CreateLoad(module_.i64, event_);
    llvm::Value* kind = fn.Call("flow_nexmark_kind", module_.i32, {number});
    if (field.name == "kind") return {field.type, {fn.b.CreateSExt(kind, module_.i64)}};
    if (field.name == "dateTime") {
      return {field.type, {fn.Call("flow_nexmark_time", module_.i64, {generator_, number})}};
    }
    ValueSlot slot = MakeSlot(fn, field.type, "event_column");
    StoreSlot(fn, slot, ZeroValue(module_.context, field.type));
    llvm::BasicBlock* of_kind = fn.Block("of_kind");
    llvm::BasicBlock* ready = fn.Block("event_ready");
    int32_t wanted_kind = KindNumber(field.name);
    fn.CondBr(fn.b.CreateICmpEQ(kind, fn.Int32(wanted_kind)), of_kind, ready);
    fn.b.SetInsertPoint(of_kind);
    const Type& whole = schema_.FindField(field.name)->type.inner();
    const Type& part = field.type.inner();
    uint32_t wanted = 0;
    for (const StructField& inner : part.fields()) wanted |= Bit(whole, inner.name);
    llvm::Value* event = Make(fn, wanted_kind, whole, wanted);
    llvm::SmallVector<Value, 12> fields;
    for (const StructField& inner : part.fields()) {
      fields.push_back(LoadPart(fn, whole, event, inner.name, inner.type));
    }
    Value made = MakeStructValue(part, fields);
    StoreSlot(fn, slot, WithPresence(field.type, made, fn.Bool(true)));
    fn.b.CreateBr(ready);
    fn.b.SetInsertPoint(ready);
    return LoadSlot(fn, slot);
  }

  ModuleContext& module_;
  SourceInfo info_;
  ColumnSlots columns_;
  int32_t kind_;
  Type schema_;  // all columns of the kind
  llvm::Value* generator_ = nullptr;
  llvm::Value* arena_ = nullptr;
  llvm::AllocaInst* next_ = nullptr;   // where the next event is looked for
  llvm::AllocaInst* event_ = nullptr;  // number of the current one
  llvm::AllocaInst* index_ = nullptr;
  llvm::BasicBlock* head_ = nullptr;
};

}  // namespace

std::unique_ptr<SourceDecoder> MakeNexmarkDecoder(ModuleContext& module, SourceInfo info) {
  return std::make_unique<NexmarkDecoder>(module, std::move(info));
}

}  // namespace flow::codegen
