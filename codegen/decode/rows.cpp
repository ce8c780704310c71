// Rows of an operator: pointers to structs in memory layout. Nothing to decode, nothing to fail.

#include "codegen/decode/decode.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

class RowsDecoder final : public SourceDecoder {
 public:
  explicit RowsDecoder(const Type& row) : row_(row), offsets_(FieldOffsets(row)) {}

  void Begin(FunctionContext& fn, llvm::BasicBlock* done, const FailTarget&) override {
    ModuleContext& m = fn.module;
    llvm::Value* rows = fn.LoadAt(m.ptr, fn.input, offsetof(FlowInput, rows));
    llvm::Value* count = fn.LoadAt(m.i64, fn.input, offsetof(FlowInput, row_count));
    llvm::BasicBlock* before = fn.b.GetInsertBlock();
    head_ = fn.Block("rows");
    llvm::BasicBlock* finished = fn.Block("rows_end");
    llvm::BasicBlock* record = fn.Block("row");
    fn.b.CreateBr(head_);
    fn.b.SetInsertPoint(head_);
    index_ = fn.b.CreatePHI(m.i64, 2, "index");
    index_->addIncoming(fn.Int(0), before);
    fn.CondBr(fn.b.CreateICmpSLT(index_, count), record, finished);
    fn.b.SetInsertPoint(finished);
    fn.StoreAt(index_, fn.task, offsetof(FlowTask, row_index));
    fn.b.CreateBr(done);
    fn.b.SetInsertPoint(record);
    current_ = fn.b.CreateLoad(m.ptr, fn.b.CreateInBoundsGEP(m.ptr, rows, index_));
  }

  void Ensure(FunctionContext&, llvm::ArrayRef<int>, const FailTarget&) override {}

  Value Column(FunctionContext& fn, int column) override {
    auto at = static_cast<size_t>(column);
    return LoadValue(fn, row_.fields()[at].type, fn.At(current_, offsets_[at]));
  }

  void End(FunctionContext& fn) override {
    index_->addIncoming(fn.b.CreateAdd(index_, fn.Int(1)), fn.b.GetInsertBlock());
    fn.b.CreateBr(head_);
  }

  void StorePlace(FunctionContext& fn) override {
    llvm::Value* none =
        llvm::ConstantPointerNull::get(llvm::PointerType::getUnqual(fn.module.context));
    fn.StoreAt(none, fn.task, offsetof(FlowTask, record_begin));
    fn.StoreAt(none, fn.task, offsetof(FlowTask, record_end));
    fn.StoreAt(fn.Int(0), fn.task, offsetof(FlowTask, line));
    fn.StoreAt(index_, fn.task, offsetof(FlowTask, row_index));
  }

 private:
  Type row_;
  std::vector<uint32_t> offsets_;
  llvm::BasicBlock* head_ = nullptr;
  llvm::PHINode* index_ = nullptr;
  llvm::Value* current_ = nullptr;
};

}  // namespace

std::unique_ptr<SourceDecoder> MakeRowsDecoder(ModuleContext&, const Type& row) {
  return std::make_unique<RowsDecoder>(row);
}

}  // namespace flow::codegen
