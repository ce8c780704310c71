// Lines of text: strings as they are, other values in their text form, columns parted by tabs. None
// is empty.

#include "codegen/encode/encode.h"
#include "codegen/encode/writer.h"

namespace flow::codegen {
namespace {

void WriteField(FunctionContext& fn, RowWriter& writer, const Value& value, llvm::Value* buffer) {
  ModuleContext& m = fn.module;
  if (value.type.is(TypeKind::kString)) {
    writer.Reserve(fn.b.CreateAdd(value.leaves[1], fn.Int(2)));
    writer.Call("flow_copy_text", {value.leaves[0], value.leaves[1]});
    writer.Finish();
    return;
  }
  llvm::Value* memory = MakeMemory(fn, value.type, "text");
  StoreValue(fn, value, memory);
  fn.Call("flow_text_append_value", m.void_type, {buffer, m.TypeDescriptor(value.type), memory});
}

}  // namespace

void EncodeTextRow(FunctionContext& fn, const ir::Endpoint&, const Value& row,
                   llvm::Value* buffer) {
  RowWriter writer(fn, buffer);
  const std::vector<StructField>& fields = row.type.fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    WriteField(fn, writer, FieldOf(row, static_cast<int>(i)), buffer);
    writer.Reserve(fn.Int(2));
    writer.Constant(i + 1 == fields.size() ? "\n" : "\t");
    writer.Finish();
  }
}

}  // namespace flow::codegen
