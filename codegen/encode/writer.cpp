#include "codegen/encode/writer.h"

#include <cstddef>

#include "runtime/abi.h"

namespace flow::codegen {

void RowWriter::Reserve(llvm::Value* room) {
  out = fn_.Call("flow_buffer_reserve", fn_.module.ptr, {buffer_, room});
}

void RowWriter::Constant(std::string_view text) {
  if (text.empty()) return;
  // Folded into stores of the bytes themselves.
  fn_.b.CreateMemCpy(out, llvm::Align(1), fn_.module.Bytes(text), llvm::Align(1), text.size());
  out = fn_.At(out, text.size());
}

void RowWriter::Call(std::string_view helper, llvm::ArrayRef<llvm::Value*> args) {
  llvm::SmallVector<llvm::Value*, 8> all = {out};
  all.append(args.begin(), args.end());
  out = fn_.Call(helper, fn_.module.ptr, all);
}

void RowWriter::Finish() {
  ModuleContext& m = fn_.module;
  llvm::Value* data = fn_.LoadAt(m.ptr, buffer_, offsetof(FlowBuffer, data));
  llvm::Value* size =
      fn_.b.CreateSub(fn_.b.CreatePtrToInt(out, m.i64), fn_.b.CreatePtrToInt(data, m.i64));
  fn_.StoreAt(size, buffer_, offsetof(FlowBuffer, size));
}

}  // namespace flow::codegen
