// JSON records, one a line. Braces, keys and commas are constants, joined up to the next value.

#include <string>

#include "codegen/encode/encode.h"
#include "codegen/encode/writer.h"
#include "runtime/inline/json_write.h"

namespace flow::codegen {
namespace {

// `"name":` as JSON text.
std::string KeyText(const StructField& field) {
  const std::string& name = field.external_name();
  std::string text(static_cast<size_t>(flow_json_string_room(static_cast<int64_t>(name.size()))),
                   '\0');
  char* end = flow_json_write_string(text.data(), name.data(), static_cast<int64_t>(name.size()));
  text.resize(static_cast<size_t>(end - text.data()));
  return text + ':';
}

// Values that a helper writes into reserved room; the others reserve for themselves.
bool IsSimple(const Type& type) {
  switch (type.strip_optional().kind()) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kDecimal:
    case TypeKind::kString:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
    case TypeKind::kJson:
      return true;
    default:
      return false;
  }
}

class JsonEncoder {
 public:
  JsonEncoder(FunctionContext& fn, llvm::Value* buffer)
      : fn_(fn), m_(fn.module), buffer_(buffer), writer_(fn, buffer) {}

  void Row(const Value& row) {
    const std::vector<StructField>& fields = row.type.fields();
    ReserveFrom(row, 0);
    constant_ = "{";
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) constant_ += ',';
      constant_ += KeyText(fields[i]);
      Value value = FieldOf(row, static_cast<int>(i));
      if (IsSimple(value.type)) {
        Simple(value);
      } else {
        Nested(value);
        ReserveFrom(row, i + 1);
      }
    }
    constant_ += "}\n";
    Flush();
    writer_.Finish();
  }

 private:
  void Flush() {
    writer_.Constant(constant_);
    constant_.clear();
  }

  // Room for the fields from `first` up to the next nested one, whose key is included.
  void ReserveFrom(const Value& row, size_t first) {
    const std::vector<StructField>& fields = row.type.fields();
    int64_t fixed = 8;
    llvm::Value* room = nullptr;
    for (size_t i = first; i < fields.size(); ++i) {
      fixed += static_cast<int64_t>(KeyText(fields[i]).size()) + 2;
      Value value = FieldOf(row, static_cast<int>(i));
      if (!IsSimple(value.type)) break;
      llvm::Value* text = Room(value, &fixed);
      if (text == nullptr) continue;
      room = room == nullptr ? text : fn_.b.CreateAdd(room, text);
    }
    llvm::Value* bytes = fn_.Int(fixed);
    writer_.Reserve(room == nullptr ? bytes : fn_.b.CreateAdd(room, bytes));
  }

  // Adds the room of a simple value to *fixed; gives what depends on the value, or null.
  llvm::Value* Room(const Value& value, int64_t* fixed) {
    switch (value.type.strip_optional().kind()) {
      case TypeKind::kFloat:
        *fixed += kFlowFloatRoom;
        return nullptr;
      case TypeKind::kDecimal:
        *fixed += kFlowDecimalRoom;
        return nullptr;
      case TypeKind::kTimestamp:
        *fixed += kFlowTimestampRoom;
        return nullptr;
      case TypeKind::kDuration:
        *fixed += kFlowDurationRoom;
        return nullptr;
      case TypeKind::kString:
        *fixed += 32;
        return fn_.b.CreateMul(SizeOf(value), fn_.Int(6));
      case TypeKind::kJson:
        *fixed += 8;
        return SizeOf(value);
      default:
        *fixed += kFlowIntRoom;
        return nullptr;
    }
  }

  // Size of a text value; of an absent one nothing is written.
  llvm::Value* SizeOf(const Value& value) {
    if (!value.type.is_optional()) return value.leaves[1];
    return fn_.b.CreateSelect(PresentOf(value), value.leaves[1], fn_.Int(0));
  }

  void Simple(const Value& value) {
    Flush();
    if (!value.type.is_optional()) {
      Scalar(value);
      return;
    }
    llvm::BasicBlock* there = fn_.Block("present");
    llvm::BasicBlock* absent = fn_.Block("absent");
    llvm::BasicBlock* done = fn_.Block("written");
    llvm::Value* start = writer_.out;
    fn_.CondBr(PresentOf(value), there, absent);
    fn_.b.SetInsertPoint(absent);
    writer_.Constant("null");
    llvm::Value* after_null = writer_.out;
    fn_.b.CreateBr(done);
    fn_.b.SetInsertPoint(there);
    writer_.out = start;
    Scalar(InnerOf(value));
    llvm::BasicBlock* there_end = fn_.b.GetInsertBlock();
    fn_.b.CreateBr(done);
    fn_.b.SetInsertPoint(done);
    llvm::PHINode* out = fn_.b.CreatePHI(m_.ptr, 2);
    out->addIncoming(after_null, absent);
    out->addIncoming(writer_.out, there_end);
    writer_.out = out;
  }

  void Scalar(const Value& value) {
    switch (value.type.kind()) {
      case TypeKind::kBool:
        writer_.Call("flow_write_bool", {value.leaves[0]});
        return;
      case TypeKind::kInt:
        writer_.Call("flow_write_int", {value.leaves[0]});
        return;
      case TypeKind::kFloat:
        writer_.Call("flow_json_write_float", {value.leaves[0]});
        return;
      case TypeKind::kDecimal: {
        llvm::Value* memory = MakeMemory(fn_, value.type, "decimal");
        StoreValue(fn_, value, memory);
        writer_.Call("flow_write_decimal", {memory, fn_.Int32(value.type.scale())});
        return;
      }
      case TypeKind::kString:
        writer_.Call("flow_json_write_string", {value.leaves[0], value.leaves[1]});
        return;
      case TypeKind::kTimestamp:
        writer_.Call("flow_json_write_timestamp", {value.leaves[0]});
        return;
      case TypeKind::kDuration:
        writer_.Call("flow_json_write_duration", {value.leaves[0]});
        return;
      default:
        writer_.Call("flow_copy_text", {value.leaves[0], value.leaves[1]});
        return;
    }
  }

  void Nested(const Value& value) {
    Flush();
    writer_.Finish();
    llvm::Value* memory = MakeMemory(fn_, value.type, "nested");
    StoreValue(fn_, value, memory);
    fn_.Call("flow_json_append_value", m_.void_type,
             {buffer_, m_.TypeDescriptor(value.type), memory});
  }

  FunctionContext& fn_;
  ModuleContext& m_;
  llvm::Value* buffer_;
  RowWriter writer_;
  std::string constant_;
};

}  // namespace

void EncodeJsonRow(FunctionContext& fn, const ir::Endpoint&, const Value& row,
                   llvm::Value* buffer) {
  JsonEncoder(fn, buffer).Row(row);
}

}  // namespace flow::codegen
