#pragma once
// The function being emitted: builder, entry-block allocas, and shorthands.

#include <functional>
#include <string_view>

#include "codegen/llvm_compat.h"
#include "codegen/module_context.h"

namespace flow::codegen {

// Something went wrong at Plan::sites[site]. Called with the builder in a fresh cold block
// (task->detail, if any, already set); must end that block.
using FailTarget = std::function<void(int site)>;

class FunctionContext {
 public:
  FunctionContext(ModuleContext& module_context, llvm::Function* function);

  ModuleContext& module;
  llvm::Function* function;
  llvm::IRBuilder<> b;
  llvm::Value* task = nullptr;   // FlowTask*
  llvm::Value* input = nullptr;  // FlowInput* (fragments)

  // In the entry block, before its terminator-to-be; `b` stays where it is.
  llvm::AllocaInst* Alloca(llvm::Type* type, const char* name);
  llvm::AllocaInst* AllocaBytes(uint64_t size, uint64_t align, const char* name);

  llvm::BasicBlock* Block(const char* name);
  // `base` + `offset` bytes (use with offsetof).
  llvm::Value* At(llvm::Value* base, uint64_t offset);
  llvm::Value* LoadAt(llvm::Type* type, llvm::Value* base, uint64_t offset, const char* name = "");
  void StoreAt(llvm::Value* value, llvm::Value* base, uint64_t offset);
  llvm::ConstantInt* Int(int64_t value) {
    return llvm::ConstantInt::get(module.i64, static_cast<uint64_t>(value));
  }
  llvm::ConstantInt* Int32(int32_t value) {
    return llvm::ConstantInt::get(module.i32, static_cast<uint32_t>(value));
  }
  llvm::ConstantInt* Bool(bool value) { return llvm::ConstantInt::get(module.i1, value ? 1 : 0); }

  // Calls a helper; its prototype follows from `result` and the arguments.
  llvm::CallInst* Call(std::string_view helper, llvm::Type* result,
                       llvm::ArrayRef<llvm::Value*> args);

  // Branches; `likely`/`unlikely` say which way is the usual one.
  void CondBr(llvm::Value* condition, llvm::BasicBlock* yes, llvm::BasicBlock* no);
  void CondBrLikely(llvm::Value* condition, llvm::BasicBlock* yes, llvm::BasicBlock* no);
  void CondBrUnlikely(llvm::Value* condition, llvm::BasicBlock* yes, llvm::BasicBlock* no);
  // Goes on in a new block when `ok`; otherwise runs `fail(site)` in a cold block.
  void Require(llvm::Value* ok, const FailTarget& fail, int site);

 private:
  llvm::Instruction* alloca_point_;
};

}  // namespace flow::codegen
