#include "codegen/function_context.h"

#include "llvm/IR/MDBuilder.h"

namespace flow::codegen {

FunctionContext::FunctionContext(ModuleContext& module_context, llvm::Function* llvm_function)
    : module(module_context), function(llvm_function), b(module_context.context) {
  // Allocas gather in the entry block, which falls through to the body; a marker keeps their place.
  llvm::BasicBlock* entry = llvm::BasicBlock::Create(module.context, "entry", function);
  llvm::BasicBlock* body = llvm::BasicBlock::Create(module.context, "body", function);
  if (module.lines) {
    module.lines->Describe(function);
    b.SetCurrentDebugLocation(module.lines->At(function, 0, 0));
  }
  b.SetInsertPoint(entry);
  alloca_point_ = b.CreateBr(body);
  b.SetInsertPoint(body);
}

llvm::AllocaInst* FunctionContext::Alloca(llvm::Type* type, const char* name) {
  llvm::IRBuilder<> entry(alloca_point_);
  return entry.CreateAlloca(type, nullptr, name);
}

llvm::AllocaInst* FunctionContext::AllocaBytes(uint64_t size, uint64_t align, const char* name) {
  llvm::AllocaInst* out = Alloca(llvm::ArrayType::get(module.i8, size), name);
  out->setAlignment(llvm::Align(align));
  return out;
}

llvm::BasicBlock* FunctionContext::Block(const char* name) {
  return llvm::BasicBlock::Create(module.context, name, function);
}

llvm::Value* FunctionContext::At(llvm::Value* base, uint64_t offset) {
  if (offset == 0) return base;
  return b.CreateConstInBoundsGEP1_64(module.i8, base, offset);
}

llvm::Value* FunctionContext::LoadAt(llvm::Type* type, llvm::Value* base, uint64_t offset,
                                     const char* name) {
  return b.CreateLoad(type, At(base, offset), name);
}

void FunctionContext::StoreAt(llvm::Value* value, llvm::Value* base, uint64_t offset) {
  b.CreateStore(value, At(base, offset));
}

llvm::CallInst* FunctionContext::Call(std::string_view helper, llvm::Type* result,
                                      llvm::ArrayRef<llvm::Value*> args) {
  llvm::SmallVector<llvm::Type*, 8> params;
  for (llvm::Value* arg : args) params.push_back(arg->getType());
  llvm::FunctionCallee callee = module.Helper(helper, result, params);
  llvm::CallInst* call = b.CreateCall(callee, args);
  // bool crosses the C ABI as an extended byte; both sides must say so.
  if (result->isIntegerTy(1)) call->addRetAttr(llvm::Attribute::ZExt);
  for (unsigned i = 0; i < params.size(); ++i) {
    if (params[i]->isIntegerTy(1)) call->addParamAttr(i, llvm::Attribute::ZExt);
  }
  return call;
}

void FunctionContext::CondBr(llvm::Value* condition, llvm::BasicBlock* yes, llvm::BasicBlock* no) {
  b.CreateCondBr(condition, yes, no);
}

void FunctionContext::CondBrLikely(llvm::Value* condition, llvm::BasicBlock* yes,
                                   llvm::BasicBlock* no) {
  b.CreateCondBr(condition, yes, no, llvm::MDBuilder(module.context).createBranchWeights(2000, 1));
}

void FunctionContext::CondBrUnlikely(llvm::Value* condition, llvm::BasicBlock* yes,
                                     llvm::BasicBlock* no) {
  b.CreateCondBr(condition, yes, no, llvm::MDBuilder(module.context).createBranchWeights(1, 2000));
}

void FunctionContext::Require(llvm::Value* ok, const FailTarget& fail, int site) {
  llvm::BasicBlock* good = Block("ok");
  llvm::BasicBlock* bad = Block("bad");
  CondBrLikely(ok, good, bad);
  b.SetInsertPoint(bad);
  fail(site);
  b.SetInsertPoint(good);
}

}  // namespace flow::codegen
