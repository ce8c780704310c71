// Lines of text: column `line` is the line without its end, `n` its number from 1.

#include <cstddef>

#include "codegen/decode/columns.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

class TextDecoder : public SourceDecoder {
 public:
  TextDecoder(ModuleContext& module, SourceInfo info)
      : module_(module), info_(std::move(info)), columns_(module_, info_) {}

  void Begin(FunctionContext& fn, llvm::BasicBlock* done, const FailTarget&) override {
    columns_.Begin(fn);
    cursor_.Begin(fn);
    first_line_ = fn.LoadAt(module_.i64, fn.input, offsetof(FlowInput, first_line));
    head_ = fn.Block("head");
    fn.b.CreateBr(head_);
    fn.b.SetInsertPoint(head_);
    llvm::Value* at = fn.b.CreateLoad(module_.ptr, cursor_.at);
    cursor_.EndWhen(fn, fn.b.CreateICmpUGE(at, cursor_.end), done);
    fn.b.CreateStore(at, cursor_.record);
    fn.b.CreateStore(fn.Call("flow_scan_newline", module_.ptr, {at}), cursor_.newline);
    columns_.Reset(fn);
  }

  void Ensure(FunctionContext& fn, llvm::ArrayRef<int> columns, const FailTarget& fail) override {
    for (int column : columns) {
      columns_.Fill(fn, column, [&] {
        return columns_.field(column).type.strip_optional().is(TypeKind::kInt)
                   ? Number(fn, column)
                   : Line(fn, column, fail);
      });
    }
  }

  Value Column(FunctionContext& fn, int column) override { return columns_.Load(fn, column); }

  void End(FunctionContext& fn) override {
    cursor_.Advance(fn, fn.Int(1));
    fn.b.CreateBr(head_);
  }

  void StorePlace(FunctionContext& fn) override { cursor_.StorePlace(fn); }

 private:
  Value Present(FunctionContext& fn, int column, const Value& value) {
    const Type& type = columns_.field(column).type;
    return type.is_optional() ? WithPresence(type, value, fn.Bool(true)) : value;
  }

  Value Number(FunctionContext& fn, int column) {
    llvm::Value* lines = fn.b.CreateLoad(module_.i64, cursor_.lines);
    return Present(fn, column, {Type::Int(), {fn.b.CreateAdd(first_line_, lines)}});
  }

  Value Line(FunctionContext& fn, int column, const FailTarget& fail) {
    llvm::Value* begin = fn.b.CreateLoad(module_.ptr, cursor_.record);
    llvm::Value* newline = fn.b.CreateLoad(module_.ptr, cursor_.newline);
    llvm::Value* size = fn.Call("flow_text_line_size", module_.i64, {begin, newline});
    llvm::Value* valid = fn.Call("flow_utf8_valid", module_.i1, {begin, size});
    columns_.Require(fn, valid, fail, runtime::kBadValue, [&] {
      fn.Call("flow_csv_bad_value", module_.void_type,
              {fn.task, columns_.NameOf(column), module_.TypeDescriptor(Type::String()), begin,
               size, fn.Int(0)});
    });
    return Present(fn, column, {Type::String(), {begin, size}});
  }

  ModuleContext& module_;
  SourceInfo info_;
  ColumnSlots columns_;
  TextCursor cursor_;
  llvm::Value* first_line_ = nullptr;
  llvm::BasicBlock* head_ = nullptr;
};

}  // namespace

std::unique_ptr<SourceDecoder> MakeTextDecoder(ModuleContext& module, SourceInfo info) {
  return std::make_unique<TextDecoder>(module, std::move(info));
}

}  // namespace flow::codegen
