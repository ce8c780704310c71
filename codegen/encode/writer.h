#pragma once
// Appending text to a FlowBuffer: room for a whole row is reserved once, then everything is written
// through a pointer in a register.

#include <string_view>

#include "codegen/function_context.h"

namespace flow::codegen {

class RowWriter {
 public:
  // `room`: bytes that the row may need at most, i64; leaves the writer ready.
  RowWriter(FunctionContext& fn, llvm::Value* buffer) : fn_(fn), buffer_(buffer) {}

  void Reserve(llvm::Value* room);
  void Constant(std::string_view text);
  // `helper(out, args...)` writes at `out` and returns the new end.
  void Call(std::string_view helper, llvm::ArrayRef<llvm::Value*> args);
  // Tells the buffer what was written so far; Reserve must follow before more is written.
  void Finish();

  llvm::Value* out = nullptr;

 private:
  FunctionContext& fn_;
  llvm::Value* buffer_;
};

}  // namespace flow::codegen
