// CSV records: one cell a column. The header is the sink's business.

#include "runtime/inline/csv.h"
#include "codegen/decode/columns.h"
#include "codegen/encode/encode.h"
#include "codegen/encode/writer.h"

namespace flow::codegen {
namespace {

class CsvEncoder {
 public:
  CsvEncoder(FunctionContext& fn, llvm::Value* buffer, char separator)
      : fn_(fn), m_(fn.module), buffer_(buffer), separator_(separator), writer_(fn, buffer) {}

  void Row(const Value& row) {
    const std::vector<StructField>& fields = row.type.fields();
    for (size_t i = 0; i < fields.size(); ++i) {
      Value value = FieldOf(row, static_cast<int>(i));
      // Room for the cell, the separator before it and the line's end after it.
      writer_.Reserve(Room(value));
      if (i > 0) writer_.Constant(std::string_view(&separator_, 1));
      if (value.type.is_optional()) {
        Optional(value);
      } else {
        Cell(value);
      }
      if (i + 1 == fields.size()) writer_.Constant("\n");
      writer_.Finish();
    }
  }

 private:
  llvm::Value* Room(const Value& value) {
    constexpr int64_t kScalar = 64;  // any number, time or duration, and the two constants
    if (!value.type.strip_optional().is(TypeKind::kString)) return fn_.Int(kScalar);
    llvm::Value* size = value.leaves[1];
    if (value.type.is_optional()) {
      size = fn_.b.CreateSelect(PresentOf(value), size, fn_.Int(0));
    }
    return fn_.b.CreateAdd(fn_.b.CreateMul(size, fn_.Int(2)), fn_.Int(kScalar));
  }

  // Nothing for none.
  void Optional(const Value& value) {
    llvm::Value* absent_out = writer_.out;
    llvm::BasicBlock* absent = fn_.b.GetInsertBlock();
    llvm::BasicBlock* there = fn_.Block("present");
    llvm::BasicBlock* done = fn_.Block("written");
    fn_.CondBr(PresentOf(value), there, done);
    fn_.b.SetInsertPoint(there);
    Cell(InnerOf(value));
    llvm::BasicBlock* there_end = fn_.b.GetInsertBlock();
    fn_.b.CreateBr(done);
    fn_.b.SetInsertPoint(done);
    llvm::PHINode* out = fn_.b.CreatePHI(m_.ptr, 2);
    out->addIncoming(absent_out, absent);
    out->addIncoming(writer_.out, there_end);
    writer_.out = out;
  }

  void Cell(const Value& value) {
    switch (value.type.kind()) {
      case TypeKind::kBool:
        writer_.Call("flow_write_bool", {value.leaves[0]});
        return;
      case TypeKind::kInt:
        writer_.Call("flow_write_int", {value.leaves[0]});
        return;
      case TypeKind::kFloat:
        // Digits of a number cannot be taken for a separator, unless the separator is odd.
        if (PlainNumbers()) {
          writer_.Call("flow_write_float", {value.leaves[0]});
          return;
        }
        break;
      case TypeKind::kTimestamp:
        if (PlainNumbers()) {
          writer_.Call("flow_write_timestamp", {value.leaves[0]});
          return;
        }
        break;
      case TypeKind::kString:
        writer_.Call("flow_csv_write_string",
                     {value.leaves[0], value.leaves[1], fn_.Int32(separator_)});
        return;
      default:
        break;
    }
    Generic(value);
  }

  bool PlainNumbers() const {
    return separator_ == ',' || separator_ == ';' || separator_ == '\t' || separator_ == '|';
  }

  void Generic(const Value& value) {
    writer_.Finish();
    llvm::Value* memory = MakeMemory(fn_, value.type, "cell");
    StoreValue(fn_, value, memory);
    fn_.Call("flow_csv_append_value", m_.void_type,
             {buffer_, m_.TypeDescriptor(value.type), memory, fn_.Int32(separator_)});
    writer_.Reserve(fn_.Int(8));
  }

  FunctionContext& fn_;
  ModuleContext& m_;
  llvm::Value* buffer_;
  char separator_;
  RowWriter writer_;
};

}  // namespace

void EncodeCsvRow(FunctionContext& fn, const ir::Endpoint& endpoint, const Value& row,
                  llvm::Value* buffer) {
  std::string separator = FormatText(fn.module, endpoint, "separator", ",");
  CsvEncoder(fn, buffer, separator.size() == 1 ? separator[0] : ',').Row(row);
}

}  // namespace flow::codegen
